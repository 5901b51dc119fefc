// Who reads a page: the languages they want, and what of a message they see in them. Pure and
// thread-safe.
#ifndef COLLOQUY_SERVICES_WEB_PAGES_READER_H_
#define COLLOQUY_SERVICES_WEB_PAGES_READER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "colloquy/events/v1/events.pb.h"
#include "services/web/http/message.h"
#include "services/web/pages/texts.h"

namespace colloquy::web {

struct Reader {
  Language language = Language::kEnglish;
  // BCP 47 tags, the best first.
  std::vector<std::string> tags;
  // `tags` begins with what the reader chose on the page (?lang=de).
  bool chosen = false;

  // What was chosen on the page, then the language that the organizer writes to the guest in, then
  // Accept-Language. `guest_language` may be empty.
  static Reader Of(const Request& request, absl::string_view guest_language = "");

  absl::string_view tag() const { return TagOf(language); }
  absl::string_view Say(absl::string_view key) const { return web::Say(language, key); }
  std::string Say(absl::string_view key, absl::Span<const std::string> words) const {
    return web::Say(language, key, words);
  }
};

struct Chosen {
  std::string text;
  std::string language;  // of `text`
};

// The text in the first language it has of: the reader's tags, each shortened from its end
// (RFC 4647 lookup), the default, any. Empty if there is none.
Chosen Choose(const events::v1::LocalizedText& text, const Reader& reader,
              absl::string_view default_language);

// "Thursday, 6 May 2027, 10:00 – 16:00", on the zone's clock.
std::string FormatRange(const Reader& reader, absl::Time start, absl::Time end,
                        const std::string& zone);
// "Thursday, 6 May 2027 at 10:00".
std::string FormatMoment(const Reader& reader, absl::Time time, const std::string& zone);
// "Thursday, 6 May 2027".
std::string FormatDay(const Reader& reader, absl::Time time, const std::string& zone);
// "10:00 – 11:30".
std::string FormatHours(const Reader& reader, absl::Time start, absl::Time end,
                        const std::string& zone);
// "Central European Summer Time".
std::string ZoneName(const Reader& reader, absl::Time time, const std::string& zone);
// "2027-05-06T10:00:00+02:00", for machines.
std::string FormatMachine(absl::Time time, const std::string& zone);

// "Germany" for "DE", "German" for "de"; the code itself if it is none.
std::string CountryName(const Reader& reader, absl::string_view code);
std::string LanguageName(const Reader& reader, absl::string_view tag);

struct Country {
  std::string code;
  std::string name;
};
// ISO 3166-1, in the order of their names.
const std::vector<Country>& Countries(Language language);

absl::Time FromProto(const google::protobuf::Timestamp& timestamp);

}  // namespace colloquy::web

#endif  // COLLOQUY_SERVICES_WEB_PAGES_READER_H_
