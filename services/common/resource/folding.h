// Text and addresses in the form in which they are compared. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_COMMON_RESOURCE_FOLDING_H_
#define COLLOQUY_SERVICES_COMMON_RESOURCE_FOLDING_H_

#include <string>

#include "absl/strings/string_view.h"

namespace colloquy::resource {

// Unicode's NFKC_Casefold: "Straße", "STRASSE" and "strasse" become one, and so do full-width and
// composed forms. Accents stay. Invalid UTF-8 becomes U+FFFD. Columns for case-insensitive filters
// and text search hold this.
std::string FoldText(absl::string_view text);

// The key under which two spellings of an e-mail address are the same person's: white space around
// it removed, the domain as lower-case A-labels (UTS 46, non-transitional), the local part as
// FoldText, in quotation marks only where it needs them. Dots and +tags in the local part stay:
// only the receiving host knows what they mean. An address that ValidateEmailAddress refuses gives
// a key too, but an arbitrary one.
std::string FoldEmail(absl::string_view address);

// A domain as lower-case A-labels without a final dot, to compare with; empty if it is none.
std::string FoldDomain(absl::string_view domain);

}  // namespace colloquy::resource

#endif  // COLLOQUY_SERVICES_COMMON_RESOURCE_FOLDING_H_
