// What people write in a dialogue: statements and what looks like them. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_TEXTS_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_TEXTS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace colloquy::dialogues::rules {

inline constexpr int kMaxStatement = 1000;  // characters (code points)

// The text as it is kept: in Unicode's NFC, line breaks as \n, without white space around it.
// FIELD_REQUIRED for `field` if nothing that can be read is left; FIELD_INVALID
//  - for invalid UTF-8 and more than `limit` characters,
//  - for control characters other than \n (Unicode's category Cc),
//  - for characters that turn the direction of what follows them (U+202A–202E, U+2066–2069): they
//    make a page show other words than were voted on. The marks U+200E, U+200F and U+061C only set
//    the direction of their neighbours and are kept.
// Nothing is escaped here: `<script>` is a text like others, and whoever shows it escapes it.
absl::StatusOr<std::string> NormalizeText(absl::string_view text, absl::string_view field,
                                          int limit = kMaxStatement);

// What came from another system and is taken as it is: invalid UTF-8 becomes U+FFFD, control
// characters other than \n and those that turn directions become spaces; NFC, trimmed.
std::string CleanText(absl::string_view text);

// 32 bytes, equal for texts that are the same words: NFKC, case folded, white space collapsed.
std::string TextKey(absl::string_view text);

}  // namespace colloquy::dialogues::rules

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_TEXTS_H_
