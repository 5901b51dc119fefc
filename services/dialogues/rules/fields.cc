#include "services/dialogues/rules/fields.h"

#include <map>
#include <set>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/names.h"
#include "services/common/resource/validation.h"
#include "services/common/resource/violations.h"
#include "services/dialogues/rules/field_checks.h"
#include "services/dialogues/rules/names.h"
#include "services/dialogues/rules/texts.h"

namespace colloquy::dialogues::rules {
namespace {

using resource::Violations;
using v1::Dialogue;
using v1::Participant;
using v1::Statement;

constexpr int kMaxTitle = 200;
constexpr int kMaxDescription = 20'000;
constexpr int kMaxName = 200;
constexpr int kMaxReason = 1000;
constexpr int kMaxSpeakingSeconds = 86'400;
constexpr int kMaxTypes = 20;
constexpr size_t kMaxTranslations = 50;
constexpr absl::string_view kUsualTypes[] = {"company", "research", "platform", "policy"};

void NormalizeLanguage(absl::string_view field, std::string* language, Violations& out) {
  if (language->empty()) return;
  absl::StatusOr<std::string> tag = resource::CanonicalLanguageTag(*language, field);
  if (tag.ok()) {
    *language = *std::move(tag);
  } else {
    out.Collect(tag.status());
  }
}

// 1 to 63 characters [a-z0-9-].
bool IsTypeId(absl::string_view id) {
  if (id.empty() || id.size() > 63) return false;
  return std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

void NormalizeTypes(absl::string_view field, Dialogue* dialogue, Violations& out) {
  if (dialogue->stakeholder_types().empty()) {
    for (absl::string_view type : kUsualTypes) dialogue->add_stakeholder_types(std::string(type));
  }
  if (dialogue->stakeholder_types_size() > kMaxTypes)
    out.Add(field, absl::StrCat("takes at most ", kMaxTypes));
  std::set<std::string> seen;
  for (int i = 0; i < dialogue->stakeholder_types_size(); ++i) {
    const std::string& type = dialogue->stakeholder_types(i);
    const std::string item = absl::StrCat(field, "[", i, "]");
    if (!IsTypeId(type)) out.Add(item, "must be 1 to 63 characters a-z, 0-9 and -");
    if (!seen.insert(type).second) out.Add(item, "is there twice");
  }
}

void CheckEvent(absl::string_view field, absl::string_view organizer, const Dialogue& dialogue,
                Violations& out) {
  static const resource::NamePattern pattern("organizers/{organizer}/events/{event}");
  if (dialogue.event().empty()) return;
  const auto ids = pattern.Parse(dialogue.event(), field);
  if (!ids.ok()) {
    out.Collect(ids.status());
  } else if ((*ids)[0] != organizer) {
    out.Add(field, "must be an event of the same organizer");
  }
}

bool IsTypeOf(const Dialogue& dialogue, const std::string& type) {
  const auto& types = dialogue.stakeholder_types();
  return std::find(types.begin(), types.end(), type) != types.end();
}

void NormalizeTranslations(absl::string_view field, Statement* statement, Violations& out) {
  if (static_cast<size_t>(statement->translations().size()) > kMaxTranslations)
    out.Add(field, absl::StrCat("takes at most ", kMaxTranslations));
  std::map<std::string, std::string> normal;
  for (const auto& [tag, text] : statement->translations()) {
    const std::string item = absl::StrCat(field, "[", tag, "]");
    std::string language = tag;
    std::string translation = text;
    if (language.empty()) out.Add(item, "must be a language");
    NormalizeLanguage(item, &language, out);
    NormalizeTextIn(item, kMaxStatement, &translation, out);
    if (!normal.emplace(language, translation).second) out.Add(item, "is there twice");
  }
  statement->mutable_translations()->clear();
  statement->mutable_translations()->insert(normal.begin(), normal.end());
}

}  // namespace

absl::Status NormalizeDialogue(absl::string_view path, absl::string_view organizer,
                               Dialogue* dialogue) {
  Violations out;
  if (dialogue->title().empty()) out.Missing(Path(path, "title"));
  out.CheckLine(Path(path, "title"), dialogue->title(), kMaxTitle);
  out.CheckLength(Path(path, "description"), dialogue->description(), kMaxDescription);
  if (dialogue->language_code().empty()) dialogue->set_language_code("en");
  NormalizeLanguage(Path(path, "language_code"), dialogue->mutable_language_code(), out);
  CheckEvent(Path(path, "event"), organizer, *dialogue, out);
  NormalizeTypes(Path(path, "stakeholder_types"), dialogue, out);
  CheckRange(Path(path, "speaking_seconds"), dialogue->speaking_seconds(), 0, kMaxSpeakingSeconds,
             out);
  if (dialogue->admission() == Dialogue::ADMISSION_UNSPECIFIED)
    dialogue->set_admission(Dialogue::OWN_LIST);
  if (dialogue->moderation() == Dialogue::MODERATION_UNSPECIFIED)
    dialogue->set_moderation(Dialogue::AFTER);
  if (dialogue->analysis_mode() == Dialogue::ANALYSIS_MODE_UNSPECIFIED)
    dialogue->set_analysis_mode(Dialogue::STABLE);
  if (dialogue->speaker_order() == Dialogue::SPEAKER_ORDER_UNSPECIFIED)
    dialogue->set_speaker_order(Dialogue::FIFO);
  return out.ToStatus();
}

absl::Status NormalizeParticipant(absl::string_view path, const Dialogue& dialogue,
                                  Participant* participant) {
  static const resource::NamePattern registration(
      "organizers/{organizer}/events/{event}/registrations/{registration}");
  Violations out;
  out.CheckLine(Path(path, "display_name"), participant->display_name(), kMaxName);
  if (!participant->email().empty())
    out.Collect(resource::ValidateEmailAddress(participant->email(), Path(path, "email")));
  if (!participant->stakeholder_type().empty() &&
      !IsTypeOf(dialogue, participant->stakeholder_type()))
    out.Add(Path(path, "stakeholder_type"), "must be one of the dialogue's");
  NormalizeLanguage(Path(path, "language_code"), participant->mutable_language_code(), out);
  if (!participant->registration().empty()) {
    const std::string field = Path(path, "registration");
    const absl::Status named = registration.Validate(participant->registration(), field);
    out.Collect(named);
    if (named.ok() &&
        (dialogue.event().empty() ||
         !absl::StartsWith(participant->registration(), absl::StrCat(dialogue.event(), "/"))))
      out.Add(field, "must be a registration for the dialogue's event");
  }
  return out.ToStatus();
}

absl::Status NormalizeStatement(absl::string_view path, const Dialogue& dialogue,
                                Statement* statement) {
  Violations out;
  NormalizeTextIn(Path(path, "text"), kMaxStatement, statement->mutable_text(), out);
  if (statement->language_code().empty()) statement->set_language_code(dialogue.language_code());
  NormalizeLanguage(Path(path, "language_code"), statement->mutable_language_code(), out);
  NormalizeTranslations(Path(path, "translations"), statement, out);
  CheckChildName(Path(path, "agenda_item"), statement->agenda_item(), dialogue.name(), kAgendaItems,
                 out);
  return out.ToStatus();
}

absl::Status NormalizeReason(std::string* reason) {
  if (reason->empty()) return absl::OkStatus();
  absl::StatusOr<std::string> normal = NormalizeText(*reason, "reason", kMaxReason);
  COLLOQUY_RETURN_IF_ERROR(normal.status());
  *reason = *std::move(normal);
  return absl::OkStatus();
}

}  // namespace colloquy::dialogues::rules
