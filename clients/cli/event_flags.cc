#include "clients/cli/event_flags.h"

#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "clients/cli/failures.h"
#include "clients/cli/times.h"
#include "services/common/errors/errors.h"

namespace colloquy::cli {
namespace {

using events::v1::Deadline;
using events::v1::Event;
using events::v1::RegistrationRules;
using events::v1::WaitingList;
using google::protobuf::FieldMask;

std::string EnumName(absl::string_view typed) {
  return absl::AsciiStrToUpper(absl::StrReplaceAll(typed, {{"-", "_"}}));
}

// `in-person` for IN_PERSON.
template <typename Enum>
absl::StatusOr<Enum> ParseEnum(const std::string& typed,
                               bool (*parse)(google::protobuf::ConstStringParam, Enum*),
                               absl::string_view flag) {
  Enum value;
  if (parse(EnumName(typed), &value)) return value;
  const auto* type = google::protobuf::GetEnumDescriptor<Enum>();
  std::vector<std::string> known;
  for (int i = 0; i < type->value_count(); ++i) {
    if (type->value(i)->number() == 0) continue;  // …_UNSPECIFIED
    known.push_back(
        absl::AsciiStrToLower(absl::StrReplaceAll(type->value(i)->name(), {{"_", "-"}})));
  }
  return UsageError(
      absl::StrCat(flag, " is one of ", absl::StrJoin(known, ", "), "; not '", typed, "'."));
}

// `14d` before the start, or a time; nothing for what holds without one.
absl::Status SetDeadline(const std::string& typed, absl::TimeZone zone, Deadline* deadline) {
  deadline->Clear();
  if (typed.empty()) return absl::OkStatus();
  if (const absl::StatusOr<absl::Duration> span = ParseSpan(typed); span.ok()) {
    *deadline->mutable_before_start() = ToProto(*span);
    return absl::OkStatus();
  }
  COLLOQUY_ASSIGN_OR_RETURN(*deadline->mutable_time(), ParseTime(typed, zone));
  return absl::OkStatus();
}

// A number of seats, or `none`.
absl::Status SetSeats(const std::string& typed, const char* field, RegistrationRules* rules) {
  const auto* descriptor = rules->GetDescriptor()->FindFieldByName(field);
  if (typed == "none") {
    rules->GetReflection()->ClearField(rules, descriptor);
    return absl::OkStatus();
  }
  int seats;
  if (!absl::SimpleAtoi(typed, &seats) || seats < 0) {
    return UsageError(absl::StrCat("'", typed, "' is no number of seats; `none` means no limit."));
  }
  rules->GetReflection()->SetInt32(rules, descriptor, seats);
  return absl::OkStatus();
}

absl::Status SetWaitingList(const std::string& typed, WaitingList* list) {
  if (typed == "off") {
    list->set_mode(WaitingList::OFF);
    return absl::OkStatus();
  }
  list->set_mode(WaitingList::ON);
  if (typed == "on") return absl::OkStatus();
  COLLOQUY_ASSIGN_OR_RETURN(
      const WaitingList::Order order,
      ParseEnum<WaitingList::Order>(typed, &WaitingList::Order_Parse, "--waiting-list"));
  list->set_order(order);
  return absl::OkStatus();
}

}  // namespace

std::pair<std::string, std::string> SplitLanguage(absl::string_view text) {
  const size_t equals = text.find('=');
  const absl::string_view tag = text.substr(0, equals);
  const absl::string_view primary = tag.substr(0, tag.find('-'));
  const bool is_tag = equals != absl::string_view::npos && primary.size() >= 2 &&
                      primary.size() <= 3 &&
                      std::all_of(primary.begin(), primary.end(), absl::ascii_islower) &&
                      std::all_of(tag.begin(), tag.end(),
                                  [](char c) { return absl::ascii_isalnum(c) || c == '-'; });
  if (!is_tag) return {"", std::string(text)};
  return {std::string(tag), std::string(text.substr(equals + 1))};
}

void SetTexts(const std::vector<std::string>& texts, absl::string_view language,
              events::v1::LocalizedText* text) {
  for (const std::string& typed : texts) {
    const auto [tag, words] = SplitLanguage(typed);
    const std::string in = tag.empty() ? std::string(language) : tag;
    if (words.empty()) {
      text->mutable_texts()->erase(in);
    } else {
      (*text->mutable_texts())[in] = words;
    }
  }
}

void EventFlags::AddTo(CLI::App* app) {
  const auto many = [&](const char* name, std::vector<std::string>& value, const char* help) {
    app->add_option(name, value, help)->allow_extra_args(false);
  };
  many("--title", title_, "Title; again for each language: --title Laser --title de=Laser");
  many("--summary", summary_, "One or two sentences, as --title");
  many("--description", description_, "All there is to say, as --title");
  AddText(app, "--kind", kind_,
          "research-dialogue, workshop, training, conference, brokerage, webinar");
  AddText(app, "--mode", mode_, "in-person, online, hybrid");
  AddText(app, "--visibility", visibility_, "public, unlisted, invitation-only");
  AddText(app, "--default-language", default_language_, "Language of texts without a tag");
  many("--spoken", spoken_, "Language spoken there; repeat");
  many("--topic", topics_, "Word to find it by; repeat");
  AddText(app, "--zone", zone_, "IANA zone, such as Europe/Berlin");
  AddText(app, "--start", start_, "Start on the clock there, 2027-03-09T14:00");
  AddText(app, "--end", end_, "End on the clock there");
  AddText(app, "--venue", venue_, "Name of the place");
  AddText(app, "--city", city_, "City");
  AddText(app, "--country", country_, "ISO 3166 country, such as DE");
  AddText(app, "--room", room_, "Room or hall");
  AddText(app, "--online-uri", online_uri_, "Where confirmed people join");
  AddText(app, "--website", website_, "Its page on the web");
  AddText(app, "--contact", contact_, "Address for questions");
  AddText(app, "--capacity", capacity_, "Seats in all, or none for no limit");
  AddText(app, "--in-person-capacity", in_person_, "Seats at the venue of a hybrid event");
  AddText(app, "--online-capacity", online_, "Places online of a hybrid event");
  AddText(app, "--approval", approval_, "none, all, by-category");
  AddText(app, "--waiting-list", waiting_list_, "off, on, strict, fill-gaps");
  app->add_option("--max-party-size", party_, "People in one registration at most");
  many("--allowed-domain", domains_, "Only addresses of this domain; repeat");
  AddText(app, "--opens", opens_, "When registration opens: a time, or 30d before the start");
  AddText(app, "--closes", closes_, "When registration closes: a time, or 1d before the start");
  AddText(app, "--change-until", change_until_, "Until when guests may change their registration");
  AddText(app, "--cancel-until", cancel_until_, "Until when guests may cancel");
  many("--category", categories_, "Kind of ticket ID:QUOTA:TITLE, quota may be empty; repeat");
  many("--annotation", annotations_, "KEY=VALUE of your own; repeat");
}

absl::Status EventFlags::Apply(Event* event, FieldMask* mask) const {
  const auto text = [&](const std::string& value, const char* path, std::string* field) {
    *field = value;
    mask->add_paths(path);
  };
  if (default_language_) {
    text(*default_language_, "default_language", event->mutable_default_language());
  }
  if (event->default_language().empty() && !title_.empty()) event->set_default_language("en");
  const std::string language = event->default_language();
  if (!title_.empty()) {
    SetTexts(title_, language, event->mutable_title());
    mask->add_paths("title");
  }
  if (!summary_.empty()) {
    SetTexts(summary_, language, event->mutable_summary());
    mask->add_paths("summary");
  }
  if (!description_.empty()) {
    SetTexts(description_, language, event->mutable_description());
    mask->add_paths("description");
  }
  if (kind_) {
    COLLOQUY_ASSIGN_OR_RETURN(const Event::Kind kind,
                              ParseEnum<Event::Kind>(*kind_, &Event::Kind_Parse, "--kind"));
    event->set_kind(kind);
    mask->add_paths("kind");
  }
  if (mode_) {
    COLLOQUY_ASSIGN_OR_RETURN(const Event::Mode mode,
                              ParseEnum<Event::Mode>(*mode_, &Event::Mode_Parse, "--mode"));
    event->set_mode(mode);
    mask->add_paths("mode");
  }
  if (visibility_) {
    COLLOQUY_ASSIGN_OR_RETURN(
        const Event::Visibility visibility,
        ParseEnum<Event::Visibility>(*visibility_, &Event::Visibility_Parse, "--visibility"));
    event->set_visibility(visibility);
    mask->add_paths("visibility");
  }
  const auto list = [&](const std::vector<std::string>& values, const char* path, auto* field) {
    if (values.empty()) return;
    field->Clear();
    for (const std::string& value : values) {
      if (!value.empty()) *field->Add() = value;
    }
    mask->add_paths(path);
  };
  list(spoken_, "languages", event->mutable_languages());
  list(topics_, "topics", event->mutable_topics());
  if (venue_ || city_ || country_ || room_) {
    events::v1::Venue* venue = event->mutable_venue();
    if (venue_) venue->set_display_name(*venue_);
    if (city_) venue->mutable_address()->set_locality(*city_);
    if (country_) venue->mutable_address()->set_region_code(absl::AsciiStrToUpper(*country_));
    if (room_) venue->set_room(*room_);
    mask->add_paths("venue");
  }
  if (online_uri_) text(*online_uri_, "online_uri", event->mutable_online_uri());
  if (website_) text(*website_, "website_uri", event->mutable_website_uri());
  if (contact_) text(*contact_, "contact_email", event->mutable_contact_email());
  for (const std::string& annotation : annotations_) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(annotation, absl::MaxSplits('=', 1));
    if (parts.second.empty()) {
      event->mutable_annotations()->erase(parts.first);
    } else {
      (*event->mutable_annotations())[parts.first] = parts.second;
    }
  }
  if (!annotations_.empty()) mask->add_paths("annotations");
  COLLOQUY_RETURN_IF_ERROR(ApplyTimes(event, mask));
  COLLOQUY_RETURN_IF_ERROR(ApplyRules(event, mask));
  return ApplyCategories(event, mask);
}

