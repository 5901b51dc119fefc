#include "services/colloquyd/settings.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "services/common/errors/errors.h"

namespace colloquy::colloquyd {
namespace {

using Table = absl::Span<const OptionSpec>;
constexpr absl::string_view kPrefix = "COLLOQUY_";

const OptionSpec* Find(Table table, absl::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const OptionSpec& option) { return option.name == name; });
  return found == table.end() ? nullptr : &*found;
}

// Levenshtein's distance: insertions, deletions and substitutions.
size_t Distance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

// The option that `name` is probably meant to be: at most every third letter is wrong.
const OptionSpec* Nearest(Table table, absl::string_view name) {
  const OptionSpec* best = nullptr;
  size_t best_distance = std::max<size_t>(1, name.size() / 3) + 1;
  for (const OptionSpec& option : table) {
    const size_t distance = Distance(name, option.name);
    if (distance >= best_distance) continue;
    best = &option;
    best_distance = distance;
  }
  return best;
}

std::string DidYouMean(Table table, absl::string_view name, absl::string_view before) {
  const OptionSpec* nearest = Nearest(table, name);
  if (nearest == nullptr) return "colloquyd --help lists all options.";
  return absl::StrCat("Did you mean ", before, nearest->name, "?");
}

std::vector<std::string> SplitList(absl::string_view text) {
  std::vector<std::string> items;
  for (absl::string_view item : absl::StrSplit(text, ',')) {
    item = absl::StripAsciiWhitespace(item);
    if (!item.empty()) items.emplace_back(item);
  }
  return items;
}

std::vector<std::string> ValuesOf(const OptionSpec& option, absl::string_view text) {
  if (option.kind == OptionSpec::Kind::kList) return SplitList(text);
  return {std::string(text)};
}

// One argument that starts with "--"; takes the next one as its value where it has none of its own.
absl::Status ParseFlag(Table table, absl::Span<const std::string> arguments, size_t& i,
                       CommandLine& line) {
  const absl::string_view argument = absl::StripPrefix(arguments[i], "--");
  const size_t equals = argument.find('=');
  absl::string_view name = argument.substr(0, equals);
  const bool has_value = equals != absl::string_view::npos;

  const OptionSpec* option = Find(table, name);
  if (option == nullptr && !has_value && absl::ConsumePrefix(&name, "no-")) {
    option = Find(table, name);
    if (option != nullptr && option->kind == OptionSpec::Kind::kSwitch) {
      line.flags[option->name] = {"false"};
      return absl::OkStatus();
    }
    option = nullptr;
  }
  if (option == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("Unknown option --", argument, ". ", DidYouMean(table, name, "--")));
  }
  std::string value;
  if (has_value) {
    value = std::string(argument.substr(equals + 1));
  } else if (option->kind == OptionSpec::Kind::kSwitch) {
    value = "true";
  } else if (i + 1 < arguments.size()) {
    value = arguments[++i];
  } else {
    return absl::InvalidArgumentError(absl::StrCat("--", option->name, " needs a value: --",
                                                   option->name, "=", option->placeholder));
  }
  std::vector<std::string>& values = line.flags[option->name];
  if (option->kind != OptionSpec::Kind::kList) values.clear();
  for (std::string& item : ValuesOf(*option, value)) values.push_back(std::move(item));
  return absl::OkStatus();
}

// An unknown variable may be another program's, such as the client's; one letter off is a mistake.
void ReadEnvironment(Table table, absl::Span<const std::string> environment, Settings& settings,
                     std::vector<std::string>& mistakes) {
  for (absl::string_view entry : environment) {
    if (!absl::ConsumePrefix(&entry, kPrefix)) continue;
    const std::pair<absl::string_view, absl::string_view> pair =
        absl::StrSplit(entry, absl::MaxSplits('=', 1));
    const std::string name = absl::StrReplaceAll(absl::AsciiStrToLower(pair.first), {{"_", "-"}});
    if (name == "config") continue;  // the command line's own; ours is COLLOQUYD_CONFIG
    if (const OptionSpec* option = Find(table, name)) {
      settings[name] = {ValuesOf(*option, pair.second), EnvironmentName(name)};
      continue;
    }
    const OptionSpec* nearest = Nearest(table, name);
    if (nearest == nullptr || Distance(name, nearest->name) > 1) continue;
    mistakes.push_back(absl::StrCat("Unknown environment variable ", kPrefix, pair.first,
                                    ". Did you mean ", EnvironmentName(nearest->name), "?"));
  }
}

// yaml-cpp reports by exception; this is the boundary.
absl::StatusOr<YAML::Node> ParseYaml(absl::string_view file, const std::string& yaml) {
  try {
    YAML::Node root = YAML::Load(yaml);
    if (root.IsMap() || root.IsNull()) return root;
    return absl::InvalidArgumentError(
        absl::StrCat(file, ": expected lines of the form `option: value`."));
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(absl::StrFormat("%s:%d:%d: %s", file, error.mark.line + 1,
                                                      error.mark.column + 1, error.msg));
  }
}

