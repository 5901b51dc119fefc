// What mails say, in the languages that they are written in. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_MAIL_WORDING_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_MAIL_WORDING_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "colloquy/events/v1/events.pb.h"

namespace colloquy::registrations::mail {

// In them `$0`, `$1` stand for names and dates.
struct Wording {
  absl::string_view tag;
  absl::string_view subject;       // $0: the event
  absl::string_view greeting;      // $0: title and names
  absl::string_view greeting_all;  // to somebody whose name is not known
  absl::string_view invites;       // $0: who
  absl::string_view when;
  absl::string_view where;
  absl::string_view online;       // in place of a place
  absl::string_view hybrid;       // after a place
  absl::string_view party;        // $0: how many may come
  absl::string_view answer_by;    // $0: when
  absl::string_view answer;       // on the button
  absl::string_view answer_here;  // before the link
  absl::string_view personal;     // whose link it is
  absl::string_view questions;    // $0: an address
  absl::string_view why;          // $0: who
  absl::string_view unsubscribe;
};

// Of the first of the tags that there is one for, by its primary language; English if there is
// none.
const Wording& WordingFor(absl::Span<const std::string> tags);

// The text in the first language that it has of: each tag shortened from its end (RFC 4647 lookup),
// then any. Empty if there is none.
std::string TextIn(const events::v1::LocalizedText& text, absl::Span<const std::string> tags);

// "Thursday, 6 May 2027, 10:00 – 16:00", on the zone's clock.
std::string FormatRange(const Wording& wording, absl::Time start, absl::Time end,
                        const std::string& zone);
// "Central European Summer Time".
std::string ZoneName(const Wording& wording, absl::Time time, const std::string& zone);
// "Germany" for "DE"; the code itself if it is none.
std::string CountryName(const Wording& wording, const std::string& code);

}  // namespace colloquy::registrations::mail

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_MAIL_WORDING_H_
