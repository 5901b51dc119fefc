#include "services/events/rules/validation.h"

#include <re2/re2.h>

#include <cmath>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/folding.h"
#include "services/common/resource/names.h"
#include "services/common/resource/validation.h"
#include "services/common/resource/violations.h"
#include "services/events/rules/civil_time.h"
#include "services/events/rules/localized.h"

namespace colloquy::events::rules {
namespace {

using resource::Violations;
using v1::Event;
using v1::FormField;

constexpr int kMaxSeats = 10'000'000;
constexpr absl::Duration kMaxLength = absl::Hours(24 * 366);

std::string Path(absl::string_view path, absl::string_view field) {
  return absl::StrCat(path, ".", field);
}

void CheckCount(absl::string_view field, int count, int most, Violations& out) {
  if (count > most) out.Add(field, absl::StrCat("takes at most ", most));
}

void CheckSeats(absl::string_view field, bool has, int seats, Violations& out) {
  if (has && (seats < 0 || seats > kMaxSeats))
    out.Add(field, absl::StrCat("must be between 0 and ", kMaxSeats));
}

void CheckEmail(absl::string_view field, absl::string_view email, Violations& out) {
  if (!email.empty()) out.Collect(resource::ValidateEmailAddress(email, field));
}

// Canonical, each once, in the order given.
void NormalizeLanguages(absl::string_view path,
                        google::protobuf::RepeatedPtrField<std::string>* languages,
                        Violations& out) {
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < languages->size(); ++i) {
    const std::string field = absl::StrCat(path, "[", i, "]");
    absl::StatusOr<std::string> tag = resource::CanonicalLanguageTag(languages->Get(i), field);
    if (!tag.ok()) {
      out.Collect(tag.status());
      continue;
    }
    *languages->Mutable(i) = *tag;
    if (!seen.insert(*std::move(tag)).second) out.Add(field, "is there twice");
  }
}

void CheckTopics(absl::string_view path, const Event& event, Violations& out) {
  CheckCount(Path(path, "topics"), event.topics_size(), 50, out);
  for (int i = 0; i < event.topics_size(); ++i) {
    const std::string field = absl::StrCat(path, ".topics[", i, "]");
    if (event.topics(i).empty()) out.Add(field, "must not be empty");
    out.CheckLine(field, event.topics(i), 64);
  }
}

void CheckVenue(absl::string_view path, const Event& event, Violations& out) {
  if (!event.has_venue()) {
    if (event.mode() != Event::ONLINE) out.Missing(path);
    return;
  }
  out.CheckLine(Path(path, "display_name"), event.venue().display_name(), 200);
  out.CheckLine(Path(path, "room"), event.venue().room(), 200);
  const std::string country = Path(path, "address.region_code");
  if (event.venue().address().region_code().empty()) {
    out.Missing(country);
  } else {
    out.Collect(resource::ValidateRegionCode(event.venue().address().region_code(), country));
  }
  const auto& location = event.venue().location();
  if (!(std::abs(location.latitude()) <= 90) || !(std::abs(location.longitude()) <= 180)) {
    out.Add(Path(path, "location"),
            "must have a latitude of -90 to 90 and a longitude of -180 to 180 degrees");
  }
}

void CheckDeadline(absl::string_view field, const v1::Deadline& deadline, Violations& out) {
  if (deadline.has_time() && !IsValid(deadline.time())) out.Add(field, "is no valid time");
  if (!deadline.has_before_start()) return;
  const int64_t seconds = deadline.before_start().seconds();
  if (seconds < 0 || seconds > absl::ToInt64Seconds(kMaxLength))
    out.Add(field, "must be between 0 s and 366 days before the start");
}

// When a deadline falls; `absent` if there is none.
absl::Time TimeOf(const v1::Deadline& deadline, absl::Time start, absl::Time absent) {
  if (deadline.has_time()) return FromProto(deadline.time());
  if (!deadline.has_before_start()) return absent;
  return start - absl::Seconds(deadline.before_start().seconds());
}

// Nobody could ever register if it closed before it opened. Without a deadline it closes at the
// start.
void CheckOpening(absl::string_view field, const Event& event, Violations& out) {
  if (!event.has_start_time()) return;
  const absl::Time start = FromProto(event.start_time());
  const auto& rules = event.registration();
  if (TimeOf(rules.open(), start, absl::InfinitePast()) >= TimeOf(rules.close(), start, start)) {
    out.Add(field, rules.has_close() ? "must be before registration closes"
                                     : "must be before the start, when registration closes");
  }
}

void CheckModeCapacities(absl::string_view path, const Event& event, Violations& out) {
  const auto& rules = event.registration();
  if (event.mode() == Event::HYBRID) return;
  if (rules.has_in_person_capacity())
    out.Add(Path(path, "in_person_capacity"), "is for HYBRID events; use capacity");
  if (rules.has_online_capacity())
    out.Add(Path(path, "online_capacity"), "is for HYBRID events; use capacity");
}

void NormalizeRegistration(absl::string_view path, Event* event, Violations& out) {
  const auto& rules = event->registration();
  CheckDeadline(Path(path, "open"), rules.open(), out);
  CheckDeadline(Path(path, "close"), rules.close(), out);
  CheckOpening(Path(path, "open"), *event, out);
  CheckDeadline(Path(path, "modification"), rules.modification(), out);
  CheckDeadline(Path(path, "cancellation"), rules.cancellation(), out);
  CheckSeats(Path(path, "capacity"), rules.has_capacity(), rules.capacity(), out);
  CheckSeats(Path(path, "in_person_capacity"), rules.has_in_person_capacity(),
             rules.in_person_capacity(), out);
  CheckSeats(Path(path, "online_capacity"), rules.has_online_capacity(), rules.online_capacity(),
             out);
  CheckModeCapacities(path, *event, out);
  if (rules.max_party_size() < 0 || rules.max_party_size() > 1000)
    out.Add(Path(path, "max_party_size"), "must be between 0 and 1000");
  CheckCount(Path(path, "allowed_domains"), rules.allowed_domains_size(), 1000, out);
  for (int i = 0; i < rules.allowed_domains_size(); ++i) {
    const std::string folded = resource::FoldDomain(rules.allowed_domains(i));
    if (folded.empty()) {
      out.Add(absl::StrCat(path, ".allowed_domains[", i, "]"),
              "must be a domain such as example.org");
    } else {
      event->mutable_registration()->set_allowed_domains(i, folded);
    }
  }
}

void CheckCategories(absl::string_view path, const Event& event, Violations& out) {
  CheckCount(path, event.categories_size(), 50, out);
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < event.categories_size(); ++i) {
    const v1::Category& category = event.categories(i);
    const std::string item = absl::StrCat(path, "[", i, "]");
    out.Collect(resource::ValidateId(category.id(), Path(item, "id")));
    if (!seen.insert(category.id()).second) out.Add(Path(item, "id"), "is there twice");
    if (category.title().texts().empty()) out.Missing(Path(item, "title"));
    out.CheckLine(Path(item, "audience"), category.audience(), 200);
    CheckSeats(Path(item, "quota"), category.has_quota(), category.quota(), out);
  }
}