absl::Status EventFlags::ApplyTimes(Event* event, FieldMask* mask) const {
  if (zone_) {
    event->set_time_zone(*zone_);
    mask->add_paths("time_zone");
  }
  const absl::TimeZone zone = ZoneOrUtc(event->time_zone());
  if (start_) {
    // The civil time is what the server keeps; an instant is turned into it.
    COLLOQUY_ASSIGN_OR_RETURN(const google::protobuf::Timestamp time, ParseTime(*start_, zone));
    COLLOQUY_ASSIGN_OR_RETURN(
        *event->mutable_civil_start(),
        IsInstant(*start_) ? absl::FormatCivilTime(absl::ToCivilSecond(FromProto(time), zone))
                           : ParseCivil(*start_));
    event->clear_start_time();
    mask->add_paths("civil_start");
  }
  if (end_) {
    COLLOQUY_ASSIGN_OR_RETURN(const google::protobuf::Timestamp time, ParseTime(*end_, zone));
    COLLOQUY_ASSIGN_OR_RETURN(
        *event->mutable_civil_end(),
        IsInstant(*end_) ? absl::FormatCivilTime(absl::ToCivilSecond(FromProto(time), zone))
                         : ParseCivil(*end_));
    event->clear_end_time();
    mask->add_paths("civil_end");
  }
  return absl::OkStatus();
}

