// Which language a reader wants (RFC 9110 section 12.5.4, RFC 4647). Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_WEB_HTTP_LANGUAGES_H_
#define COLLOQUY_SERVICES_WEB_HTTP_LANGUAGES_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace colloquy::web {

// The tags of an Accept-Language header, the best first, at most 10; those with q=0, "*" and what
// is no tag are left out.
std::vector<std::string> AcceptedLanguages(absl::string_view header);

// 1 to 35 letters, digits and hyphens, as BCP 47 tags have them.
bool IsLanguageTag(absl::string_view text);

// "de-AT" is "de".
absl::string_view PrimaryLanguage(absl::string_view tag);

}  // namespace colloquy::web

#endif  // COLLOQUY_SERVICES_WEB_HTTP_LANGUAGES_H_