bool IsFormId(absl::string_view id) {
  static const re2::RE2 pattern("[a-z]([a-z0-9_]{0,61}[a-z0-9])?");
  return re2::RE2::FullMatch(re2::StringPiece(id.data(), id.size()), pattern);
}

void CheckOptions(absl::string_view item, const FormField& field, Violations& out) {
  const bool choice = field.type() == FormField::CHOICE || field.type() == FormField::MULTI_CHOICE;
  if (choice == field.options().empty()) {
    out.Add(Path(item, "options"), choice ? "is required for choices" : "is for choices only");
  }
  CheckCount(Path(item, "options"), field.options_size(), 200, out);
  absl::flat_hash_set<std::string> seen;
  for (int i = 0; i < field.options_size(); ++i) {
    const std::string option = absl::StrCat(item, ".options[", i, "]");
    out.CheckLine(Path(option, "value"), field.options(i).value(), 200);
    if (field.options(i).value().empty()) out.Missing(Path(option, "value"));
    if (field.options(i).label().texts().empty()) out.Missing(Path(option, "label"));
    if (!seen.insert(field.options(i).value()).second)
      out.Add(Path(option, "value"), "is there twice");
  }
}

void CheckPattern(absl::string_view item, const FormField& field, Violations& out) {
  if (field.pattern().empty()) return;
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_max_mem(1 << 20);
  const re2::RE2 pattern(field.pattern(), options);
  if (field.pattern().size() > 200 || !pattern.ok()) {
    out.Add(Path(item, "pattern"), "must be an RE2 expression of at most 200 characters");
  }
}

void CheckForm(absl::string_view path, const Event& event, Violations& out) {
  CheckCount(path, event.form_size(), 100, out);
  absl::flat_hash_set<std::string> earlier;
  for (int i = 0; i < event.form_size(); ++i) {
    const FormField& field = event.form(i);
    const std::string item = absl::StrCat(path, "[", i, "]");
    if (!IsFormId(field.id()))
      out.Add(Path(item, "id"), "must match ^[a-z]([a-z0-9_]{0,61}[a-z0-9])?$");
    if (field.type() == FormField::TYPE_UNSPECIFIED) out.Missing(Path(item, "type"));
    if (field.label().texts().empty()) out.Missing(Path(item, "label"));
    if (field.has_min() && field.has_max() && !(field.min() <= field.max()))
      out.Add(Path(item, "max"), "must not be less than min");
    CheckOptions(item, field, out);
    CheckPattern(item, field, out);
    if (field.has_shown_if() && !earlier.contains(field.shown_if().field())) {
      out.Add(Path(item, "shown_if.field"), "must be the id of an earlier field");
    }
    if (!earlier.insert(field.id()).second) out.Add(Path(item, "id"), "is there twice");
  }
}