std::optional<std::vector<std::string>> ValuesOfNode(const OptionSpec& option,
                                                     const YAML::Node& node) {
  if (node.IsNull()) return std::vector<std::string>{};
  if (node.IsScalar()) return ValuesOf(option, node.Scalar());
  if (!node.IsSequence() || option.kind != OptionSpec::Kind::kList) return std::nullopt;
  std::vector<std::string> values;
  for (const YAML::Node& item : node) {
    if (!item.IsScalar()) return std::nullopt;
    values.push_back(item.Scalar());
  }
  return values;
}

void ReadFile(Table table, absl::string_view file, const YAML::Node& root, Settings& settings,
              std::vector<std::string>& mistakes) {
  for (const auto& entry : root) {
    const std::string name = entry.first.IsScalar() ? entry.first.Scalar() : "";
    const std::string where = absl::StrCat(file, ":", entry.first.Mark().line + 1);
    const OptionSpec* option = Find(table, name);
    if (option == nullptr || name == "config") {
      mistakes.push_back(
          absl::StrCat(where, ": unknown option `", name, "`. ", DidYouMean(table, name, "")));
      continue;
    }
    std::optional<std::vector<std::string>> values = ValuesOfNode(*option, entry.second);
    if (!values.has_value()) {
      mistakes.push_back(absl::StrCat(where, ": `", name, "` takes ",
                                      option->kind == OptionSpec::Kind::kList
                                          ? "one value, or a list of them."
                                          : "one value."));
      continue;
    }
    if (!values->empty()) settings[name] = {*std::move(values), where};
  }
}

// `text` broken at spaces into lines of at most `width` bytes.
std::vector<std::string> Wrap(absl::string_view text, size_t width) {
  std::vector<std::string> lines(1);
  for (absl::string_view word : absl::StrSplit(text, ' ')) {
    std::string& line = lines.back();
    if (line.empty()) {
      line = std::string(word);
    } else if (line.size() + 1 + word.size() <= width) {
      absl::StrAppend(&line, " ", word);
    } else {
      lines.emplace_back(word);
    }
  }
  return lines;
}

}  // namespace

std::string EnvironmentName(absl::string_view option) {
  return absl::StrCat(kPrefix, absl::StrReplaceAll(absl::AsciiStrToUpper(option), {{"-", "_"}}));
}

absl::StatusOr<CommandLine> ParseCommandLine(Table table, absl::Span<const std::string> arguments) {
  CommandLine line;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& argument = arguments[i];
    if (argument == "--help" || argument == "-h") {
      line.help = true;
    } else if (argument == "--version") {
      line.version = true;
    } else if (argument == "--print-config") {
      line.print_config = true;
    } else if (absl::StartsWith(argument, "--")) {
      COLLOQUY_RETURN_IF_ERROR(ParseFlag(table, arguments, i, line));
    } else {
      return absl::InvalidArgumentError(absl::StrCat("Unexpected argument \"", argument,
                                                     "\": options are written --name=value."));
    }
  }
  return line;
}

absl::StatusOr<Settings> Resolve(Table table, const CommandLine& line,
                                 absl::Span<const std::string> environment, absl::string_view file,
                                 const std::string& yaml) {
  Settings settings;
  std::vector<std::string> mistakes;
  for (const OptionSpec& option : table) {
    settings[option.name] = {ValuesOf(option, option.default_value), "default"};
  }
  COLLOQUY_ASSIGN_OR_RETURN(const YAML::Node root, ParseYaml(file, yaml));
  ReadFile(table, file, root, settings, mistakes);
  ReadEnvironment(table, environment, settings, mistakes);
  for (const auto& [name, values] : line.flags) settings[name] = {values, "--" + name};
  if (!mistakes.empty()) return absl::InvalidArgumentError(absl::StrJoin(mistakes, "\n"));
  return settings;
}

std::string HelpText(Table table) {
  constexpr size_t kIndent = 6;
  constexpr size_t kWidth = 100 - kIndent;
  std::string text;
  for (const OptionSpec& option : table) {
    const bool is_switch = option.kind == OptionSpec::Kind::kSwitch;
    absl::StrAppend(&text, "  --", is_switch ? "[no-]" : "", option.name, is_switch ? "" : "=",
                    option.placeholder, "\n");
    std::string help = option.help;
    if (!option.default_value.empty()) absl::StrAppend(&help, " Default: ", option.default_value);
    for (const std::string& line : Wrap(help, kWidth)) {
      absl::StrAppend(&text, std::string(kIndent, ' '), line, "\n");
    }
  }
  return text;
}

std::string ConfigText(Table table, const Settings& settings) {
  std::string text;
  for (const OptionSpec& option : table) {
    if (option.name == "config") continue;
    const Setting& setting = settings.find(option.name)->second;
    std::vector<std::string> values = setting.values;
    if (option.redact) {
      for (std::string& value : values) value = option.redact(value);
    }
    YAML::Emitter emitter;
    emitter.SetStringFormat(YAML::Auto);
    if (option.kind == OptionSpec::Kind::kList) {
      emitter << YAML::Flow << values;
    } else {
      emitter << (values.empty() ? std::string() : values[0]);
    }
    absl::StrAppend(&text, option.name, ": ", emitter.c_str(), "  # ", setting.source, "\n");
  }
  return text;
}

}  // namespace colloquy::colloquyd
