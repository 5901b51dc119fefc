#include "services/common/resource/email_address.h"

#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/common/resource/folding.h"
#include "services/common/resource/validation.h"

namespace colloquy::resource {
namespace {

constexpr size_t kMaxLocalPartBytes = 64;  // RFC 5321 4.5.3.1.1
constexpr size_t kMaxDomainBytes = 255;    // 4.5.3.1.2
constexpr size_t kMaxAddressBytes = 254;   // 4.5.3.1.3, without the angle brackets

// Controls, format characters, separators, unassigned, private use and surrogates.
constexpr uint32_t kNotInAddresses = U_GC_C_MASK | U_GC_Z_MASK;

bool IsAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<signed char>(c) >= 0; });
}

// Whether `accepts` holds for every code point; false for text that is no UTF-8.
template <typename Predicate>
bool AllOf(absl::string_view text, Predicate accepts) {
  int32_t at = 0;
  const int32_t size = static_cast<int32_t>(text.size());
  while (at < size) {
    UChar32 c;
    U8_NEXT(text.data(), at, size, c);
    if (c < 0 || !accepts(c)) return false;
  }
  return true;
}

// RFC 6531 3.3: UTF8-non-ascii, without the characters that only deceive.
bool IsUtf8NonAscii(UChar32 c) { return c >= 0x80 && (U_GET_GC_MASK(c) & kNotInAddresses) == 0; }

// RFC 5322 3.2.3 atext.
bool IsAtext(UChar32 c) {
  if (c >= 0x80) return IsUtf8NonAscii(c);
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::StrContains("!#$%&'*+-/=?^_`{|}~", static_cast<char>(c));
}

bool IsControl(UChar32 c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

// White space, and the invisible marks that come along when text is copied from a page.
bool IsAround(UChar32 c) {
  if (c == '\t') return true;
  return !IsControl(c) && (u_isUWhiteSpace(c) || c == 0x200b || c == 0x2060 || c == 0xfeff);
}

// RFC 5321 4.1.2 Dot-string.
bool IsDotString(absl::string_view text) {
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  if (absl::StrContains(text, "..")) return false;
  return AllOf(text, [](UChar32 c) { return c == '.' || IsAtext(c); });
}

// What a Quoted-string may hold once its backslashes are gone (RFC 5321 4.1.2 QcontentSMTP).
bool IsQuotable(UChar32 c) { return c >= 0x80 ? IsUtf8NonAscii(c) : c >= 0x20 && c < 0x7f; }

// The content of a Quoted-string, if `text` is exactly one: only ASCII may stand after a backslash.
std::optional<std::string> Unquote(absl::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::nullopt;
  text = text.substr(1, text.size() - 2);
  std::string content;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') return std::nullopt;
    if (text[i] == '\\') {
      if (++i == text.size() || !absl::ascii_isprint(static_cast<unsigned char>(text[i]))) {
        return std::nullopt;
      }
    }
    content.push_back(text[i]);
  }
  return content;
}

// The place of the first `c` outside quotation marks, or npos.
size_t FindUnquoted(absl::string_view text, absl::string_view any) {
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (quoted && text[i] == '\\') ++i;
    if (!quoted && absl::StrContains(any, text[i])) return i;
  }
  return absl::string_view::npos;
}

absl::string_view TrimAround(absl::string_view text) {
  int32_t begin = 0;
  int32_t end = static_cast<int32_t>(text.size());
  for (int32_t next = begin; next < end; begin = next) {
    UChar32 c;
    U8_NEXT(text.data(), next, end, c);
    if (c < 0 || !IsAround(c)) break;
  }
  for (int32_t next = end; next > begin; end = next) {
    UChar32 c;
    U8_PREV(text.data(), begin, next, c);
    if (c < 0 || !IsAround(c)) break;
  }
  return text.substr(begin, end - begin);
}

// Takes away what people and programs put around an address. A name is everything before the last
// unquoted '<', whatever it holds: nothing of it is used.
absl::string_view StripListed(absl::string_view text) {
  const size_t open = FindUnquoted(text, "<");
  if (open != absl::string_view::npos && text.back() == '>') {
    text = TrimAround(text.substr(open + 1, text.size() - open - 2));
  }
  if (absl::StartsWithIgnoreCase(text, "mailto:")) text = TrimAround(text.substr(7));
  return text;
}

// Faults that are seen before the address is taken apart.
AddressFault WholeFault(absl::string_view text) {
  if (!IsCleanUtf8(text)) {
    return absl::StrContains(text, '\0') ? AddressFault::kControlCharacter
                                         : AddressFault::kEncoding;
  }
  if (!AllOf(text, [](UChar32 c) { return c == '\t' || !IsControl(c); })) {
    return AddressFault::kControlCharacter;
  }
  return AddressFault::kNone;
}

// Signs of something else than one address, told apart because they are mended differently.
AddressFault ShapeFault(absl::string_view text) {
  if (FindUnquoted(text, ",;") != absl::string_view::npos) return AddressFault::kSeveral;
  if (FindUnquoted(text, "<>") != absl::string_view::npos) return AddressFault::kSurrounded;
  if (FindUnquoted(text, "()") != absl::string_view::npos) return AddressFault::kComment;
  return AddressFault::kNone;
}

AddressFault LocalPartFault(absl::string_view local_part) {
  if (local_part.empty()) return AddressFault::kLocalPartMissing;
  if (local_part.size() > kMaxLocalPartBytes) return AddressFault::kLocalPartTooLong;
  if (IsDotString(local_part)) return AddressFault::kNone;
  const std::optional<std::string> content = Unquote(local_part);
  const bool quoted = content.has_value() && !content->empty() && AllOf(*content, IsQuotable);
  return quoted ? AddressFault::kNone : AddressFault::kLocalPart;
}

