// Localised texts: which language is shown, and what a client may store. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_EVENTS_RULES_LOCALIZED_H_
#define COLLOQUY_SERVICES_EVENTS_RULES_LOCALIZED_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "colloquy/events/v1/events.pb.h"
#include "google/protobuf/message.h"
#include "services/common/resource/violations.h"

namespace colloquy::events::rules {

// Languages in the order in which they are tried (RFC 4647 section 3.4): the tag asked for and what
// is left of it without its last subtags (`de-Latn-AT`, `de-Latn`, `de`), then the same for the
// default. Both tags must be canonical; `language` may be empty.
std::vector<std::string> LanguageChain(absl::string_view language,
                                       absl::string_view default_language);

// The text's key in the first language of `chain` that it has; if it has none of them, the smallest
// key, so that every reader gets the same. Null if there is no text.
const std::string* BestLanguage(const v1::LocalizedText& text,
                                const std::vector<std::string>& chain);

// The text itself in that language, or empty.
std::string TextIn(const v1::LocalizedText& text, const std::vector<std::string>& chain);

// Fills `resolved` and `resolved_language` of every LocalizedText in `message`, at any depth.
void ResolveTexts(const std::vector<std::string>& chain, google::protobuf::Message* message);

// Brings every LocalizedText in `message` into stored form: canonical tags, nothing resolved. Names
// tags that are no BCP 47 tags or double, texts that are empty or too long, and texts that are not
// in `default_language`. `prefix` ("event.") stands before field names.
void NormalizeTexts(absl::string_view prefix, absl::string_view default_language,
                    google::protobuf::Message* message, resource::Violations* violations);

}  // namespace colloquy::events::rules

#endif  // COLLOQUY_SERVICES_EVENTS_RULES_LOCALIZED_H_
