// Any names, titles and texts: the mail has the headers that it is to have, once each, every line
// is within limits, and the calendar's lines are, too.
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "services/registrations/mail/invitation_mail.h"

namespace {

namespace mail = colloquy::registrations::mail;

void Check(bool right) {
  if (!right) std::abort();
}

void CheckBytes(const std::string& bytes) {
  const size_t end = bytes.find("\r\n\r\n");
  Check(end != std::string::npos);
  std::map<std::string, int> headers;
  for (absl::string_view line : absl::StrSplit(absl::string_view(bytes).substr(0, end), "\r\n")) {
    Check(!line.empty());
    if (line[0] == ' ' || line[0] == '\t') continue;
    ++headers[absl::AsciiStrToLower(line.substr(0, line.find(':')))];
  }
  for (const auto& [name, count] : headers) {
    Check(count == 1);
    Check(name != "bcc" && name != "cc");
  }
  Check(headers.size() == 13);
  for (absl::string_view line : absl::StrSplit(bytes, "\r\n")) {
    Check(line.size() <= 998);
    Check(line.find('\r') == absl::string_view::npos && line.find('\n') == absl::string_view::npos);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::vector<std::string> parts =
      absl::StrSplit(absl::string_view(reinterpret_cast<const char*>(data), size), '\n');
  parts.resize(8);
  colloquy::events::v1::Event event;
  (*event.mutable_title()->mutable_texts())["en"] = parts[1];
  (*event.mutable_summary()->mutable_texts())["en"] = parts[3];
  event.mutable_venue()->set_display_name(parts[4]);
  event.mutable_venue()->mutable_address()->set_locality(parts[5]);
  event.set_contact_email(parts[6]);
  event.mutable_start_time()->set_seconds(1'800'000'000);
  event.mutable_end_time()->set_seconds(1'800'010'000);
  colloquy::registrations::v1::Invitation invitation;
  invitation.mutable_guest()->set_email("ada@example.org");
  invitation.mutable_guest()->set_given_name(parts[0]);
  invitation.mutable_guest()->set_family_name(parts[7]);
  const mail::InvitationMail what{.event = &event,
                                  .invitation = &invitation,
                                  .organizer = parts[2],
                                  .sender = "office@example.org",
                                  .delivery = "d123",
                                  .message_id = "<d123@example.org>",
                                  .answer_url = "https://events.example.org/i/x",
                                  .unsubscribe_url = "https://events.example.org/u/x",
                                  .now = absl::FromUnixSeconds(1'790'000'000)};
  CheckBytes(mail::Compose(what).bytes);
  const std::string calendar = mail::ComposeMessage(what).calendar;
  for (absl::string_view line : absl::StrSplit(calendar, "\r\n")) Check(line.size() <= 75);
  return 0;
}
