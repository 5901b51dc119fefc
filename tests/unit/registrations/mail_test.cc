// Mails are read back by Python's email package and python3-icalendar, through the reader of the
// end-to-end tests.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "services/registrations/mail/invitation_mail.h"
#include "services/registrations/mail/wording.h"

namespace colloquy::registrations::mail {
namespace {

using events::v1::Event;
using ::testing::HasSubstr;
using ::testing::Not;

Event Dialogue() {
  Event event;
  event.set_name("organizers/demo/events/dialogue");
  event.set_uid("0192f5a0-1c2d-7e3f-8a4b-5c6d7e8f9a0b");
  event.set_mode(Event::IN_PERSON);
  event.set_default_language("en");
  event.set_time_zone("Europe/Berlin");
  event.set_calendar_sequence(3);
  auto& titles = *event.mutable_title()->mutable_texts();
  titles["en"] = "Sensors dialogue";
  titles["de"] = "Sensorik-Dialog für Anwälte & Ärzte";
  titles["fr"] = "Dialogue capteurs";
  (*event.mutable_summary()->mutable_texts())["en"] =
      "What do growers, physicians and watchmakers need from photonic sensors? Come and tell.";
  event.mutable_start_time()->set_seconds(1809590400);  // 2027-05-06 08:00 UTC
  event.mutable_end_time()->set_seconds(1809612000);
  event.mutable_venue()->set_display_name("Volkshaus");
  event.mutable_venue()->mutable_address()->add_address_lines("Carl-Zeiß-Platz 15");
  event.mutable_venue()->mutable_address()->set_postal_code("07743");
  event.mutable_venue()->mutable_address()->set_locality("Jena");
  event.mutable_venue()->mutable_address()->set_region_code("DE");
  event.set_contact_email("fragen@dialog.example.org");
  return event;
}

v1::Invitation Guest(const std::string& language) {
  v1::Invitation invitation;
  v1::Attendee& guest = *invitation.mutable_guest();
  guest.set_email("Ada.Lovelace@example.org");
  guest.set_title("Dr.");
  guest.set_given_name("Ada");
  guest.set_family_name("Lovelace");
  guest.set_language_code(language);
  invitation.set_party_size(2);
  return invitation;
}

InvitationMail MailOf(const Event& event, const v1::Invitation& invitation) {
  return {.event = &event,
          .invitation = &invitation,
          .organizer = "OptoNet e.V., Büro Jena",
          .sender = "office@dialog.example.org",
          .delivery = "d0123456789abcdefghijklmn",
          .message_id = "<d0123456789abcdefghijklmn@dialog.example.org>",
          .answer_url = absl::StrCat("https://events.example.org/i/", std::string(86, 'x')),
          .unsubscribe_url = absl::StrCat("https://events.example.org/u/", std::string(86, 'y')),
          .now = absl::FromUnixSeconds(1800000000)};
}

// What the reader makes of a mail; ends the test where it finds a defect.
google::protobuf::Struct ReadBack(const Letter& letter) {
  const auto folder =
      std::filesystem::temp_directory_path() / absl::StrCat("colloquy-mail-", getpid());
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "mail.eml", std::ios::binary) << letter.bytes;
  const std::string command =
      absl::StrCat("/usr/bin/python3 " COLLOQUY_SOURCE_DIR "/tests/e2e/read_mails.py ",
                   folder.string(), " 2>&1");
  std::string output;
  FILE* pipe = popen(command.c_str(), "r");
  for (char buffer[4096]; const size_t n = fread(buffer, 1, sizeof(buffer), pipe);)
    output.append(buffer, n);
  EXPECT_EQ(pclose(pipe), 0) << output;
  std::filesystem::remove_all(folder);
  google::protobuf::ListValue list;
  EXPECT_TRUE(google::protobuf::util::JsonStringToMessage(output, &list).ok()) << output;
  return list.values_size() == 1 ? list.values(0).struct_value() : google::protobuf::Struct();
}

std::string Text(const google::protobuf::Struct& object, absl::string_view path) {
  const std::vector<std::string> keys = absl::StrSplit(path, '.');
  const google::protobuf::Struct* at = &object;
  for (size_t i = 0; i + 1 < keys.size(); ++i) at = &at->fields().at(keys[i]).struct_value();
  const google::protobuf::Value& value = at->fields().at(keys.back());
  return value.has_number_value() ? absl::StrCat(value.number_value()) : value.string_value();
}

TEST(MailTest, EveryHeaderAndPartThatTheDesignAsksForIsRead) {
  const Event event = Dialogue();
  const v1::Invitation invitation = Guest("de-AT");
  const InvitationMail what = MailOf(event, invitation);
  const Letter letter = Compose(what);
  EXPECT_EQ(letter.to, "Ada.Lovelace@example.org");
  EXPECT_EQ(letter.from, "office+b-d0123456789abcdefghijklmn@dialog.example.org");
  const auto mail = ReadBack(letter);
  EXPECT_EQ(Text(mail, "headers.subject"), "Einladung: Sensorik-Dialog für Anwälte & Ärzte");
  EXPECT_EQ(Text(mail, "headers.from"), "\"OptoNet e.V., Büro Jena\" <office@dialog.example.org>");
  EXPECT_THAT(Text(mail, "headers.reply-to"), HasSubstr("<fragen@dialog.example.org>"));
  EXPECT_EQ(Text(mail, "headers.to"), "\"Dr. Ada Lovelace\" <Ada.Lovelace@example.org>");
  EXPECT_EQ(Text(mail, "headers.message-id"), what.message_id);
  EXPECT_EQ(Text(mail, "headers.auto-submitted"), "auto-generated");
  EXPECT_EQ(Text(mail, "headers.x-auto-response-suppress"), "All");
  EXPECT_EQ(Text(mail, "headers.list-unsubscribe-post"), "List-Unsubscribe=One-Click");
  EXPECT_THAT(Text(mail, "headers.list-unsubscribe"), HasSubstr("<" + what.unsubscribe_url + ">"));
  EXPECT_THAT(Text(mail, "headers.list-unsubscribe"), HasSubstr("<mailto:office+u-d"));
  EXPECT_EQ(Text(mail, "headers.date"), "Fri, 15 Jan 2027 08:00:00 +0000");
  std::vector<std::string> types;
  for (const auto& type : mail.fields().at("types").list_value().values())
    types.push_back(type.string_value());
  EXPECT_THAT(types, testing::ElementsAre("multipart/mixed", "multipart/alternative", "text/plain",
                                          "text/html", "text/calendar", "application/ics"));
}

TEST(MailTest, TheCalendarIsTheGuestsOwn) {
  const Event event = Dialogue();
  const v1::Invitation invitation = Guest("en");
  const InvitationMail what = MailOf(event, invitation);
  const auto mail = ReadBack(Compose(what));
  EXPECT_EQ(Text(mail, "calendar.method"), "REQUEST");
  EXPECT_EQ(Text(mail, "calendar.uid"), event.uid() + "@colloquy");
  EXPECT_EQ(Text(mail, "calendar.sequence"), "3");
  EXPECT_EQ(Text(mail, "calendar.attendee"), "mailto:Ada.Lovelace@example.org");
  EXPECT_EQ(Text(mail, "calendar.partstat"), "NEEDS-ACTION");
  EXPECT_EQ(Text(mail, "calendar.rsvp"), "TRUE");
  EXPECT_THAT(Text(mail, "calendar.organizer"), HasSubstr("mailto:office+r-d0123456789"));
  EXPECT_EQ(mail.fields().at("calendar").struct_value().fields().at("start").number_value(),
            1809590400);
  EXPECT_EQ(Text(mail, "attached"), Text(mail, "calendar.text"));
  const std::string unfolded =
      absl::StrReplaceAll(Text(mail, "calendar.text"), {{"\r\n ", ""}, {"\n ", ""}});
  EXPECT_THAT(unfolded, Not(HasSubstr("/i/x")));
}

TEST(MailTest, EachLanguageHasItsWords) {
  const Event event = Dialogue();
  const struct {
    const char* language;
    const char* subject;
    const char* when;
    const char* zone;
  } cases[] = {
      {"en", "Invitation: Sensors dialogue", "Thursday, 6 May 2027",
       "Central European Summer Time"},
      {"de", "Einladung: Sensorik-Dialog für Anwälte & Ärzte", "Donnerstag, 6. Mai 2027",
       "Mitteleuropäische Sommerzeit"},
      {"fr-CH", "Invitation\u00a0: Dialogue capteurs", "jeudi 6 mai 2027",
       "heure d’été d’Europe centrale"},
      {"pt", "Invitation: Sensors dialogue", "Thursday, 6 May 2027",
       "Central European Summer Time"},
  };
  for (const auto& expected : cases) {
    const v1::Invitation invitation = Guest(expected.language);
    const InvitationMail what = MailOf(event, invitation);
    const Message message = ComposeMessage(what);
    EXPECT_EQ(message.subject, expected.subject);
    for (const std::string& body : {message.text, message.html}) {
      EXPECT_THAT(body, HasSubstr(expected.when));
      EXPECT_THAT(body, HasSubstr("10:00"));
      EXPECT_THAT(body, HasSubstr(expected.zone));
      EXPECT_THAT(body, HasSubstr(what.answer_url));
      EXPECT_THAT(body, HasSubstr(what.unsubscribe_url));
      EXPECT_THAT(body, Not(HasSubstr("{{")));
    }
    EXPECT_THAT(message.html, Not(HasSubstr("<img")));
  }
}

TEST(MailTest, WhatOthersWroteIsTextInHtmlAndOneLineInHeaders) {
  Event event = Dialogue();
  (*event.mutable_title()->mutable_texts())["en"] =
      "<script>alert(1)</script>\r\nBcc: everybody@example.org\r\n\r\nbody";
  event.mutable_venue()->set_display_name("Hall\r\nATTENDEE:mailto:other@example.org");
  event.set_contact_email("x@example.org\r\nX-Evil: 1");
  v1::Invitation invitation = Guest("en");
  invitation.mutable_guest()->set_family_name("\"L\"\r\n ovelace\r\nX-Evil: 1\xff\x00\u2028Y");
  InvitationMail what = MailOf(event, invitation);
  what.organizer = "A\nX-Evil: 1";
  const auto mail = ReadBack(Compose(what));
  const auto& headers = mail.fields().at("headers").struct_value().fields();
  EXPECT_EQ(headers.count("bcc") + headers.count("x-evil") + headers.count("cc"), 0u);
  EXPECT_EQ(headers.size(), 13u);
  EXPECT_THAT(Text(mail, "html"), Not(HasSubstr("<script")));
  EXPECT_THAT(Text(mail, "html"), HasSubstr("&lt;script&gt;"));
}

TEST(MailTest, AddressesOfInternationalDomainsAndNamesAreWritten) {
  const Event event = Dialogue();
  v1::Invitation invitation = Guest("de");
  invitation.mutable_guest()->set_email("info@bücher.example");
  invitation.mutable_guest()->set_given_name("Zoë");
  invitation.mutable_guest()->set_family_name(std::string(180, 'x') + " Müller-Lüdenscheidt");
  const Letter letter = Compose(MailOf(event, invitation));
  EXPECT_EQ(letter.to, "info@xn--bcher-kva.example");
  const auto mail = ReadBack(letter);
  EXPECT_THAT(Text(mail, "headers.to"), HasSubstr("Zoë"));
  EXPECT_EQ(Text(mail, "calendar.attendee"), "mailto:info@xn--bcher-kva.example");
}

TEST(MailTest, EventsWithoutTimesHaveNoCalendar) {
  Event event = Dialogue();
  event.clear_start_time();
  const v1::Invitation invitation = Guest("en");
  const Message message = ComposeMessage(MailOf(event, invitation));
  EXPECT_EQ(message.calendar, "");
  EXPECT_THAT(Write(message), Not(HasSubstr("text/calendar")));
}

// For people who want to look at one: MAIL_PREVIEW=folder.
TEST(MailTest, PreviewIsWrittenOnDemand) {
  const char* folder = std::getenv("MAIL_PREVIEW");
  if (folder == nullptr) GTEST_SKIP() << "MAIL_PREVIEW names no folder";
  const Event event = Dialogue();
  for (const char* language : {"en", "de", "fr"}) {
    const v1::Invitation invitation = Guest(language);
    const Message message = ComposeMessage(MailOf(event, invitation));
    std::ofstream(absl::StrCat(folder, "/", language, ".html")) << message.html;
    std::ofstream(absl::StrCat(folder, "/", language, ".txt")) << message.text;
  }
}

}  // namespace
}  // namespace colloquy::registrations::mail