absl::Status EventFlags::ApplyRules(Event* event, FieldMask* mask) const {
  const struct {
    const TextFlag& typed;
    const char* field;
  } seats[] = {
      {capacity_, "capacity"}, {in_person_, "in_person_capacity"}, {online_, "online_capacity"}};
  for (const auto& [typed, field] : seats) {
    if (!typed) continue;
    COLLOQUY_RETURN_IF_ERROR(SetSeats(*typed, field, event->mutable_registration()));
    mask->add_paths(absl::StrCat("registration.", field));
  }
  const absl::TimeZone zone = ZoneOrUtc(event->time_zone());
  const struct {
    const TextFlag& typed;
    const char* path;
    Deadline* (RegistrationRules::*field)();
  } deadlines[] = {
      {opens_, "registration.open", &RegistrationRules::mutable_open},
      {closes_, "registration.close", &RegistrationRules::mutable_close},
      {change_until_, "registration.modification", &RegistrationRules::mutable_modification},
      {cancel_until_, "registration.cancellation", &RegistrationRules::mutable_cancellation}};
  for (const auto& [typed, path, field] : deadlines) {
    if (!typed) continue;
    COLLOQUY_RETURN_IF_ERROR(SetDeadline(*typed, zone, (event->mutable_registration()->*field)()));
    mask->add_paths(path);
  }
  if (approval_) {
    COLLOQUY_ASSIGN_OR_RETURN(const RegistrationRules::Approval approval,
                              ParseEnum<RegistrationRules::Approval>(
                                  *approval_, &RegistrationRules::Approval_Parse, "--approval"));
    event->mutable_registration()->set_approval(approval);
    mask->add_paths("registration.approval");
  }
  if (waiting_list_) {
    COLLOQUY_RETURN_IF_ERROR(
        SetWaitingList(*waiting_list_, event->mutable_registration()->mutable_waiting_list()));
    mask->add_paths("registration.waiting_list");
  }
  if (party_ > 0) {
    event->mutable_registration()->set_max_party_size(party_);
    mask->add_paths("registration.max_party_size");
  }
  if (!domains_.empty()) {
    auto* field = event->mutable_registration()->mutable_allowed_domains();
    field->Clear();
    for (const std::string& domain : domains_) {
      if (!domain.empty()) *field->Add() = domain;
    }
    mask->add_paths("registration.allowed_domains");
  }
  return absl::OkStatus();
}

absl::Status EventFlags::ApplyCategories(Event* event, FieldMask* mask) const {
  for (const std::string& typed : categories_) {
    const std::vector<std::string> parts = absl::StrSplit(typed, absl::MaxSplits(':', 2));
    int quota = 0;
    const bool has_quota = parts.size() > 1 && !parts[1].empty();
    if (parts[0].empty() || (has_quota && !absl::SimpleAtoi(parts[1], &quota))) {
      return UsageError(absl::StrCat("'", typed, "' is no category such as student:20:Students."));
    }
    events::v1::Category* category = nullptr;
    for (events::v1::Category& known : *event->mutable_categories()) {
      if (known.id() == parts[0]) category = &known;
    }
    if (category == nullptr) category = event->add_categories();
    category->set_id(parts[0]);
    if (has_quota) category->set_quota(quota);
    if (parts.size() > 2) {
      SetTexts({parts[2]}, event->default_language(), category->mutable_title());
    } else if (category->title().texts().empty()) {
      SetTexts({parts[0]}, event->default_language(), category->mutable_title());
    }
  }
  if (!categories_.empty()) mask->add_paths("categories");
  return absl::OkStatus();
}

}  // namespace colloquy::cli
