// Waiting for long-running operations.
#ifndef COLLOQUY_CLIENTS_CLI_OPERATIONS_H_
#define COLLOQUY_CLIENTS_CLI_OPERATIONS_H_

#include <string>

#include "absl/status/status.h"
#include "clients/cli/session.h"

namespace colloquy::cli {

// Shows progress until the operation is done, then prints its result or returns its error.
absl::Status WaitAndShow(Session& session, const std::string& name);

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_OPERATIONS_H_
