#include "services/web/pages/form.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/rpc/error_details.pb.h"

namespace colloquy::web {
namespace {

using events::v1::Event;
using events::v1::FormField;
using google::protobuf::Value;
using registrations::v1::Invitation;

constexpr char kParty[] = "party_size";
constexpr char kCategory[] = "category";
constexpr char kAnswer[] = "answer-";
// More options than this are a list to open.
constexpr int kMostRadios = 8;

std::string ControlOf(const FormField& field) { return absl::StrCat(kAnswer, field.id()); }

std::vector<std::string> Given(const Fields& fields, absl::string_view name) {
  std::vector<std::string> values;
  for (const auto& [key, value] : fields) {
    if (key == name && !value.empty()) values.push_back(value);
  }
  return values;
}

int Invited(const Invitation& invitation) { return std::max(1, invitation.party_size()); }

bool AsksCategory(const Event& event, const Invitation& invitation) {
  return invitation.category().empty() && !event.categories().empty();
}

const FormField* FieldOf(const Event& event, absl::string_view id) {
  const auto found = std::find_if(event.form().begin(), event.form().end(),
                                  [id](const FormField& field) { return field.id() == id; });
  return found == event.form().end() ? nullptr : &*found;
}

std::string Label(const FormField& field, const Event& event, const Reader& reader) {
  return Choose(field.label(), reader, event.default_language()).text;
}

// "Only if you answered “yes” to “Do you need a visa?”", for pages without scripts.
std::string Condition(const FormField& field, const Event& event, const Reader& reader) {
  if (!field.has_shown_if()) return "";
  const FormField* other = FieldOf(event, field.shown_if().field());
  if (other == nullptr) return "";
  std::string values;
  for (const std::string& value : field.shown_if().values()) {
    std::string label = value;
    for (const FormField::Option& option : other->options()) {
      if (option.value() == value) {
        label = Choose(option.label(), reader, event.default_language()).text;
      }
    }
    absl::StrAppend(&values, values.empty() ? "" : ", ", label);
  }
  return reader.Say("only_if", {Label(*other, event, reader), values});
}

Data OptionOf(const std::string& value, const std::string& label, const std::string& id,
              const std::vector<std::string>& chosen) {
  Data option;
  option.set("value", value);
  option.set("label", label);
  option.set("option_id", id);
  option.set("checked", Flag(std::find(chosen.begin(), chosen.end(), value) != chosen.end()));
  return option;
}

// What all controls have. Every key is set, because a template would look for it further out.
Data Control(const std::string& name, const std::string& label, bool required,
             const Mistakes& mistakes) {
  Data data;
  for (const char* flag :
       {"is_input", "is_long", "is_radios", "is_select", "is_boxes", "is_consent", "help",
        "condition", "label_lang", "min", "max", "any_step"}) {
    data.set(flag, Flag(false));
  }
  data.set("name", name);
  data.set("label", label);
  data.set("required", Flag(required));
  data.set("value", std::string());
  const auto mistake = mistakes.find(name);
  data.set("error", Optional(mistake == mistakes.end() ? "" : mistake->second));
  return data;
}

void SetInput(const char* type, const Fields& given, const std::string& name, Data& data) {
  data.set("is_input", Flag(true));
  data.set("type", std::string(type));
  data.set("value", std::string(Find(given, name)));
}

void SetOptions(const FormField& field, const Event& event, const Fields& given,
                const Reader& reader, Data& data) {
  const std::string name = ControlOf(field);
  const std::vector<std::string> chosen = Given(given, name);
  Data options = List();
  int number = 0;
  for (const FormField::Option& option : field.options()) {
    options.push_back(OptionOf(option.value(),
                               Choose(option.label(), reader, event.default_language()).text,
                               absl::StrCat(name, "-", ++number), chosen));
  }
  data.set("options", options);
  const char* kind = field.type() == FormField::MULTI_CHOICE ? "is_boxes"
                     : field.options_size() > kMostRadios    ? "is_select"
                                                             : "is_radios";
  data.set(kind, Flag(true));
}

void SetCountries(const std::string& name, const Fields& given, const Reader& reader, Data& data) {
  const std::vector<std::string> chosen = Given(given, name);
  Data options = List();
  for (const Country& country : Countries(reader.language)) {
    options.push_back(OptionOf(country.code, country.name, "", chosen));
  }
  data.set("options", options);
  data.set("is_select", Flag(true));
}

void SetKind(const FormField& field, const Event& event, const Fields& given, const Reader& reader,
             Data& data) {
  const std::string name = ControlOf(field);
  switch (field.type()) {
    case FormField::LONG_TEXT:
      data.set("is_long", Flag(true));
      data.set("value", std::string(Find(given, name)));
      return;
    case FormField::CHOICE:
    case FormField::MULTI_CHOICE:
      return SetOptions(field, event, given, reader, data);
    case FormField::NUMBER:
      data.set("any_step", Flag(true));
      return SetInput("number", given, name, data);
    case FormField::DATE:
      return SetInput("date", given, name, data);
    case FormField::COUNTRY:
      return SetCountries(name, given, reader, data);
    case FormField::CONSENT:
      data.set("is_consent", Flag(true));
      data.set("checked", Flag(!Find(given, name).empty()));
      return;
    case FormField::FILE_REFERENCE:
      return SetInput("url", given, name, data);
    default:
      return SetInput("text", given, name, data);
  }
}

Data ControlFor(const FormField& field, const Event& event, const Fields& given,
                const Mistakes& mistakes, const Reader& reader) {
  const Chosen label = Choose(field.label(), reader, event.default_language());
  // What is asked only sometimes cannot be demanded by the browser.
  Data data =
      Control(ControlOf(field), label.text, field.required() && !field.has_shown_if(), mistakes);
  data.set("label_lang", Optional(label.language == reader.tag() ? "" : label.language));
  data.set("help", Optional(Choose(field.help(), reader, event.default_language()).text));
  data.set("condition", Optional(Condition(field, event, reader)));
  SetKind(field, event, given, reader, data);
  return data;
}

Data CategoryControl(const Event& event, const Fields& given, const Mistakes& mistakes,
                     const Reader& reader) {
  Data data = Control(kCategory, std::string(reader.Say("category")), /*required=*/true, mistakes);
  Data options = List();
  int number = 0;
  for (const auto& category : event.categories()) {
    std::string label = Choose(category.title(), reader, event.default_language()).text;
    const std::string price = Choose(category.price(), reader, event.default_language()).text;
    if (!price.empty()) absl::StrAppend(&label, " – ", price);
    options.push_back(OptionOf(category.id(), label, absl::StrCat(kCategory, "-", ++number),
                               Given(given, kCategory)));
  }
  data.set("options", options);
  data.set("is_radios", Flag(true));
  return data;
}

Data PartyControl(int invited, const Fields& given, const Mistakes& mistakes,
                  const Reader& reader) {
  Data data = Control(kParty, std::string(reader.Say("party_size")), /*required=*/true, mistakes);
  SetInput("number", given, kParty, data);
  if (!Has(given, kParty)) data.set("value", absl::StrCat(invited));
  data.set("help", reader.Say("party_size_help", {absl::StrCat(invited)}));
  data.set("min", std::string("1"));
  data.set("max", absl::StrCat(invited));
  return data;
}

std::string LabelOfControl(const std::string& name, const Event& event, const Reader& reader) {
  absl::string_view id = name;
  if (absl::ConsumePrefix(&id, kAnswer)) {
    const FormField* field = FieldOf(event, id);
    return field == nullptr ? "" : Label(*field, event, reader);
  }
  return std::string(reader.Say(name == kParty ? "party_size" : "category"));
}

// One answer as the service takes it; false if it is no such thing.
bool Read(const FormField& field, const std::vector<std::string>& values, Value& value) {
  switch (field.type()) {
    case FormField::MULTI_CHOICE:
      for (const std::string& each : values) {
        value.mutable_list_value()->add_values()->set_string_value(each);
      }
      return true;
    case FormField::CONSENT:
      value.set_bool_value(true);
      return true;
    case FormField::NUMBER: {
      double number = 0;
      // A comma is how many languages write it.
      std::string text = values[0];
      std::replace(text.begin(), text.end(), ',', '.');
      if (!absl::SimpleAtod(text, &number) || !std::isfinite(number)) return false;
      value.set_number_value(number);
      return true;
    }
    default:
      value.set_string_value(std::string(absl::StripAsciiWhitespace(values[0])));
      return true;
  }
}

bool IsAsked(const FormField& field, const Fields& given) {
  if (!field.has_shown_if()) return true;
  const std::vector<std::string> values =
      Given(given, absl::StrCat(kAnswer, field.shown_if().field()));
  return std::any_of(values.begin(), values.end(), [&field](const std::string& value) {
    const auto& wanted = field.shown_if().values();
    return std::find(wanted.begin(), wanted.end(), value) != wanted.end();
  });
}

// A consent's box posts "true", which is also what conditions compare it to.
std::string MistakeIn(const FormField& field, const Fields& given, const Reader& reader) {
  if (Given(given, ControlOf(field)).empty()) return std::string(reader.Say("mistake_required"));
  if (field.type() == FormField::NUMBER) return std::string(reader.Say("mistake_number"));
  const bool choice = field.type() == FormField::CHOICE || field.type() == FormField::MULTI_CHOICE;
  return std::string(reader.Say(choice ? "mistake_choice" : "mistake_other"));
}

}  // namespace

Data FormOf(const Event& event, const Invitation& invitation, const Fields& given,
            const Mistakes& mistakes, const Reader& reader) {
  Data controls = List();
  if (Invited(invitation) > 1) {
    controls.push_back(PartyControl(Invited(invitation), given, mistakes, reader));
  }
  if (AsksCategory(event, invitation)) {
    controls.push_back(CategoryControl(event, given, mistakes, reader));
  }
  for (const FormField& field : event.form()) {
    controls.push_back(ControlFor(field, event, given, mistakes, reader));
  }
  Data data;
  data.set("controls", controls);
  Data summary = List();
  for (const auto& [name, text] : mistakes) {
    Data line;
    line.set("name", name);
    line.set("label", LabelOfControl(name, event, reader));
    line.set("error", text);
    summary.push_back(line);
  }
  data.set("has_mistakes", Flag(!mistakes.empty()));
  data.set("mistakes", summary);
  return data;
}

registrations::v1::AcceptInvitationRequest ReadForm(const Event& event,
                                                    const Invitation& invitation,
                                                    const Fields& given, const Reader& reader,
                                                    Mistakes& mistakes) {
  registrations::v1::AcceptInvitationRequest request;
  const absl::string_view party = absl::StripAsciiWhitespace(Find(given, kParty));
  int people = 0;
  if (!party.empty()) {
    if (absl::SimpleAtoi(party, &people) && people >= 1 && people <= Invited(invitation)) {
      request.set_party_size(people);
    } else {
      mistakes[kParty] = reader.Say("mistake_party", {absl::StrCat(Invited(invitation))});
    }
  }
  if (AsksCategory(event, invitation)) {
    request.set_category(std::string(Find(given, kCategory)));
    if (request.category().empty())
      mistakes[kCategory] = std::string(reader.Say("mistake_required"));
  }
  for (const FormField& field : event.form()) {
    const std::vector<std::string> values = Given(given, ControlOf(field));
    if (values.empty() || !IsAsked(field, given)) continue;
    Value value;
    if (Read(field, values, value)) {
      (*request.mutable_answers()->mutable_fields())[field.id()] = value;
    } else {
      mistakes[ControlOf(field)] = MistakeIn(field, given, reader);
    }
  }
  return request;
}

Mistakes MistakesOf(const absl::Status& error, const Event& event, const Fields& given,
                    const Reader& reader) {
  Mistakes mistakes;
  const auto payload = error.GetPayload("type.googleapis.com/google.rpc.BadRequest");
  google::rpc::BadRequest details;
  if (!payload.has_value() || !details.ParseFromString(std::string(*payload))) return mistakes;
  for (const auto& violation : details.field_violations()) {
    const std::string& path = violation.field();
    const size_t answers = path.rfind("answers.");
    if (answers != std::string::npos) {
      const FormField* field = FieldOf(event, path.substr(answers + strlen("answers.")));
      if (field != nullptr) mistakes[ControlOf(*field)] = MistakeIn(*field, given, reader);
    } else if (path == kCategory || path == kParty) {
      mistakes[path] = std::string(reader.Say("mistake_other"));
    }
  }
  return mistakes;
}

}  // namespace colloquy::web
