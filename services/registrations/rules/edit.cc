#include "services/registrations/rules/edit.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/masks.h"
#include "services/registrations/rules/admission.h"
#include "services/registrations/rules/form.h"

namespace colloquy::registrations::rules {
namespace {

using events::v1::Event;
using v1::Registration;
using Violations = std::vector<errors::FieldViolation>;

constexpr char kAnswers[] = "registration.answers";

std::string PathOf(absl::string_view answer) { return absl::StrCat(kAnswers, ".", answer); }

// Puts back the answers that the editor could not see and did not give. Their questions.
std::set<std::string> KeepSensitive(const Event& event, const Registration& stored,
                                    Registration& edited) {
  std::set<std::string> kept;
  auto& answers = *edited.mutable_answers()->mutable_fields();
  for (const auto& field : event.form()) {
    const auto found = stored.answers().fields().find(field.id());
    if (!field.sensitive() || found == stored.answers().fields().end()) continue;
    if (answers.insert({found->first, found->second}).second) kept.insert(field.id());
  }
  return kept;
}

// An answer that was kept unseen goes when the others no longer lead to its question.
Violations CheckForm(const Event& event, const std::set<std::string>& kept, Registration& edited) {
  for (const errors::FieldViolation& violation :
       CheckAnswers(event.form(), edited.answers(), kAnswers)) {
    for (const std::string& question : kept) {
      if (violation.field == PathOf(question))
        edited.mutable_answers()->mutable_fields()->erase(question);
    }
  }
  return CheckAnswers(event.form(), edited.answers(), kAnswers);
}

void CheckUnchanged(const Registration& stored, const Registration& edited, Violations& out) {
  constexpr char kWhy[] = "cannot be changed; cancel the registration and register anew";
  if (edited.category() != stored.category()) out.push_back({"registration.category", kWhy});
  if (edited.attendance_mode() != stored.attendance_mode())
    out.push_back({"registration.attendance_mode", kWhy});
  if (edited.party_size() != stored.party_size()) out.push_back({"registration.party_size", kWhy});
  if (edited.priority() != stored.priority()) out.push_back({"registration.priority", kWhy});
}

}  // namespace

absl::StatusOr<Registration> Edit(const Event& event, const Registration& stored,
                                  const google::protobuf::FieldMask& mask,
                                  const Registration& source, bool reads_sensitive) {
  Registration edited = stored;
  COLLOQUY_RETURN_IF_ERROR(resource::ApplyUpdate(mask, source, &edited));
  FillDefaults(event, edited);
  Violations violations = CheckFields(edited, "registration");
  CheckUnchanged(stored, edited, violations);
  if (resource::MaskCovers(mask, "answers", source)) {
    const std::set<std::string> kept =
        reads_sensitive ? std::set<std::string>() : KeepSensitive(event, stored, edited);
    const Violations of_form = CheckForm(event, kept, edited);
    violations.insert(violations.end(), of_form.begin(), of_form.end());
  }
  COLLOQUY_RETURN_IF_ERROR(errors::InvalidFields(violations));
  return edited;
}

}  // namespace colloquy::registrations::rules
