#include "clients/cli/completion.h"

#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace colloquy::cli {
namespace {

struct Node {
  std::string path;  // "events create"; empty for the root
  std::string description;
  std::vector<std::string> words;  // subcommands and flags
  bool takes_event = false;
  bool takes_dialogue = false;
};

void Collect(const CLI::App& app, const std::string& path, std::vector<Node>& nodes) {
  Node node{.path = path, .description = app.get_description()};
  for (const CLI::App* child : app.get_subcommands({})) node.words.push_back(child->get_name());
  for (const CLI::Option* option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) node.words.push_back("--" + name);
    if (option->get_name() == "event") node.takes_event = true;
    if (option->get_name() == "dialogue") node.takes_dialogue = true;
  }
  nodes.push_back(std::move(node));
  for (const CLI::App* child : app.get_subcommands({})) {
    Collect(*child, path.empty() ? child->get_name() : path + " " + child->get_name(), nodes);
  }
}

constexpr char kEventNames[] =
    "colloquy events list --output csv --fields id --limit 200 --timeout 2s 2>/dev/null </dev/null "
    "| tail -n +2 | tr -d '\\r'";

constexpr char kDialogueNames[] =
    "colloquy dialogues list --output csv --fields id --limit 200 --timeout 2s 2>/dev/null "
    "</dev/null | tail -n +2 | tr -d '\\r'";

// The path of commands in the words typed so far is the longest that the table knows.
constexpr char kBash[] = R"sh(_colloquy_words() {
  case "$1" in
@CASES@  esac
}
_colloquy_events() {
  @EVENTS@
}
_colloquy_dialogues() {
  @DIALOGUES@
}
_colloquy() {
  local current="${COMP_WORDS[COMP_CWORD]}" path="" word words next
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    next="${path:+$path }$word"
    [ -n "$(_colloquy_words "$next")" ] && path="$next"
  done
  words="$(_colloquy_words "$path")"
  case "$current" in
    -*) words="$words @GLOBAL@" ;;
    *) case "$words" in *" @event"*) words="${words/ @event/} $(_colloquy_events)" ;;
         *" @dialogue"*) words="${words/ @dialogue/} $(_colloquy_dialogues)" ;; esac ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
)sh";

std::string FlagsOf(const Node& node) {
  std::vector<std::string> flags;
  for (const std::string& word : node.words) {
    if (word.rfind("--", 0) == 0) flags.push_back(word);
  }
  return absl::StrJoin(flags, " ");
}

std::string ShellScript(const std::vector<Node>& nodes) {
  std::string cases;
  for (const Node& node : nodes) {
    absl::StrAppend(&cases, "    '", node.path, "') echo '", absl::StrJoin(node.words, " "),
                    node.takes_event      ? " @event"
                    : node.takes_dialogue ? " @dialogue"
                                          : "",
                    "' ;;\n");
  }
  return absl::StrReplaceAll(kBash, {{"@CASES@", cases},
                                     {"@EVENTS@", kEventNames},
                                     {"@DIALOGUES@", kDialogueNames},
                                     {"@GLOBAL@", FlagsOf(nodes[0])}});
}

std::string FishScript(const std::vector<Node>& nodes) {
  std::string script = "complete -c colloquy -f\n";
  const auto quote = [](const std::string& text) {
    return "'" + absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"'", "\\'"}}) + "'";
  };
  for (const Node& node : nodes) {
    const std::vector<std::string> parts = CLI::detail::split(node.path, ' ');
    std::string when = "__fish_use_subcommand";
    if (!node.path.empty()) {
      when = absl::StrCat("__fish_seen_subcommand_from ",
                          absl::StrJoin(parts, "; and __fish_seen_subcommand_from "));
    }
    for (const std::string& word : node.words) {
      const bool flag = word.rfind("--", 0) == 0;
      absl::StrAppend(&script, "complete -c colloquy -n ", quote(when), flag ? " -l " : " -a ",
                      flag ? word.substr(2) : word, "\n");
    }
    if (node.takes_event || node.takes_dialogue) {
      const char* names = node.takes_event ? kEventNames : kDialogueNames;
      absl::StrAppend(&script, "complete -c colloquy -n ", quote(when), " -a ",
                      quote(absl::StrCat("(", names, ")")), "\n");
    }
  }
  return script;
}

}  // namespace

std::string CompletionScript(const CLI::App& root, const std::string& shell) {
  std::vector<Node> nodes;
  Collect(root, "", nodes);
  if (shell == "fish") return FishScript(nodes);
  const std::string script = ShellScript(nodes) + "complete -o default -F _colloquy colloquy\n";
  if (shell == "bash") return script;
  // zsh runs bash's functions.
  return "autoload -U +X bashcompinit && bashcompinit\n" + script;
}

}  // namespace colloquy::cli
