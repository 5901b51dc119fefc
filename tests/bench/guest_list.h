// A generated guest list, and what its import is compared with.
#ifndef COLLOQUY_TESTS_BENCH_GUEST_LIST_H_
#define COLLOQUY_TESTS_BENCH_GUEST_LIST_H_

#include <cstdint>
#include <string>

namespace colloquy::bench {

// Writes `count` guests as CSV with a line of titles to standard output.
int WriteGuestList(int64_t count);

// Writes the same rows into `database` (db::Open's URL), 1,000 in a transaction, with the engine's
// multi-row inserts: first as they stand in the list, into a table without indexes, then as an
// import stores them, into the invitations with their indexes. Prints the rows a second of both;
// what makes the rows is not counted.
int InsertGuestList(const std::string& database, int64_t count);

}  // namespace colloquy::bench

#endif  // COLLOQUY_TESTS_BENCH_GUEST_LIST_H_
