// RPCs that do nothing but send what they were given, in a process of their own.
#ifndef COLLOQUY_TESTS_BENCH_COUNTERPART_H_
#define COLLOQUY_TESTS_BENCH_COUNTERPART_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace colloquy::bench {

inline constexpr char kNoopMethod[] = "/colloquy.events.v1.EventsService/GetEvent";

// Such a process, started from this program's own binary (`self`); ends with the object.
class Counterpart {
 public:
  // Answers these bytes to every call of kNoopMethod, decoding nothing.
  static Counterpart Answer(const char* self, const std::string& bytes);
  // Sends these messages, one each `pace`, over and over, to all streams of SeatsService.WatchRoom;
  // a stream that has not taken its last one gets none.
  static Counterpart Stream(const char* self, const std::vector<std::string>& messages,
                            absl::Duration pace);

  ~Counterpart();
  Counterpart(const Counterpart&) = delete;
  const std::string& address() const { return address_; }
  pid_t pid() const { return pid_; }

 private:
  Counterpart(const char* self, const std::string& pace, const std::string& tape);

  pid_t pid_ = 0;
  std::string address_;
};

// What that process does: `counterpart PACE FILE`, PACE in microseconds or 0 for answers. Prints
// its port; never returns.
int ServeCounterpart(const char* pace, const char* file);

}  // namespace colloquy::bench

#endif  // COLLOQUY_TESTS_BENCH_COUNTERPART_H_