AddressFault DomainFault(absl::string_view domain, std::string* a_labels) {
  if (domain.empty()) return AddressFault::kDomainMissing;
  if (domain.front() == '[') return AddressFault::kAddressLiteral;
  if (domain.size() > kMaxDomainBytes) return AddressFault::kDomainTooLong;
  if (domain.back() == '.') return AddressFault::kDomain;
  *a_labels = FoldDomain(domain);
  // FoldDomain takes full-width dots at the end for what they are.
  if (a_labels->empty() || a_labels->back() == '.') return AddressFault::kDomain;
  const size_t dot = a_labels->rfind('.');
  if (dot == std::string::npos) return AddressFault::kDomainOfOneLabel;
  const auto top = absl::string_view(*a_labels).substr(dot + 1);
  const bool number = std::all_of(top.begin(), top.end(), absl::ascii_isdigit);
  return number ? AddressFault::kDomainIsNumber : AddressFault::kNone;
}

// `text` is the address itself.
AddressFault ParseMailbox(absl::string_view text, EmailAddress* address) {
  if (AddressFault fault = ShapeFault(text); fault != AddressFault::kNone) return fault;
  const size_t at = FindUnquoted(text, "@");
  if (at == absl::string_view::npos) return AddressFault::kNoAt;
  if (absl::StrContains(text.substr(at + 1), '@')) return AddressFault::kSecondAt;
  const absl::string_view local_part = text.substr(0, at);
  const absl::string_view domain = text.substr(at + 1);
  if (AddressFault fault = LocalPartFault(local_part); fault != AddressFault::kNone) return fault;
  EmailAddress parsed;
  if (AddressFault fault = DomainFault(domain, &parsed.domain); fault != AddressFault::kNone) {
    return fault;
  }
  parsed.local_part = QuoteLocalPart(UnquoteLocalPart(local_part));
  if (text.size() > kMaxAddressBytes || parsed.Mailbox().size() > kMaxAddressBytes) {
    return AddressFault::kAddressTooLong;
  }
  if (address == nullptr) return AddressFault::kNone;
  parsed.text = absl::StrCat(parsed.local_part, "@", domain);
  parsed.key = FoldEmail(parsed.text);
  *address = std::move(parsed);
  return AddressFault::kNone;
}

}  // namespace

bool EmailAddress::NeedsSmtpUtf8() const { return !IsAscii(local_part); }

std::string UnquoteLocalPart(absl::string_view local_part) {
  return Unquote(local_part).value_or(std::string(local_part));
}

std::string QuoteLocalPart(absl::string_view content) {
  if (IsDotString(content)) return std::string(content);
  std::string quoted = "\"";
  for (char c : content) {
    if (c == '"' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  quoted.push_back('"');
  return quoted;
}

AddressFault ParseEmailAddress(absl::string_view text, AddressForm form, EmailAddress* address) {
  if (AddressFault fault = WholeFault(text); fault != AddressFault::kNone) return fault;
  absl::string_view trimmed = TrimAround(text);
  if (trimmed.empty()) return AddressFault::kMissing;
  if (form == AddressForm::kListed) {
    trimmed = StripListed(trimmed);
    if (trimmed.empty()) return AddressFault::kMissing;
  } else if (trimmed.size() != text.size()) {
    return AddressFault::kSurrounded;
  }
  return ParseMailbox(trimmed, address);
}

absl::string_view DescribeFault(AddressFault fault) {
  switch (fault) {
    case AddressFault::kNone:
      return "is right";
    case AddressFault::kMissing:
      return "is empty";
    case AddressFault::kEncoding:
      return "holds bytes that are no UTF-8; type it anew";
    case AddressFault::kControlCharacter:
      return "holds a line break or another control character; take out what is not the address";
    case AddressFault::kSurrounded:
      return "has something around it; leave only name@example.org";
    case AddressFault::kSeveral:
      return "is more than one, or holds a comma or semicolon; give each its own record";
    case AddressFault::kComment:
      return "holds parentheses; take out the remark";
    case AddressFault::kNoAt:
      return "has no '@'; write it like name@example.org";
    case AddressFault::kSecondAt:
      return "has more than one '@'; leave the one before the domain";
    case AddressFault::kLocalPartMissing:
      return "has nothing before the '@'; write it like name@example.org";
    case AddressFault::kLocalPart:
      return "has characters or dots before the '@' that an address cannot have; look for spaces "
             "and for dots at the ends or side by side";
    case AddressFault::kLocalPartTooLong:
      return "has more than 64 bytes before the '@'; no server takes that";
    case AddressFault::kDomainMissing:
      return "has no domain after the '@'; write it like name@example.org";
    case AddressFault::kAddressLiteral:
      return "has a host's number in place of a domain; give one with a domain name";
    case AddressFault::kDomainTooLong:
      return "has a domain of more than 255 bytes; no server takes that";
    case AddressFault::kDomain:
      return "has no valid domain after the '@'; look for spaces, underscores, and dots or hyphens "
             "in wrong places";
    case AddressFault::kDomainOfOneLabel:
      return "has a domain without a dot; complete it, like example.org";
    case AddressFault::kDomainIsNumber:
      return "has a number where a domain is expected; write it like name@example.org";
    case AddressFault::kAddressTooLong:
      return "is longer than 254 bytes; no server takes that";
  }
  return "is not valid";
}

}  // namespace colloquy::resource
