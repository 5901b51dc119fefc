#include "services/common/resource/spoken_names.h"

#include <unicode/locid.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/uloc.h>
#include <unicode/unistr.h>

#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "services/common/resource/validation.h"

namespace colloquy::resource {
namespace {

using Names = absl::flat_hash_map<std::string, std::string>;

// Whose names for the world are known; the first of them wins where two mean different things.
constexpr const char* kSpeakers[] = {"en", "de", "fr", "es", "it", "nl", "pt", "pl", "cs", "sk",
                                     "hu", "sl", "hr", "ro", "bg", "el", "sv", "da", "nb", "fi",
                                     "et", "lv", "lt", "ga", "mt", "uk", "tr", "is", "ca", "lb"};

// Languages that guests of European events are addressed in, and then some.
constexpr const char* kLanguages[] = {
    "bg", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et", "eu", "fi", "fr", "ga", "gl",
    "hr", "hu", "is", "it", "lb", "lt", "lv", "mk", "mt", "nb", "nl", "nn", "no", "pl", "pt", "ro",
    "ru", "sk", "sl", "sq", "sr", "sv", "tr", "uk", "ar", "he", "hi", "ja", "ko", "zh"};

// What CLDR does not say, but people do. Folded.
constexpr std::pair<const char*, const char*> kOtherCountries[] = {
    {"uk", "GB"},
    {"greatbritain", "GB"},
    {"grossbritannien", "GB"},
    {"grandebretagne", "GB"},
    {"granbretagna", "GB"},
    {"england", "GB"},
    {"scotland", "GB"},
    {"wales", "GB"},
    {"unitedstatesofamerica", "US"},
    {"etatsunisdamerique", "US"},
    {"holland", "NL"},
    {"thenetherlands", "NL"},
    {"czechrepublic", "CZ"},
    {"tschechischerepublik", "CZ"},
    {"republiquetcheque", "CZ"},
    {"slovakrepublic", "SK"},
    {"brd", "DE"},
    {"bundesrepublikdeutschland", "DE"},
    {"turkey", "TR"},
    {"macedonia", "MK"},
    {"mazedonien", "MK"},
    {"republicofireland", "IE"},
    {"moldavia", "MD"},
};

// Lower case, without accents, and without all that is neither letter nor digit.
std::string Fold(const icu::UnicodeString& text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* const normalizer = icu::Normalizer2::getNFKDInstance(error);
  if (U_FAILURE(error)) return "";
  const icu::UnicodeString plain =
      normalizer->normalize(icu::UnicodeString(text).foldCase(), error);
  icu::UnicodeString folded;
  for (int32_t at = 0; at < plain.length(); at = plain.moveIndex32(at, 1)) {
    if (u_isalnum(plain.char32At(at))) folded.append(plain.char32At(at));
  }
  std::string result;
  return folded.toUTF8String(result);
}

std::optional<std::string> Find(const Names& names, absl::string_view text) {
  const auto found = names.find(Fold(icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<int32_t>(text.size())))));
  if (found == names.end()) return std::nullopt;
  return found->second;
}

void AddName(const icu::UnicodeString& name, const std::string& code, Names& names) {
  if (std::string folded = Fold(name); !folded.empty()) names.emplace(std::move(folded), code);
}

Names MakeCountries() {
  Names names;
  for (const auto& [name, code] : kOtherCountries) names[name] = code;
  for (const char* speaker : kSpeakers) {
    for (const char* const* code = uloc_getISOCountries(); *code != nullptr; ++code) {
      if (!ValidateRegionCode(*code, "country").ok()) continue;
      const icu::Locale country("", *code);
      icu::UnicodeString name;
      AddName(country.getDisplayCountry(icu::Locale(speaker), name), *code, names);
      names.emplace(absl::AsciiStrToLower(country.getISO3Country()), *code);
    }
  }
  return names;
}

Names MakeLanguages() {
  Names names;
  for (const char* speaker : kSpeakers) {
    for (const char* tag : kLanguages) {
      icu::UnicodeString name;
      AddName(icu::Locale(tag).getDisplayLanguage(icu::Locale(speaker), name), tag, names);
    }
  }
  return names;
}

}  // namespace

std::optional<std::string> RegionCodeOf(absl::string_view country) {
  const std::string code = absl::AsciiStrToUpper(absl::StripAsciiWhitespace(country));
  if (ValidateRegionCode(code, "country").ok()) return code;
  static const auto* const names = new Names(MakeCountries());
  return Find(*names, country);
}

std::optional<std::string> LanguageTagOf(absl::string_view language) {
  static const auto* const names = new Names(MakeLanguages());
  return Find(*names, language);
}

}  // namespace colloquy::resource
