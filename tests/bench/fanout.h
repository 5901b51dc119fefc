// What it costs to keep a thousand streams up to date.
#ifndef COLLOQUY_TESTS_BENCH_FANOUT_H_
#define COLLOQUY_TESTS_BENCH_FANOUT_H_

#include <sys/types.h>

#include <string>
#include <vector>

namespace colloquy::bench {

// Everybody of `seats` (tokens) watches the room on `server`, the process `server_pid`, where
// one after another agrees with the first statement from `statement` on; beside it an RPC stream in
// a process of its own, which sends the same messages at the same pace and does nothing else
// (`self` is this program's file). A room sends at most 10 messages a second to each stream, so
// what is compared is how many messages a second of processor time is enough for. Prints one JSON
// line; 1 on failure.
int MeasureFanout(const std::string& server, pid_t server_pid, const char* self,
                  const std::vector<std::string>& seats, int statement, int seconds);

}  // namespace colloquy::bench

#endif  // COLLOQUY_TESTS_BENCH_FANOUT_H_
