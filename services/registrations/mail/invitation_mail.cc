#include "services/registrations/mail/invitation_mail.h"

#include <kainjow/mustache.hpp>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/substitute.h"
#include "google/protobuf/util/time_util.h"
#include "services/common/resource/email_address.h"
#include "services/registrations/mail/calendar.h"
#include "services/registrations/mail/templates.h"
#include "services/registrations/mail/wording.h"

namespace colloquy::registrations::mail {
namespace {

using Data = kainjow::mustache::data;
using events::v1::Event;
using Lines = std::vector<std::string>;

constexpr size_t kMaxLocalPart = 64;  // RFC 5321, section 4.5.3.1.1

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixMicros(google::protobuf::util::TimeUtil::TimestampToMicroseconds(time));
}

Lines LanguagesFor(const InvitationMail& mail) {
  return {mail.invitation->guest().language_code(), mail.event->default_language()};
}

std::string FullName(const v1::Attendee& guest) {
  Lines parts;
  for (const std::string& part : {guest.title(), guest.given_name(), guest.family_name()}) {
    if (std::string line = OneLine(part); !line.empty()) parts.push_back(std::move(line));
  }
  return absl::StrJoin(parts, " ");
}

// As SMTP takes it; the text itself if it is no address, which invitations do not have.
std::string MailboxOf(const std::string& text) {
  resource::EmailAddress address;
  if (resource::ParseEmailAddress(text, resource::AddressForm::kBare, &address) !=
      resource::AddressFault::kNone)
    return OneLine(text);
  return address.Mailbox();
}

// "office@example.org" with a tag is "office+TAG@example.org"; without it where that is too long.
std::string Tagged(const std::string& sender, absl::string_view tag) {
  const size_t at = sender.rfind('@');
  if (at == std::string::npos || at + 1 + tag.size() > kMaxLocalPart || sender[0] == '"')
    return sender;
  return absl::StrCat(sender.substr(0, at), "+", tag, sender.substr(at));
}

Lines PlaceOf(const Event& event, const Wording& wording) {
  if (event.mode() == Event::ONLINE || !event.has_venue()) return {};
  const auto& address = event.venue().address();
  Lines lines;
  const auto add = [&lines](absl::string_view text) {
    if (std::string line = OneLine(text); !line.empty()) lines.push_back(std::move(line));
  };
  add(event.venue().display_name());
  add(event.venue().room());
  for (const std::string& line : address.address_lines()) add(line);
  add(absl::StrCat(address.postal_code(), " ", address.locality()));
  if (!address.region_code().empty()) add(CountryName(wording, address.region_code()));
  return lines;
}

struct Fact {
  std::string label;
  Lines lines;
};

std::vector<Fact> FactsOf(const Event& event, const Wording& wording) {
  std::vector<Fact> facts;
  if (event.has_start_time() && event.has_end_time()) {
    const absl::Time start = ToTime(event.start_time());
    facts.push_back({std::string(wording.when),
                     {FormatRange(wording, start, ToTime(event.end_time()), event.time_zone()),
                      ZoneName(wording, start, event.time_zone())}});
  }
  Lines place = PlaceOf(event, wording);
  if (event.mode() == Event::ONLINE) place = {std::string(wording.online)};
  if (event.mode() == Event::HYBRID && !place.empty()) place.emplace_back(wording.hybrid);
  if (!place.empty()) facts.push_back({std::string(wording.where), std::move(place)});
  return facts;
}

Lines NotesOf(const InvitationMail& mail, const Wording& wording) {
  Lines notes;
  if (mail.invitation->party_size() > 1)
    notes.push_back(absl::Substitute(wording.party, mail.invitation->party_size()));
  if (mail.invitation->has_expire_time()) {
    const absl::Time end = ToTime(mail.invitation->expire_time());
    notes.push_back(absl::Substitute(wording.answer_by,
                                     FormatRange(wording, end, end, mail.event->time_zone())));
  }
  return notes;
}

// A section shows text that is empty; this makes it one that it does not show.
Data Optional(const std::string& text) {
  return text.empty() ? Data(Data::type::bool_false) : Data(text);
}

Data ListOf(const Lines& lines, const char* key) {
  Data list(Data::type::list);
  for (const std::string& line : lines) {
    Data item(key, line);
    item.set("separator", list.is_empty_list() ? "" : ", ");
    list.push_back(item);
  }
  return list;
}

Data View(const InvitationMail& mail, const Wording& wording, const std::string& title) {
  const v1::Attendee& guest = mail.invitation->guest();
  const std::string name = FullName(guest);
  const std::string organizer = OneLine(mail.organizer);
  const std::string summary = TextIn(mail.event->summary(), LanguagesFor(mail));
  const std::string contact = OneLine(mail.event->contact_email());
  const std::vector<Fact> facts = FactsOf(*mail.event, wording);
  Data data;
  const auto set = [&data](const char* key, absl::string_view text) {
    data.set(key, std::string(text));
  };
  set("lang", wording.tag);
  set("subject", absl::Substitute(wording.subject, title));
  set("preview", facts.empty() ? summary : facts[0].lines[0]);
  set("organizer", organizer);
  set("greeting",
      name.empty() ? std::string(wording.greeting_all) : absl::Substitute(wording.greeting, name));
  set("invites", absl::Substitute(wording.invites, organizer));
  set("title", title);
  data.set("summary", Optional(summary));
  Data list(Data::type::list);
  for (const Fact& fact : facts) {
    Data item("label", fact.label);
    item.set("lines", ListOf(fact.lines, "line"));
    list.push_back(item);
  }
  data.set("facts", list);
  data.set("notes", ListOf(NotesOf(mail, wording), "note"));
  set("answer", wording.answer);
  set("answer_here", wording.answer_here);
  set("answer_url", mail.answer_url);
  set("personal", wording.personal);
  data.set("questions",
           Optional(contact.empty() ? "" : absl::Substitute(wording.questions, contact)));
  set("why", absl::Substitute(wording.why, organizer));
  set("unsubscribe", wording.unsubscribe);
  set("unsubscribe_url", mail.unsubscribe_url);
  return data;
}

// Parsed once a thread: rendering is not said to be thread-safe.
std::string Render(const char* source, const Data& data) {
  thread_local kainjow::mustache::mustache html{kInvitationHtml};
  thread_local kainjow::mustache::mustache text{kInvitationText};
  return source == kInvitationHtml ? html.render(data) : text.render(data);
}

}  // namespace

