// Calls that outlast a restart of the server.
#ifndef COLLOQUY_CLIENTS_CLI_PATIENCE_H_
#define COLLOQUY_CLIENTS_CLI_PATIENCE_H_

#include <algorithm>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "clients/cli/session.h"
#include "services/common/errors/errors.h"

namespace colloquy::cli {

// How long a server may be away in the middle of long work.
inline constexpr absl::Duration kPatience = absl::Minutes(2);

// As Client::Call, but UNAVAILABLE is tried again for kPatience, or until Ctrl-C. Only for calls
// that may be made twice. With --timeout, that is the limit of each try.
template <typename Service, typename Request, typename Response>
absl::StatusOr<Response> CallPatiently(Session& session,
                                       grpc::Status (Service::*method)(grpc::ClientContext*,
                                                                       const Request&, Response*),
                                       const std::type_identity_t<Request>& request) {
  COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session.Client());
  COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session.Call());
  sdk::Cancellation never;
  sdk::Cancellation& cancellation = options.cancellation != nullptr ? *options.cancellation : never;
  const absl::Time until = absl::Now() + kPatience;
  absl::Duration pause = absl::Milliseconds(500);
  while (true) {
    absl::StatusOr<Response> response = client->Call(method, request, options);
    const bool away = response.status().code() == absl::StatusCode::kUnavailable;
    if (!away || absl::Now() + pause > until) return response;
    if (!cancellation.SleepFor(pause)) return absl::CancelledError();
    pause = std::min(pause * 2, absl::Seconds(5));
  }
}

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_PATIENCE_H_
