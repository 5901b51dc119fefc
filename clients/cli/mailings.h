// Waiting for mailings.
#ifndef COLLOQUY_CLIENTS_CLI_MAILINGS_H_
#define COLLOQUY_CLIENTS_CLI_MAILINGS_H_

#include <string>

#include "absl/status/status.h"
#include "clients/cli/session.h"
#include "colloquy/registrations/v1/mailings.pb.h"

namespace colloquy::cli {

// Deliveries of a mailing in a state.
int64_t CountOf(const registrations::v1::Mailing& mailing,
                registrations::v1::Delivery::State state);
// All deliveries that a mailing counts.
int64_t CountOf(const registrations::v1::Mailing& mailing);

// Shows progress until the mailing is done or cancelled, then prints it. Exit code 8 where mails
// failed.
absl::Status WaitAndShowMailing(Session& session, const std::string& name);

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_MAILINGS_H_
