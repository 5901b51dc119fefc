// colloquyd: hosts any subset of Colloquy's services.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "services/colloquyd/installation.h"
#include "services/colloquyd/options.h"
#include "services/colloquyd/process.h"

namespace colloquy::colloquyd {
namespace {

ExitCode Complain(ExitCode code, const std::string& message) {
  std::fprintf(stderr, "colloquyd: %s\n", message.c_str());
  return code;
}

// One line that scripts wait for.
void Announce(const Options& options, const Installation& installation, absl::Duration took) {
  std::printf("SERVING on %s: %s (started in %lld ms)\n", installation.address().c_str(),
              absl::StrJoin(options.services, ", ").c_str(),
              static_cast<long long>(absl::ToInt64Milliseconds(took)));
  const std::string web = installation.web_url();
  if (!web.empty()) std::printf("PAGES on %s\n", web.c_str());
  std::fflush(stdout);
}

ExitCode Run(const Options& options, absl::Time begun) {
  StopSignals signals;
  Installation installation(options);
  if (const std::optional<Failure> failure = installation.Start(signals)) {
    installation.log().Flush();
    return Complain(failure->code, failure->message);
  }
  Announce(options, installation, absl::Now() - begun);
  NotifySupervisor("READY=1");

  const std::string signal = signals.Wait();
  installation.log().Info("stopping", {{"signal", signal}});
  NotifySupervisor("STOPPING=1");
  const absl::Status stopped = installation.Stop();
  installation.log().Flush();
  if (stopped.ok()) return kStopped;
  Complain(kFailed, std::string(stopped.message()));
  // Calls still use what a return would destroy. What was acknowledged is on disk.
  std::_Exit(kFailed);
}

std::vector<std::string> Strings(char** texts) {
  std::vector<std::string> strings;
  for (; *texts != nullptr; ++texts) strings.emplace_back(*texts);
  return strings;
}

int Main(char** argv) {
  const absl::Time begun = absl::Now();
  // gRPC's own words are no JSON, and what they say is said by our errors; GRPC_VERBOSITY=debug
  // brings them back.
  setenv("GRPC_VERBOSITY", "none", /*overwrite=*/0);
#ifdef NDEBUG
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
#endif
  const absl::StatusOr<Invocation> invocation = ReadInvocation(Strings(argv + 1), Strings(environ));
  if (!invocation.ok()) return Complain(kBadOptions, std::string(invocation.status().message()));
  if (!invocation->text.empty()) {
    std::fputs(invocation->text.c_str(), stdout);
    return kStopped;
  }
  return Run(invocation->options, begun);
}

}  // namespace
}  // namespace colloquy::colloquyd

int main(int, char** argv) { return colloquy::colloquyd::Main(argv); }
