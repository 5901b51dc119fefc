// A mail as bytes: RFC 5322 headers and the MIME tree
//
//   multipart/mixed
//     multipart/alternative
//       text/plain
//       text/html
//       text/calendar; method=REQUEST
//     application/ics          the same calendar, for clients that look at attachments only
//
// Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_MAIL_MESSAGE_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_MAIL_MESSAGE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace colloquy::registrations::mail {

// Any text is allowed everywhere: control characters become spaces before anything gets into a
// header.
struct Mailbox {
  std::string name;     // as it is to be shown; may be empty
  std::string address;  // EmailAddress::Mailbox()
};

struct Message {
  Mailbox from;
  Mailbox reply_to;
  Mailbox to;
  std::string subject;
  std::string message_id;  // with its angle brackets
  absl::Time date;
  std::string language;            // BCP 47, of both bodies
  std::string unsubscribe_url;     // answers POST (RFC 8058)
  std::string unsubscribe_mailto;  // "mailto:…"
  std::string text;
  std::string html;
  std::string calendar;  // empty: the mail has none
};

// With CRLF, every line within 998 octets, and UTF-8 in headers only where an address needs it
// (RFC 6532). Every header is one line of its own, whatever the fields hold.
std::string Write(const Message& message);

// `text` as a header or a calendar's parameter can hold it: control characters, line and paragraph
// separators become spaces, bytes that are no UTF-8 become U+FFFD, white space at the ends goes.
std::string OneLine(absl::string_view text);

}  // namespace colloquy::registrations::mail

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_MAIL_MESSAGE_H_
