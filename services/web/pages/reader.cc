#include "services/web/pages/reader.h"

#include <unicode/coll.h>
#include <unicode/datefmt.h>
#include <unicode/dtitvfmt.h>
#include <unicode/dtptngen.h>
#include <unicode/locid.h>
#include <unicode/smpdtfmt.h>
#include <unicode/timezone.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "services/web/http/languages.h"

namespace colloquy::web {
namespace {

// Days are written before months, and hours up to 24, unless a reader's own tag says more.
icu::Locale LocaleOf(const Reader& reader) {
  for (const std::string& tag : reader.tags) {
    if (PrimaryLanguage(tag) == reader.tag() && tag.size() > reader.tag().size()) {
      UErrorCode error = U_ZERO_ERROR;
      const icu::Locale locale = icu::Locale::forLanguageTag(tag, error);
      if (U_SUCCESS(error)) return locale;
    }
  }
  if (reader.language == Language::kEnglish) return icu::Locale::getUK();
  return icu::Locale(std::string(reader.tag()).c_str());
}

std::unique_ptr<icu::TimeZone> ZoneOf(const std::string& zone) {
  return std::unique_ptr<icu::TimeZone>(
      icu::TimeZone::createTimeZone(icu::UnicodeString::fromUTF8(zone)));
}

UDate DateOf(absl::Time time) { return static_cast<UDate>(absl::ToUnixMillis(time)); }

std::string ToUtf8(const icu::UnicodeString& text) {
  std::string utf8;
  text.toUTF8String(utf8);
  return utf8;
}

// ICU knows every zone and locale that gets here; if it does not, the machine's form is legible.
std::string FormatInterval(const Reader& reader, const char* skeleton, absl::Time start,
                           absl::Time end, const std::string& zone) {
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<icu::DateIntervalFormat> format(
      icu::DateIntervalFormat::createInstance(skeleton, LocaleOf(reader), error));
  if (U_FAILURE(error)) return FormatMachine(start, zone);
  format->adoptTimeZone(ZoneOf(zone).release());
  const icu::DateInterval interval(DateOf(start), DateOf(end));
  icu::UnicodeString text;
  icu::FieldPosition position;
  format->format(&interval, text, position, error);
  return U_SUCCESS(error) ? ToUtf8(text) : FormatMachine(start, zone);
}

std::vector<Country> CountriesIn(Language language) {
  const Reader reader{.language = language};
  std::vector<Country> countries;
  for (const char* const* code = icu::Locale::getISOCountries(); *code != nullptr; ++code) {
    countries.push_back({*code, CountryName(reader, *code)});
  }
  UErrorCode error = U_ZERO_ERROR;
  const std::unique_ptr<icu::Collator> collator(
      icu::Collator::createInstance(LocaleOf(reader), error));
  std::sort(countries.begin(), countries.end(), [&](const Country& a, const Country& b) {
    if (U_FAILURE(error)) return a.name < b.name;
    UErrorCode ignored = U_ZERO_ERROR;
    return collator->compareUTF8(a.name, b.name, ignored) == UCOL_LESS;
  });
  return countries;
}

}  // namespace

Reader Reader::Of(const Request& request, absl::string_view guest_language) {
  Reader reader;
  const absl::string_view wanted = Find(request.query, "lang");
  reader.chosen = IsLanguageTag(wanted);
  if (reader.chosen) reader.tags.emplace_back(wanted);
  if (IsLanguageTag(guest_language)) reader.tags.emplace_back(guest_language);
  for (std::string& tag : AcceptedLanguages(request.accept_language)) {
    reader.tags.push_back(std::move(tag));
  }
  reader.language = NearestLanguage(reader.tags);
  return reader;
}

Chosen Choose(const events::v1::LocalizedText& text, const Reader& reader,
              absl::string_view default_language) {
  std::vector<std::string> tags = reader.tags;
  tags.emplace_back(reader.tag());
  tags.emplace_back(default_language);
  for (std::string& tag : tags) {
    while (!tag.empty()) {
      const auto found = text.texts().find(tag);
      if (found != text.texts().end()) return {found->second, tag};
      const size_t hyphen = tag.rfind('-');
      tag.resize(hyphen == std::string::npos ? 0 : hyphen);
    }
  }
  if (!text.resolved().empty()) return {text.resolved(), text.resolved_language()};
  const auto least =
      std::min_element(text.texts().begin(), text.texts().end(),
                       [](const auto& a, const auto& b) { return a.first < b.first; });
  return least == text.texts().end() ? Chosen{} : Chosen{least->second, least->first};
}

std::string FormatRange(const Reader& reader, absl::Time start, absl::Time end,
                        const std::string& zone) {
  return FormatInterval(reader, "yMMMMEEEEdjm", start, end, zone);
}

std::string FormatMoment(const Reader& reader, absl::Time time, const std::string& zone) {
  return FormatInterval(reader, "yMMMMEEEEdjm", time, time, zone);
}

std::string FormatDay(const Reader& reader, absl::Time time, const std::string& zone) {
  return FormatInterval(reader, "yMMMMEEEEd", time, time, zone);
}

std::string FormatHours(const Reader& reader, absl::Time start, absl::Time end,
                        const std::string& zone) {
  return FormatInterval(reader, "jm", start, end, zone);
}

std::string ZoneName(const Reader& reader, absl::Time time, const std::string& zone) {
  const std::unique_ptr<icu::TimeZone> rules = ZoneOf(zone);
  UErrorCode error = U_ZERO_ERROR;
  int32_t raw = 0;
  int32_t saving = 0;
  rules->getOffset(DateOf(time), /*local=*/0, raw, saving, error);
  icu::UnicodeString name;
  rules->getDisplayName(saving != 0, icu::TimeZone::LONG, LocaleOf(reader), name);
  return ToUtf8(name);
}

std::string FormatMachine(absl::Time time, const std::string& zone) {
  absl::TimeZone rules;
  if (!absl::LoadTimeZone(zone, &rules)) rules = absl::UTCTimeZone();
  return absl::FormatTime("%Y-%m-%dT%H:%M:%S%Ez", time, rules);
}

std::string CountryName(const Reader& reader, absl::string_view code) {
  icu::UnicodeString name;
  icu::Locale("", std::string(code).c_str()).getDisplayCountry(LocaleOf(reader), name);
  return name.isEmpty() ? std::string(code) : ToUtf8(name);
}

std::string LanguageName(const Reader& reader, absl::string_view tag) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Locale locale = icu::Locale::forLanguageTag(std::string(tag), error);
  icu::UnicodeString name;
  if (U_SUCCESS(error)) locale.getDisplayName(LocaleOf(reader), name);
  return name.isEmpty() ? std::string(tag) : ToUtf8(name);
}

const std::vector<Country>& Countries(Language language) {
  static const auto* all = [] {
    auto* lists = new std::vector<std::vector<Country>>;
    for (const Language each : kLanguages) lists->push_back(CountriesIn(each));
    return lists;
  }();
  return (*all)[static_cast<size_t>(language)];
}

absl::Time FromProto(const google::protobuf::Timestamp& timestamp) {
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

}  // namespace colloquy::web
