// Targets and forms (RFC 3986, RFC 9110, WHATWG URL, RFC 7578). Pure and thread-safe; everything
// here is given whatever a stranger sends.
#ifndef COLLOQUY_SERVICES_WEB_HTTP_URLS_H_
#define COLLOQUY_SERVICES_WEB_HTTP_URLS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "services/web/http/message.h"

namespace colloquy::web {

// Fields of one form; more are refused.
inline constexpr size_t kMaxFields = 500;

// Without the query; "%41" is "A". nullopt for broken escapes, control characters and what is not
// UTF-8.
std::optional<std::string> PercentDecode(absl::string_view text);

// Everything but letters, digits and "-._~" escaped.
std::string PercentEncode(absl::string_view text);

struct Target {
  std::string origin;  // path and query, as sent
  std::string path;    // decoded
  Fields query;
};

// Origin form, or absolute form, whose authority is passed over (RFC 9112 section 3.2.2).
std::optional<Target> ParseTarget(absl::string_view target);

// application/x-www-form-urlencoded: "+" is a space. nullopt for broken escapes, NUL, more than
// kMaxFields fields, and what is not UTF-8. Line ends are "\n".
std::optional<Fields> ParseForm(absl::string_view body);
std::string FormatForm(const Fields& fields);

// multipart/form-data, its text fields only: files are passed over. nullopt if it is malformed.
std::optional<Fields> ParseMultipart(absl::string_view content_type, absl::string_view body);

// The media type of a Content-Type, in lower case and without parameters.
std::string MediaType(absl::string_view content_type);

// Whether `text` is valid UTF-8.
bool IsUtf8(absl::string_view text);

}  // namespace colloquy::web

#endif  // COLLOQUY_SERVICES_WEB_HTTP_URLS_H_
