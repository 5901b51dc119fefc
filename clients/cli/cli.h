// The program without main(), so that tests can run it.
#ifndef COLLOQUY_CLIENTS_CLI_CLI_H_
#define COLLOQUY_CLIENTS_CLI_CLI_H_

#include <string>
#include <vector>

#include "clients/cli/terminal.h"

namespace colloquy::cli {

// Runs one command line (without the program's name) and returns the exit code.
int Run(const std::vector<std::string>& arguments, Io& io);

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_CLI_H_
