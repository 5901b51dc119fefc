// Contexts: the servers somebody works with, and the key for each.
#ifndef COLLOQUY_CLIENTS_CLI_CONFIG_H_
#define COLLOQUY_CLIENTS_CLI_CONFIG_H_

#include <functional>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace colloquy::cli {

struct Context {
  std::string server;
  // The key itself, or better the file it is in.
  std::string key;
  std::string key_file;
  std::string ca_file;
  // `organizers/{organizer}`, or its id.
  std::string organizer;
};

struct Config {
  std::string current;
  std::map<std::string, Context> contexts;
};

// $COLLOQUY_CONFIG, $XDG_CONFIG_HOME/colloquy/config.yaml, or ~/.config/colloquy/config.yaml.
std::string ConfigPath(const std::function<std::string(const char*)>& env);

// An empty one where there is no file.
absl::StatusOr<Config> LoadConfig(const std::string& path);

// Written anew with mode 0600 and renamed into place; folders are made with mode 0700.
absl::Status SaveConfig(const std::string& path, const Config& config);

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_CONFIG_H_
