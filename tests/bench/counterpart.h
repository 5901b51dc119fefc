// The RPC that does nothing, in a process of its own.
#ifndef COLLOQUY_TESTS_BENCH_COUNTERPART_H_
#define COLLOQUY_TESTS_BENCH_COUNTERPART_H_

#include <sys/types.h>

#include <string>

namespace colloquy::bench {

inline constexpr char kNoopMethod[] = "/colloquy.events.v1.EventsService/GetEvent";

// Answers the bytes of `file` to every call of kNoopMethod, decoding nothing; prints its port.
// Never returns.
int ServeNoop(const char* file);

// Such a process, started from this program's own binary; ends with the object.
class Noop {
 public:
  Noop(const char* self, const std::string& answer);
  ~Noop();
  Noop(const Noop&) = delete;
  const std::string& address() const { return address_; }

 private:
  pid_t pid_ = 0;
  std::string address_;
};

}  // namespace colloquy::bench

#endif  // COLLOQUY_TESTS_BENCH_COUNTERPART_H_
