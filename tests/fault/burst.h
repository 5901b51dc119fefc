// Callers who register one guest after the other and do not give up: a call that fails is made
// again, with the same request id, until it succeeds.
#ifndef COLLOQUY_TESTS_FAULT_BURST_H_
#define COLLOQUY_TESTS_FAULT_BURST_H_

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "tests/lib/server.h"
#include "tests/lib/world.h"

namespace colloquy::test {

// An event without a limit, published; its name.
std::string MakeEvent(const World& world, absl::string_view id);

class Burst {
 public:
  // They begin at once, and call the server as it runs now. The world must outlive this.
  Burst(const Server& server, const World& world, std::string event, int callers);
  ~Burst();

  // Waits until every caller has had `count` more successes, or failures, than when this was
  // called; false if that takes longer than a minute.
  bool AwaitSuccesses(int count);
  bool AwaitFailures(int count);

  // Each caller ends with the success of the call that it is at; or, of `give_up`, with its next
  // answer.
  void Stop(bool give_up = false);

  // After Stop(). Names of registrations by request id, as they were acknowledged.
  const std::map<std::string, std::string>& acknowledged() const { return acknowledged_; }
  // Every failure that a caller saw, by what it said, with how often.
  std::map<std::string, int> failures() const;

 private:
  struct Caller {
    int successes = 0;
    int failures = 0;
  };

  void Run(int caller);
  // One guest; false: the caller gives up.
  bool RegisterGuest(int caller, int guest);
  bool Await(int Caller::*counter, int count);

  const std::shared_ptr<grpc::Channel> channel_;
  const World& world_;
  const std::string event_;
  mutable absl::Mutex mutex_;
  std::vector<Caller> callers_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  bool give_up_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<std::string, int> failures_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, std::string> acknowledged_;
  std::vector<std::thread> threads_;
};

// What is registered for the event, by name; and what VerifySeats says, which must be nothing.
std::vector<std::string> ListRegistrations(const World& world, const std::string& event);
void ExpectSeatsAgree(const World& world, const std::string& event);

// Every acknowledged registration is there, once, and nothing else is; repeated requests get their
// first answer.
void ExpectNothingLost(const Server& server, const World& world, const std::string& event,
                       const std::map<std::string, std::string>& acknowledged);

}  // namespace colloquy::test

#endif  // COLLOQUY_TESTS_FAULT_BURST_H_