void CheckAnnotations(absl::string_view path, const Event& event, Violations& out) {
  CheckCount(path, static_cast<int>(event.annotations().size()), 64, out);
  for (const auto& [key, value] : event.annotations()) {
    const std::string field = absl::StrCat(path, "[", key, "]");
    if (key.empty()) out.Add(field, "must have a key");
    out.CheckLine(field, key, 63);
    out.CheckLength(field, value, 1024);
  }
}

}  // namespace

absl::Status NormalizeEvent(absl::string_view path, Event* event) {
  Violations out;
  if (event->kind() == Event::KIND_UNSPECIFIED) out.Missing(Path(path, "kind"));
  if (event->mode() == Event::MODE_UNSPECIFIED) out.Missing(Path(path, "mode"));
  if (event->visibility() == Event::VISIBILITY_UNSPECIFIED) event->set_visibility(Event::PUBLIC);
  if (event->default_language().empty()) event->set_default_language("en");
  absl::StatusOr<std::string> language =
      resource::CanonicalLanguageTag(event->default_language(), Path(path, "default_language"));
  if (language.ok()) {
    event->set_default_language(*language);
    NormalizeTexts(absl::StrCat(path, "."), *language, event, &out);
  } else {
    out.Collect(language.status());
  }
  if (event->title().texts().empty()) out.Missing(Path(path, "title"));
  NormalizeLanguages(Path(path, "languages"), event->mutable_languages(), out);
  CheckCount(Path(path, "languages"), event->languages_size(), 50, out);
  CheckTopics(path, *event, out);
  ResolveTimes(absl::StrCat(path, "."), event, &out);
  CheckVenue(Path(path, "venue"), *event, out);
  if (!event->online_uri().empty()) out.CheckUri(Path(path, "online_uri"), event->online_uri());
  if (!event->website_uri().empty()) out.CheckUri(Path(path, "website_uri"), event->website_uri());
  CheckEmail(Path(path, "contact_email"), event->contact_email(), out);
  if (event->has_registration()) NormalizeRegistration(Path(path, "registration"), event, out);
  CheckCategories(Path(path, "categories"), *event, out);
  CheckForm(Path(path, "form"), *event, out);
  CheckAnnotations(Path(path, "annotations"), *event, out);
  COLLOQUY_RETURN_IF_ERROR(out.ToStatus());
  if (event->registration().waiting_list().promotion() == v1::WaitingList::OFFER) {
    return errors::Make(
        absl::StatusCode::kUnimplemented, errors::ErrorReason::NOT_IMPLEMENTED,
        absl::StrCat(
            path, ".registration.waiting_list.promotion: OFFER is not available yet; use CONFIRM"),
        {{"feature", "waiting_list.promotion=OFFER"}});
  }
  return absl::OkStatus();
}

absl::Status NormalizeSession(absl::string_view path, const Event& event, bool force,
                              v1::Session* session) {
  Violations out;
  NormalizeTexts(absl::StrCat(path, "."), event.default_language(), session, &out);
  if (session->title().texts().empty()) out.Missing(Path(path, "title"));
  if (!session->has_start_time() || !IsValid(session->start_time()))
    out.Missing(Path(path, "start_time"));
  if (!session->has_end_time() || !IsValid(session->end_time()))
    out.Missing(Path(path, "end_time"));
  const absl::Time start = FromProto(session->start_time());
  const absl::Time end = FromProto(session->end_time());
  if (end <= start) out.Add(Path(path, "end_time"), "must be after start_time");
  if (!force && start < FromProto(event.start_time()))
    out.Add(Path(path, "start_time"), "must not be before the event's start");
  if (!force && end > FromProto(event.end_time()))
    out.Add(Path(path, "end_time"), "must not be after the event's end");
  out.CheckLine(Path(path, "room"), session->room(), 200);
  out.CheckLine(Path(path, "track"), session->track(), 200);
  CheckSeats(Path(path, "capacity"), session->has_capacity(), session->capacity(), out);
  CheckCount(Path(path, "speakers"), session->speakers_size(), 50, out);
  for (int i = 0; i < session->speakers_size(); ++i) {
    const std::string speaker = absl::StrCat(path, ".speakers[", i, "]");
    if (session->speakers(i).display_name().empty()) out.Missing(Path(speaker, "display_name"));
    out.CheckLine(Path(speaker, "display_name"), session->speakers(i).display_name(), 200);
    out.CheckLine(Path(speaker, "affiliation"), session->speakers(i).affiliation(), 200);
    CheckEmail(Path(speaker, "email"), session->speakers(i).email(), out);
  }
  static const resource::NamePattern dialogue("organizers/{organizer}/dialogues/{dialogue}");
  if (!session->dialogue().empty())
    out.Collect(dialogue.Validate(session->dialogue(), Path(path, "dialogue")));
  return out.ToStatus();
}

}  // namespace colloquy::events::rules
