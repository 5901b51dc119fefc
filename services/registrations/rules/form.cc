#include "services/registrations/rules/form.h"

#include <re2/re2.h>

#include <algorithm>
#include <cmath>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/civil_time.h"
#include "services/common/resource/validation.h"

namespace colloquy::registrations::rules {
namespace {

using events::v1::FormField;
using google::protobuf::Value;
using Form = google::protobuf::RepeatedPtrField<FormField>;

constexpr size_t kMaxTextCharacters = 10'000;

size_t Characters(absl::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

bool IsOption(const FormField& field, absl::string_view value) {
  return std::any_of(field.options().begin(), field.options().end(),
                     [&](const FormField::Option& option) { return option.value() == value; });
}

// What is wrong with the answer; empty if nothing is.
std::string CheckText(const FormField& field, absl::string_view text) {
  const size_t length = Characters(text);
  if (field.has_min() && static_cast<double>(length) < field.min()) {
    return absl::StrCat("needs at least ", field.min(), " characters");
  }
  const double max = field.has_max() ? field.max() : static_cast<double>(kMaxTextCharacters);
  if (static_cast<double>(length) > max) return absl::StrCat("takes at most ", max, " characters");
  if (field.type() == FormField::TEXT && absl::StrContains(text, '\n')) return "takes one line";
  if (field.pattern().empty()) return "";
  // RE2 runs in time linear in the text whatever the pattern is; events refuses patterns that do
  // not compile.
  const re2::RE2 pattern(field.pattern(), re2::RE2::Quiet);
  if (!re2::RE2::FullMatch(re2::StringPiece(text.data(), text.size()), pattern)) {
    return absl::StrCat("must match ", field.pattern());
  }
  return "";
}

std::string CheckChoices(const FormField& field, const google::protobuf::ListValue& list) {
  absl::flat_hash_set<std::string> seen;
  for (const Value& value : list.values()) {
    if (value.kind_case() != Value::kStringValue || !IsOption(field, value.string_value())) {
      return "must be some of the options";
    }
    if (!seen.insert(value.string_value()).second) return "names an option twice";
  }
  if (field.has_min() && list.values_size() < field.min())
    return absl::StrCat("needs at least ", field.min(), " choices");
  if (field.has_max() && list.values_size() > field.max())
    return absl::StrCat("takes at most ", field.max(), " choices");
  return "";
}

std::string CheckNumber(const FormField& field, double number) {
  if (!std::isfinite(number)) return "must be a finite number";
  if (field.has_min() && number < field.min())
    return absl::StrCat("must be at least ", field.min());
  if (field.has_max() && number > field.max()) return absl::StrCat("must be at most ", field.max());
  return "";
}

std::string CheckString(const FormField& field, absl::string_view text) {
  switch (field.type()) {
    case FormField::TEXT:
    case FormField::LONG_TEXT:
    case FormField::ORGANISATION:
      return CheckText(field, text);
    case FormField::CHOICE:
      return IsOption(field, text) ? "" : "must be one of the options";
    case FormField::DATE: {
      absl::CivilDay day;
      return text.size() == 10 && absl::ParseCivilTime(text, &day)
                 ? ""
                 : "must be a date such as 2027-03-09";
    }
    case FormField::COUNTRY:
      return resource::ValidateRegionCode(text, "").ok()
                 ? ""
                 : "must be an ISO 3166-1 alpha-2 country such as DE";
    case FormField::FILE_REFERENCE:
      return absl::StartsWith(text, "https://") && text.size() <= 2000 ? ""
                                                                       : "must be an https URI";
    default:
      return "has the wrong type";
  }
}

std::string CheckAnswer(const FormField& field, const Value& value) {
  switch (value.kind_case()) {
    case Value::kStringValue:
      return CheckString(field, value.string_value());
    case Value::kNumberValue:
      return field.type() == FormField::NUMBER ? CheckNumber(field, value.number_value())
                                               : "has the wrong type";
    case Value::kBoolValue:
      if (field.type() != FormField::CONSENT) return "has the wrong type";
      return field.required() && !value.bool_value() ? "must be agreed to" : "";
    case Value::kListValue:
      return field.type() == FormField::MULTI_CHOICE ? CheckChoices(field, value.list_value())
                                                     : "has the wrong type";
    default:
      return "has the wrong type";
  }
}

bool IsEmpty(const Value& value) {
  return value.kind_case() == Value::kNullValue ||
         (value.kind_case() == Value::kStringValue && value.string_value().empty()) ||
         (value.kind_case() == Value::kListValue && value.list_value().values().empty());
}

bool Gives(const Value& value, absl::string_view wanted) {
  switch (value.kind_case()) {
    case Value::kStringValue:
      return value.string_value() == wanted;
    case Value::kBoolValue:
      return wanted == (value.bool_value() ? "true" : "false");
    case Value::kListValue:
      return std::any_of(value.list_value().values().begin(), value.list_value().values().end(),
                         [&](const Value& item) { return Gives(item, wanted); });
    default:
      return false;
  }
}

// `shown` holds the ids of the questions before this one that are shown.
bool IsShown(const FormField& field, const google::protobuf::Struct& answers,
             const absl::flat_hash_set<std::string>& shown) {
  if (!field.has_shown_if()) return true;
  if (!shown.contains(field.shown_if().field())) return false;
  const auto answer = answers.fields().find(field.shown_if().field());
  if (answer == answers.fields().end()) return false;
  return std::any_of(field.shown_if().values().begin(), field.shown_if().values().end(),
                     [&](const std::string& wanted) { return Gives(answer->second, wanted); });
}

}  // namespace

std::vector<errors::FieldViolation> CheckAnswers(const Form& form,
                                                 const google::protobuf::Struct& answers,
                                                 absl::string_view path) {
  std::vector<errors::FieldViolation> violations;
  absl::flat_hash_set<std::string> known;
  absl::flat_hash_set<std::string> shown;
  for (const FormField& field : form) {
    known.insert(field.id());
    const std::string field_path = absl::StrCat(path, ".", field.id());
    const auto answer = answers.fields().find(field.id());
    const bool given = answer != answers.fields().end() && !IsEmpty(answer->second);
    if (!IsShown(field, answers, shown)) {
      if (given) violations.push_back({field_path, "is not asked, after the other answers"});
      continue;
    }
    shown.insert(field.id());
    if (!given) {
      if (field.required()) violations.push_back({field_path, "is required"});
      continue;
    }
    if (std::string problem = CheckAnswer(field, answer->second); !problem.empty()) {
      violations.push_back({field_path, std::move(problem)});
    }
  }
  for (const auto& [id, value] : answers.fields()) {
    if (!known.contains(id))
      violations.push_back({absl::StrCat(path, ".", id), "is no question of the event's form"});
  }
  return violations;
}

void RemoveSensitive(const Form& form, google::protobuf::Struct& answers) {
  google::protobuf::Struct kept;
  for (const FormField& field : form) {
    const auto answer = answers.fields().find(field.id());
    if (field.sensitive() || answer == answers.fields().end()) continue;
    (*kept.mutable_fields())[field.id()] = answer->second;
  }
  answers.Swap(&kept);
}

}  // namespace colloquy::registrations::rules