std::string MessageId(const std::string& delivery, const std::string& sender) {
  return absl::StrCat("<", delivery, sender.substr(std::min(sender.rfind('@'), sender.size())),
                      ">");
}

Message ComposeMessage(const InvitationMail& mail) {
  const Lines languages = LanguagesFor(mail);
  const Wording& wording = WordingFor(languages);
  const Event& event = *mail.event;
  const v1::Attendee& guest = mail.invitation->guest();
  const std::string title = OneLine(TextIn(event.title(), languages));
  const std::string sender = MailboxOf(mail.sender);
  const std::string organizer = OneLine(mail.organizer);
  const std::string name = FullName(guest);
  const Mailbox to{name, MailboxOf(guest.email())};
  const Data view = View(mail, wording, title);

  Message message;
  message.from = {organizer, sender};
  message.reply_to = {organizer,
                      event.contact_email().empty() ? sender : MailboxOf(event.contact_email())};
  message.to = to;
  message.subject = absl::Substitute(wording.subject, title);
  message.message_id = mail.message_id;
  message.date = mail.now;
  message.language = std::string(wording.tag);
  message.unsubscribe_url = mail.unsubscribe_url;
  message.unsubscribe_mailto =
      absl::StrCat("mailto:", Tagged(sender, "u-" + mail.delivery), "?subject=unsubscribe");
  message.text = Render(kInvitationText, view);
  message.html = Render(kInvitationHtml, view);
  message.calendar = WriteRequest({.event = mail.event,
                                   .summary = title,
                                   .description = TextIn(event.summary(), languages),
                                   .location = event.mode() == Event::ONLINE
                                                   ? "Online"
                                                   : absl::StrJoin(PlaceOf(event, wording), ", "),
                                   .organizer = {organizer, Tagged(sender, "r-" + mail.delivery)},
                                   .guest = to,
                                   .now = mail.now});
  return message;
}

Letter Compose(const InvitationMail& mail) {
  const Message message = ComposeMessage(mail);
  return {.from = Tagged(message.from.address, "b-" + mail.delivery),
          .to = message.to.address,
          .bytes = Write(message)};
}

}  // namespace colloquy::registrations::mail
