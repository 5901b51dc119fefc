// A live room: how long a vote takes until everybody sees it.
#ifndef COLLOQUY_TESTS_BENCH_ROOM_H_
#define COLLOQUY_TESTS_BENCH_ROOM_H_

#include <string>
#include <vector>

namespace colloquy::bench {

// Everybody of `seats` (tokens) watches the room on `server`; they agree with `statements`
// statements, one vote after another, 200 a second for `seconds`. Prints one JSON line: from each
// call to the last stream that shows its vote. Everybody votes once on each statement at most: no
// more than that many votes. 1 if votes went missing.
int MeasureRoom(const std::string& server, const std::vector<std::string>& seats, int statements,
                int seconds);

}  // namespace colloquy::bench

#endif  // COLLOQUY_TESTS_BENCH_ROOM_H_
