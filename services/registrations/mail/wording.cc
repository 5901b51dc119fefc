#include "services/registrations/mail/wording.h"

#include <unicode/dtitvfmt.h>
#include <unicode/locid.h>
#include <unicode/timezone.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <memory>
#include <tuple>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

namespace colloquy::registrations::mail {
namespace {

constexpr Wording kWordings[] = {
    {.tag = "en",
     .subject = "Invitation: $0",
     .greeting = "Dear $0,",
     .greeting_all = "Good day,",
     .invites = "$0 invites you to:",
     .when = "When",
     .where = "Where",
     .online = "Online. You get the link once you have a seat.",
     .hybrid = "or online",
     .party = "Your invitation is for up to $0 people.",
     .answer_by = "Please answer by $0.",
     .answer = "Answer the invitation",
     .answer_here = "Accept or decline here:",
     .personal = "The link is yours alone; please do not pass it on.",
     .questions = "Questions? Write to $0.",
     .why = "You get this mail because $0 has you on its guest list.",
     .unsubscribe = "No more mail from this organiser"},
    {.tag = "de",
     .subject = "Einladung: $0",
     .greeting = "Guten Tag $0,",
     .greeting_all = "Guten Tag,",
     .invites = "$0 lädt Sie ein:",
     .when = "Wann",
     .where = "Wo",
     .online = "Online. Den Link erhalten Sie, sobald Sie einen Platz haben.",
     .hybrid = "oder online",
     .party = "Ihre Einladung gilt für bis zu $0 Personen.",
     .answer_by = "Bitte antworten Sie bis $0.",
     .answer = "Einladung beantworten",
     .answer_here = "Hier können Sie zu- oder absagen:",
     .personal = "Der Link gilt nur für Sie; bitte geben Sie ihn nicht weiter.",
     .questions = "Fragen? Schreiben Sie an $0.",
     .why = "Sie erhalten diese E-Mail, weil Sie auf der Gästeliste von $0 stehen.",
     .unsubscribe = "Keine E-Mails mehr von diesem Veranstalter"},
    {.tag = "fr",
     .subject = "Invitation\u00a0: $0",
     .greeting = "Bonjour $0,",
     .greeting_all = "Bonjour,",
     .invites = "$0 vous invite à\u00a0:",
     .when = "Quand",
     .where = "Où",
     .online = "En ligne. Vous recevrez le lien dès que vous aurez une place.",
     .hybrid = "ou en ligne",
     .party = "Votre invitation est valable pour $0 personnes au plus.",
     .answer_by = "Merci de répondre avant le $0.",
     .answer = "Répondre à l’invitation",
     .answer_here = "Acceptez ou déclinez ici\u00a0:",
     .personal = "Ce lien vous est personnel\u00a0; merci de ne pas le transmettre.",
     .questions = "Des questions\u00a0? Écrivez à $0.",
     .why = "Vous recevez ce message parce que vous figurez sur la liste d’invités de $0.",
     .unsubscribe = "Ne plus recevoir de messages de cet organisateur"},
};

absl::string_view Primary(absl::string_view tag) { return tag.substr(0, tag.find('-')); }

// Days are written before months, and hours up to 24.
icu::Locale LocaleOf(const Wording& wording) {
  return wording.tag == "en" ? icu::Locale::getUK() : icu::Locale(wording.tag.data());
}

// A mailing tells the same few moments thousands of times, and ICU takes its time for each.
template <typename Make>
std::string Remembered(const char* what, const Wording& wording, absl::Time start, absl::Time end,
                       const std::string& zone, const Make& make) {
  constexpr size_t kMost = 256;
  using Key = std::tuple<std::string, std::string, absl::Time, absl::Time, std::string>;
  thread_local absl::flat_hash_map<Key, std::string> told;
  const Key key(what, wording.tag, start, end, zone);
  if (const auto found = told.find(key); found != told.end()) return found->second;
  if (told.size() == kMost) told.clear();
  return told[key] = make();
}

std::string MakeRange(const Wording& wording, absl::Time start, absl::Time end,
                      const std::string& zone) {
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<icu::DateIntervalFormat> format(
      icu::DateIntervalFormat::createInstance("yMMMMEEEEdjm", LocaleOf(wording), error));
  if (U_FAILURE(error)) return absl::FormatTime(absl::RFC3339_sec, start, absl::UTCTimeZone());
  format->adoptTimeZone(icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(zone)));
  const icu::DateInterval interval(static_cast<UDate>(absl::ToUnixMillis(start)),
                                   static_cast<UDate>(absl::ToUnixMillis(end)));
  icu::UnicodeString text;
  icu::FieldPosition position;
  format->format(&interval, text, position, error);
  std::string utf8;
  return text.toUTF8String(utf8);
}

std::string MakeZoneName(const Wording& wording, absl::Time time, const std::string& zone) {
  const std::unique_ptr<icu::TimeZone> rules(
      icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(zone)));
  UErrorCode error = U_ZERO_ERROR;
  int32_t raw = 0;
  int32_t saving = 0;
  rules->getOffset(static_cast<UDate>(absl::ToUnixMillis(time)), /*local=*/0, raw, saving, error);
  icu::UnicodeString name;
  rules->getDisplayName(saving != 0, icu::TimeZone::LONG, LocaleOf(wording), name);
  std::string utf8;
  return name.toUTF8String(utf8);
}

}  // namespace

const Wording& WordingFor(absl::Span<const std::string> tags) {
  for (const std::string& tag : tags) {
    for (const Wording& wording : kWordings) {
      if (Primary(tag) == wording.tag) return wording;
    }
  }
  return kWordings[0];
}

std::string TextIn(const events::v1::LocalizedText& text, absl::Span<const std::string> tags) {
  for (std::string tag : tags) {
    while (!tag.empty()) {
      if (const auto found = text.texts().find(tag); found != text.texts().end())
        return found->second;
      const size_t hyphen = tag.rfind('-');
      tag.resize(hyphen == std::string::npos ? 0 : hyphen);
    }
  }
  if (!text.resolved().empty()) return text.resolved();
  const auto least =
      std::min_element(text.texts().begin(), text.texts().end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
  return least == text.texts().end() ? "" : least->second;
}

std::string FormatRange(const Wording& wording, absl::Time start, absl::Time end,
                        const std::string& zone) {
  return Remembered("range", wording, start, end, zone,
                    [&] { return MakeRange(wording, start, end, zone); });
}

std::string ZoneName(const Wording& wording, absl::Time time, const std::string& zone) {
  return Remembered("zone", wording, time, time, zone,
                    [&] { return MakeZoneName(wording, time, zone); });
}

std::string CountryName(const Wording& wording, const std::string& code) {
  icu::UnicodeString name;
  icu::Locale("", code.c_str()).getDisplayCountry(LocaleOf(wording), name);
  std::string utf8;
  name.toUTF8String(utf8);
  return utf8.empty() ? code : utf8;
}

}  // namespace colloquy::registrations::mail
