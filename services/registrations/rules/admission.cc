#include "services/registrations/rules/admission.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "services/common/resource/validation.h"
#include "services/registrations/rules/form.h"
#include "services/registrations/rules/states.h"

namespace colloquy::registrations::rules {
namespace {

using events::v1::Event;
using v1::Registration;
using Violations = std::vector<errors::FieldViolation>;

void CheckLength(absl::string_view text, size_t most, absl::string_view path,
                 absl::string_view field, Violations& out) {
  if (text.size() > most)
    out.push_back({absl::StrCat(path, ".", field), absl::StrCat("takes at most ", most, " bytes")});
}

void CheckOptional(absl::Status (*check)(absl::string_view, absl::string_view),
                   absl::string_view value, absl::string_view path, absl::string_view field,
                   Violations& out) {
  if (value.empty() || check(value, field).ok()) return;
  out.push_back(
      {absl::StrCat(path, ".", field), absl::StrCat("\"", value, "\" is not valid here")});
}

absl::Time StartOf(const Event& event) {
  return absl::FromUnixMicros(
      google::protobuf::util::TimeUtil::TimestampToMicroseconds(event.start_time()));
}

std::string Text(absl::Time time) {
  return absl::FormatTime(absl::RFC3339_sec, time, absl::UTCTimeZone());
}

int32_t MaxPartySize(const Event& event) {
  return std::max(1, event.registration().max_party_size());
}

bool ModeFits(Event::Mode event, Registration::AttendanceMode mode) {
  if (event == Event::HYBRID) return true;
  return (event == Event::ONLINE) == (mode == Registration::ONLINE);
}

}  // namespace

void FillDefaults(const Event& event, Registration& registration) {
  if (registration.party_size() == 0) registration.set_party_size(1);
  if (registration.attendance_mode() != Registration::ATTENDANCE_MODE_UNSPECIFIED) return;
  registration.set_attendance_mode(event.mode() == Event::ONLINE ? Registration::ONLINE
                                                                 : Registration::IN_PERSON);
}

Violations CheckFields(const Registration& registration, absl::string_view path) {
  Violations out;
  const auto& attendee = registration.attendee();
  const std::string person = absl::StrCat(path, ".attendee");
  if (absl::Status status = resource::ValidateEmailAddress(attendee.email(), "email");
      !status.ok()) {
    out.push_back({absl::StrCat(person, ".email"), "must be an address such as name@example.org"});
  }
  constexpr size_t kMaxName = 800;  // 200 characters of UTF-8
  CheckLength(attendee.given_name(), kMaxName, person, "given_name", out);
  CheckLength(attendee.family_name(), kMaxName, person, "family_name", out);
  CheckLength(attendee.title(), kMaxName, person, "title", out);
  CheckLength(attendee.organisation(), kMaxName, person, "organisation", out);
  CheckLength(registration.external_reference(), kMaxName, path, "external_reference", out);
  CheckOptional(resource::ValidateRegionCode, attendee.region_code(), person, "region_code", out);
  CheckOptional(resource::ValidateLanguageTag, attendee.language_code(), person, "language_code",
                out);
  if (attendee.consents_size() > 50)
    out.push_back({absl::StrCat(person, ".consents"), "takes at most 50"});
  for (int i = 0; i < attendee.consents_size(); ++i) {
    const std::string consent = absl::StrCat(person, ".consents[", i, "]");
    CheckLength(attendee.consents(i).purpose(), kMaxName, consent, "purpose", out);
    CheckLength(attendee.consents(i).source(), 2000, consent, "source", out);
  }
  if (registration.party_size() < 0)
    out.push_back({absl::StrCat(path, ".party_size"), "must not be negative"});
  if (registration.priority() < -1000 || registration.priority() > 1000) {
    out.push_back({absl::StrCat(path, ".priority"), "must be between -1000 and 1000"});
  }
  return out;
}

Violations CheckAgainst(const Event& event, const Registration& registration,
                        absl::string_view path, int32_t invited) {
  const std::string below = path.empty() ? "" : absl::StrCat(path, ".");
  Violations out =
      CheckAnswers(event.form(), registration.answers(), absl::StrCat(below, "answers"));
  const bool known =
      std::any_of(event.categories().begin(), event.categories().end(),
                  [&](const auto& category) { return category.id() == registration.category(); });
  if (event.categories().empty() && !registration.category().empty()) {
    out.push_back({absl::StrCat(below, "category"), "must be empty: the event has no categories"});
  } else if (!event.categories().empty() && !known) {
    std::string ids;
    for (const auto& category : event.categories())
      absl::StrAppend(&ids, ids.empty() ? "" : ", ", category.id());
    out.push_back({absl::StrCat(below, "category"), absl::StrCat("must be one of ", ids)});
  }
  if (!ModeFits(event.mode(), registration.attendance_mode())) {
    out.push_back(
        {absl::StrCat(below, "attendance_mode"),
         absl::StrCat("does not fit the event, which is ", Event::Mode_Name(event.mode()))});
  }
  const int32_t most = invited > 0 ? invited : MaxPartySize(event);
  if (registration.party_size() > most) {
    out.push_back({absl::StrCat(below, "party_size"), absl::StrCat("may be ", most, " at most")});
  }
  return out;
}

std::string ClosedReason(const Event& event, absl::Time now) {
  switch (event.state()) {
    case Event::PUBLISHED:
    case Event::IN_PROGRESS:
      break;
    case Event::CANCELLED:
      return "CANCELLED";
    case Event::DRAFT:
      return "NOT_PUBLISHED";
    default:
      return "CLOSED";
  }
  const absl::Time start = StartOf(event);
  if (now < Resolve(event.registration().open(), start, absl::InfinitePast()))
    return "NOT_YET_OPEN";
  if (now >= Resolve(event.registration().close(), start, start)) return "CLOSED";
  return "";
}

absl::Status CheckOpen(const Event& event, absl::Time now) {
  const std::string reason = ClosedReason(event, now);
  if (reason.empty()) return absl::OkStatus();
  const absl::Time start = StartOf(event);
  using errors::ErrorReason;
  if (reason == "NOT_YET_OPEN") {
    const std::string open = Text(Resolve(event.registration().open(), start, start));
    return errors::FailedPrecondition(ErrorReason::REGISTRATION_CLOSED, event.name(),
                                      absl::StrCat("registration opens at ", open),
                                      {{"open_time", open}});
  }
  if (reason == "CLOSED") {
    const std::string close = Text(Resolve(event.registration().close(), start, start));
    return errors::FailedPrecondition(ErrorReason::REGISTRATION_CLOSED, event.name(),
                                      absl::StrCat("registration closed at ", close),
                                      {{"close_time", close}});
  }
  const std::string state = Event::State_Name(event.state());
  return errors::FailedPrecondition(
      ErrorReason::REGISTRATION_CLOSED, event.name(),
      absl::StrCat("the event is ", state, " and takes no registrations"), {{"state", state}});
}

absl::Status CheckDomain(const Event& event, absl::string_view folded_email) {
  const auto& domains = event.registration().allowed_domains();
  if (domains.empty()) return absl::OkStatus();
  const absl::string_view domain = folded_email.substr(folded_email.rfind('@') + 1);
  for (const std::string& allowed : domains) {
    if (domain == allowed || absl::EndsWith(domain, absl::StrCat(".", allowed)))
      return absl::OkStatus();
  }
  return errors::FailedPrecondition(errors::ErrorReason::ADDRESS_NOT_ADMITTED, event.name(),
                                    absl::StrCat("the event does not admit addresses of ", domain),
                                    {{"domain", domain}});
}

}  // namespace colloquy::registrations::rules
