// Completion scripts, made from the tree of commands.
#ifndef COLLOQUY_CLIENTS_CLI_COMPLETION_H_
#define COLLOQUY_CLIENTS_CLI_COMPLETION_H_

#include <string>

#include "CLI/App.hpp"

namespace colloquy::cli {

// For `bash`, `zsh` or `fish`. Commands and flags are in the script; names of events, where one is
// expected, are asked of the server (at most two seconds, silently without an answer).
std::string CompletionScript(const CLI::App& root, const std::string& shell);

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_COMPLETION_H_
