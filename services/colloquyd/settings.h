// Settings as text, before anyone knows what they mean: one table of options, and the layers that
// give them values. A flag wins over the environment, that over the configuration file, that over
// the default.
//
//   --tls-cert=FILE     COLLOQUY_TLS_CERT=FILE     tls-cert: FILE
//
// Knows nothing of this server's options; options.cc has the table. Pure functions.
#ifndef COLLOQUY_SERVICES_COLLOQUYD_SETTINGS_H_
#define COLLOQUY_SERVICES_COLLOQUYD_SETTINGS_H_

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace colloquy::colloquyd {

struct OptionSpec {
  enum class Kind {
    kValue,
    kSwitch,  // --name, --no-name, or true and false
    kList,    // repeatable; one value may hold several, separated by commas
  };

  std::string name;  // "tls-cert"
  Kind kind = Kind::kValue;
  std::string placeholder;    // "FILE", for the help
  std::string default_value;  // as one would write it
  std::string help;
  // How a value is shown in --print-config; empty: as it is.
  std::function<std::string(absl::string_view)> redact = {};
};

// One option's value and where it came from.
struct Setting {
  std::vector<std::string> values;  // one, unless the option is a list
  std::string source;               // "flag --listen", "COLLOQUY_LISTEN", "/etc/colloquy.yaml"
};

// By option name; every option of the table is there.
using Settings = std::map<std::string, Setting, std::less<>>;

// Of a command line: what was asked for besides settings.
struct CommandLine {
  std::map<std::string, std::vector<std::string>, std::less<>> flags;
  bool help = false;
  bool version = false;
  bool print_config = false;
};

// INVALID_ARGUMENT naming the argument; an unknown one with the nearest that exists.
absl::StatusOr<CommandLine> ParseCommandLine(absl::Span<const OptionSpec> table,
                                             absl::Span<const std::string> arguments);

// `environment` as in environ(7): "NAME=value". `file` names the configuration, for messages, and
// `yaml` is its text; both empty without one. INVALID_ARGUMENT lists everything wrong, a line each.
absl::StatusOr<Settings> Resolve(absl::Span<const OptionSpec> table, const CommandLine& line,
                                 absl::Span<const std::string> environment, absl::string_view file,
                                 const std::string& yaml);

// "COLLOQUY_TLS_CERT" of "tls-cert".
std::string EnvironmentName(absl::string_view option);

// The table as lines for a terminal of 100 columns.
std::string HelpText(absl::Span<const OptionSpec> table);

// A configuration file that gives the same settings, secrets left out, sources as comments.
std::string ConfigText(absl::Span<const OptionSpec> table, const Settings& settings);

}  // namespace colloquy::colloquyd

#endif  // COLLOQUY_SERVICES_COLLOQUYD_SETTINGS_H_
