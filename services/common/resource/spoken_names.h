// Countries and languages as people write them into a spreadsheet. Thread-safe; the first call
// takes some ten milliseconds.
#ifndef COLLOQUY_SERVICES_COMMON_RESOURCE_SPOKEN_NAMES_H_
#define COLLOQUY_SERVICES_COMMON_RESOURCE_SPOKEN_NAMES_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace colloquy::resource {

// The ISO 3166-1 alpha-2 code of a country that is given as that, as its alpha-3 code or by its
// name in a language of Europe (as CLDR has it, or commonly). Case, accents and punctuation do not
// matter. nullopt for anything else.
std::optional<std::string> RegionCodeOf(absl::string_view country);

// The BCP 47 tag of a language that is given by its name in a language of Europe; nullopt for
// anything else, tags included.
std::optional<std::string> LanguageTagOf(absl::string_view language);

}  // namespace colloquy::resource

#endif  // COLLOQUY_SERVICES_COMMON_RESOURCE_SPOKEN_NAMES_H_
