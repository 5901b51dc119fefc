// E-mail addresses as guest lists and forms hold them. Pure and thread-safe.
//
// What is accepted, by section:
//  - RFC 5321 4.1.2 Mailbox: a Dot-string or a Quoted-string before the '@', a Domain after it. An
//    empty Quoted-string is refused, as it names nobody. Quotes that are not needed are dropped:
//    4.1.2 says that they mean nothing.
//  - RFC 5321 4.5.3.1: local part 64 octets, domain 255, whole address 254 (a path of 256 with its
//    angle brackets), before and after the domain became A-labels.
//  - RFC 6531 3.3: UTF-8 in the local part, but no control, format, separator, private or
//    unassigned characters, which hide or turn text.
//  - RFC 5890 and UTS 46 (non-transitional, STD 3 rules): U-labels in the domain.
//  - RFC 5322 3.4 name-addr, `"Ada" <ada@x.org>`, where AddressForm says so. The name is dropped:
//    nobody can tell given from family name in it.
// What is refused although a standard has it:
//  - address literals, `a@[127.0.0.1]` (RFC 5321 4.1.3): no guest has one, and mail to them would
//    reach hosts inside the relay's network.
//  - domains of one label (RFC 5321 2.3.5) and of an all-numeric last label (RFC 3696 2): in a
//    list they are typing errors or hosts of somebody's own network.
//  - comments and folding white space (RFC 5322 3.2.2), all of RFC 5322 4.4's obsolete forms, and
//    groups (3.4): SMTP cannot carry them.
// Whether the domain exists is not asked: that is for the relay to find out.
#ifndef COLLOQUY_SERVICES_COMMON_RESOURCE_EMAIL_ADDRESS_H_
#define COLLOQUY_SERVICES_COMMON_RESOURCE_EMAIL_ADDRESS_H_

#include <string>

#include "absl/strings/string_view.h"

namespace colloquy::resource {

enum class AddressForm {
  // The address and nothing else: fields of the API.
  kBare,
  // As people paste it: white space around it, `Ada <ada@x.org>`, `<ada@x.org>`,
  // `mailto:ada@x.org`.
  kListed,
};

// What is wrong with an address. The order is that in which faults are looked for.
enum class AddressFault {
  kNone,
  kMissing,           // nothing, or white space only
  kEncoding,          // not well-formed UTF-8
  kControlCharacter,  // C0, DEL, C1, and the line and paragraph separators
  kSurrounded,        // a name or white space around it where kBare was asked for
  kSeveral,           // more than one address, or a group
  kComment,           // parentheses
  kNoAt,
  kSecondAt,
  kLocalPartMissing,
  kLocalPart,  // neither Dot-string nor Quoted-string
  kLocalPartTooLong,
  kDomainMissing,
  kAddressLiteral,
  kDomainTooLong,
  kDomain,            // not valid by UTS 46, or ends with a dot
  kDomainOfOneLabel,  // ada@localhost
  kDomainIsNumber,    // ada@127.0.0.1
  kAddressTooLong,
};

struct EmailAddress {
  // To show and to keep: the local part, '@', and the domain as it was given.
  std::string text;
  // Never lower-cased, as only the receiving host knows whether case matters (RFC 5321 2.4); in
  // quotation marks where it needs them.
  std::string local_part;
  // Lower-case A-labels.
  std::string domain;
  // FoldEmail of `text`: what addresses are compared by.
  std::string key;

  // What SMTP takes in MAIL and RCPT.
  std::string Mailbox() const { return local_part + "@" + domain; }
  // Whether the relay must offer SMTPUTF8 (RFC 6531).
  bool NeedsSmtpUtf8() const;
};

// kNone and `address` is filled, or the first fault and it is left alone. `address` may be null.
AddressFault ParseEmailAddress(absl::string_view text, AddressForm form, EmailAddress* address);

// What is wrong and how to mend it, to go after "the address " or "this one ": "has no '@'; write
// it like name@example.org". Says nothing of the address itself.
absl::string_view DescribeFault(AddressFault fault);

// The local part that names `content`, with quotation marks only where it needs them.
// UnquoteLocalPart takes it back to `content`, also where `content` looks like a Quoted-string.
std::string QuoteLocalPart(absl::string_view content);
// What is inside the quotation marks, with its backslashes taken out; the text itself if it is no
// well-formed Quoted-string.
std::string UnquoteLocalPart(absl::string_view local_part);

}  // namespace colloquy::resource

#endif  // COLLOQUY_SERVICES_COMMON_RESOURCE_EMAIL_ADDRESS_H_
