#include "services/dialogues/requests.h"

#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/protobuf/util/time_util.h"
#include "services/common/errors/errors.h"
#include "services/dialogues/rules/names.h"

namespace colloquy::dialogues {
namespace {

// Pattern of a collection's names. Collections come from the code, so there are few.
const resource::NamePattern& PatternOf(absl::string_view collection) {
  static const auto* const patterns = [] {
    auto* all = new absl::flat_hash_map<std::string, resource::NamePattern>;
    for (absl::string_view name :
         {rules::kParticipants, rules::kStatements, rules::kAgendaItems, rules::kSpeakerRequests,
          rules::kPolls, rules::kDecisions, rules::kActionItems}) {
      all->emplace(name, resource::NamePattern(absl::StrCat(
                             "organizers/{organizer}/dialogues/{dialogue}/", name, "/{number}")));
    }
    return all;
  }();
  return patterns->at(collection);
}

}  // namespace

const resource::NamePattern& DialoguePattern() {
  static const resource::NamePattern pattern("organizers/{organizer}/dialogues/{dialogue}");
  return pattern;
}

absl::StatusOr<DialogueName> ParseDialogueName(absl::string_view name, absl::string_view field) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            DialoguePattern().Parse(name, field));
  return DialogueName{ids[0], ids[1], std::string(name)};
}

absl::StatusOr<ChildName> ParseChildName(absl::string_view name, absl::string_view collection,
                                         absl::string_view type, absl::string_view field) {
  // A number is no id, so the pattern is held against the dialogue and the collection.
  const size_t slash = name.rfind('/');
  const std::optional<int64_t> number = rules::NumberOf(name);
  const absl::string_view parent = slash == absl::string_view::npos ? "" : name.substr(0, slash);
  const std::string suffix = absl::StrCat("/", collection);
  if (!absl::EndsWith(parent, suffix) || slash + 1 == name.size())
    return PatternOf(collection).Validate(name, field);
  absl::StatusOr<DialogueName> dialogue =
      ParseDialogueName(absl::StripSuffix(parent, suffix), field);
  if (!dialogue.ok()) return PatternOf(collection).Validate(name, field);
  if (!number.has_value()) return errors::NotFound(type, name);
  return ChildName{*std::move(dialogue), *number, std::string(name)};
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  return google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

Cause CauseOf(const rpc::CallContext& call) {
  return {call.caller().actor, std::string(call.method_name())};
}

}  // namespace colloquy::dialogues
