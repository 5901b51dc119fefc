// What pages say, in every language they speak. Immutable and thread-safe.
#ifndef COLLOQUY_SERVICES_WEB_PAGES_TEXTS_H_
#define COLLOQUY_SERVICES_WEB_PAGES_TEXTS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace colloquy::web {

enum class Language { kEnglish, kGerman, kFrench };
inline constexpr Language kLanguages[] = {Language::kEnglish, Language::kGerman, Language::kFrench};

// "en"; and what its speakers call it.
absl::string_view TagOf(Language language);
absl::string_view NameOf(Language language);

// The first of `tags` that pages speak, by its primary subtag; English if none.
Language NearestLanguage(absl::Span<const std::string> tags);

// `key` is one of texts.cc, otherwise the process ends: keys come from the code.
absl::string_view Say(Language language, absl::string_view key);

// Say with $0, $1 … replaced.
std::string Say(Language language, absl::string_view key, absl::Span<const std::string> words);

// All of them, for templates.
struct Wording {
  absl::string_view key;
  absl::string_view texts[std::size(kLanguages)];
};
absl::Span<const Wording> Wordings();

}  // namespace colloquy::web

#endif  // COLLOQUY_SERVICES_WEB_PAGES_TEXTS_H_
