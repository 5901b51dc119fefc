#include "services/dialogues/rules/fields.h"

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/common/errors/errors.h"
#include "services/dialogues/rules/people.h"

namespace colloquy::dialogues::rules {
namespace {

using errors::ErrorReason;
using errors::ReasonOf;
using testing::ElementsAre;
using testing::HasSubstr;
using v1::Dialogue;
using v1::Participant;
using v1::Statement;

Dialogue Valid() {
  Dialogue dialogue;
  dialogue.set_name("organizers/mst/dialogues/rooms");
  dialogue.set_title("Modelling");
  dialogue.set_event("organizers/mst/events/fair");
  EXPECT_EQ(NormalizeDialogue("dialogue", "mst", &dialogue), absl::OkStatus());
  return dialogue;
}

// What is said of a dialogue that `edit` made bad.
std::string Complaint(const std::function<void(Dialogue&)>& edit) {
  Dialogue dialogue = Valid();
  edit(dialogue);
  const absl::Status status = NormalizeDialogue("dialogue", "mst", &dialogue);
  EXPECT_FALSE(status.ok());
  return std::string(status.message());
}

TEST(DialogueFieldsTest, WhatIsNotSaidHasADefault) {
  const Dialogue dialogue = Valid();
  EXPECT_EQ(dialogue.language_code(), "en");
  EXPECT_THAT(dialogue.stakeholder_types(),
              ElementsAre("company", "research", "platform", "policy"));
  EXPECT_EQ(dialogue.admission(), Dialogue::OWN_LIST);
  EXPECT_EQ(dialogue.moderation(), Dialogue::AFTER);
  EXPECT_EQ(dialogue.analysis_mode(), Dialogue::STABLE);
  EXPECT_EQ(dialogue.speaker_order(), Dialogue::FIFO);
  Dialogue again = dialogue;
  EXPECT_EQ(NormalizeDialogue("dialogue", "mst", &again), absl::OkStatus());
  EXPECT_EQ(again.SerializeAsString(), dialogue.SerializeAsString());
}

TEST(DialogueFieldsTest, WhatIsWrongIsNamed) {
  EXPECT_THAT(Complaint([](Dialogue& d) { d.clear_title(); }), HasSubstr("dialogue.title"));
  EXPECT_THAT(Complaint([](Dialogue& d) { d.set_title(std::string(201, 'x')); }),
              HasSubstr("dialogue.title"));
  EXPECT_THAT(Complaint([](Dialogue& d) { d.set_title("two\nlines"); }),
              HasSubstr("dialogue.title"));
  EXPECT_THAT(Complaint([](Dialogue& d) { d.set_description(std::string(20'001, 'x')); }),
              HasSubstr("dialogue.description"));
  EXPECT_THAT(Complaint([](Dialogue& d) { d.set_language_code("not a tag"); }),
              HasSubstr("dialogue.language_code"));
  EXPECT_THAT(Complaint([](Dialogue& d) { d.set_event("organizers/other/events/fair"); }),
              HasSubstr("dialogue.event"));
  EXPECT_THAT(Complaint([](Dialogue& d) { d.set_event("events/fair"); }),
              HasSubstr("dialogue.event"));
  EXPECT_THAT(Complaint([](Dialogue& d) { d.set_speaking_seconds(86'401); }),
              HasSubstr("dialogue.speaking_seconds"));
  EXPECT_THAT(Complaint([](Dialogue& d) { d.add_stakeholder_types("Policy"); }),
              HasSubstr("dialogue.stakeholder_types[4]"));
  EXPECT_THAT(Complaint([](Dialogue& d) { d.add_stakeholder_types("policy"); }),
              HasSubstr("is there twice"));
  EXPECT_THAT(Complaint([](Dialogue& d) {
                for (int i = 0; i < 17; ++i) d.add_stakeholder_types(absl::StrCat("t", i));
              }),
              HasSubstr("takes at most 20"));
}

TEST(DialogueFieldsTest, ParticipantsAreOfTheirDialogue) {
  const Dialogue dialogue = Valid();
  const auto complaint = [&](const std::function<void(Participant&)>& edit) {
    Participant participant;
    edit(participant);
    return std::string(NormalizeParticipant("participant", dialogue, &participant).message());
  };
  EXPECT_EQ(complaint([](Participant& p) {
              p.set_display_name("Ada");
              p.set_email("ada@example.org");
              p.set_stakeholder_type("research");
              p.set_language_code("de-at");
              p.set_registration("organizers/mst/events/fair/registrations/r1");
            }),
            "");
  EXPECT_EQ(complaint([](Participant&) {}), "") << "nobody must say who they are";
  EXPECT_THAT(complaint([](Participant& p) { p.set_display_name("a\x1b[2J"); }),
              HasSubstr("participant.display_name"));
  EXPECT_THAT(complaint([](Participant& p) { p.set_email("ada"); }),
              HasSubstr("participant.email"));
  EXPECT_THAT(complaint([](Participant& p) { p.set_stakeholder_type("press"); }),
              HasSubstr("participant.stakeholder_type"));
  EXPECT_THAT(complaint([](Participant& p) {
                p.set_registration("organizers/mst/events/other/registrations/r1");
              }),
              HasSubstr("participant.registration"));
}

TEST(DialogueFieldsTest, StatementsSpeakTheDialoguesLanguage) {
  Dialogue dialogue = Valid();
  dialogue.set_language_code("de");
  Statement statement;
  statement.set_text(" Offene  Modelle ");
  (*statement.mutable_translations())["EN-gb"] = "Open models ";
  ASSERT_EQ(NormalizeStatement("statement", dialogue, &statement), absl::OkStatus());
  EXPECT_EQ(statement.text(), "Offene  Modelle");
  EXPECT_EQ(statement.language_code(), "de");
  ASSERT_EQ(statement.translations().size(), 1u);
  EXPECT_EQ(statement.translations().at("en-GB"), "Open models");
}

TEST(DialogueFieldsTest, StatementsAreChecked) {
  const Dialogue dialogue = Valid();
  const auto complaint = [&](const std::function<void(Statement&)>& edit) {
    Statement statement;
    statement.set_text("Open models");
    edit(statement);
    return std::string(NormalizeStatement("statement", dialogue, &statement).message());
  };
  EXPECT_THAT(complaint([](Statement& s) { s.set_text("\u202e"); }), HasSubstr("statement.text"));
  EXPECT_THAT(complaint([](Statement& s) { (*s.mutable_translations())["de"] = "\u202ea"; }),
              HasSubstr("statement.translations[de]"));
  EXPECT_THAT(complaint([](Statement& s) { (*s.mutable_translations())[""] = "a"; }),
              HasSubstr("statement.translations[]"));
  EXPECT_THAT(complaint([](Statement& s) {
                (*s.mutable_translations())["de-at"] = "a";
                (*s.mutable_translations())["de-AT"] = "b";
              }),
              HasSubstr("is there twice"));
  EXPECT_THAT(complaint([](Statement& s) {
                s.set_agenda_item("organizers/mst/dialogues/other/agendaItems/1");
              }),
              HasSubstr("statement.agenda_item"));
  EXPECT_EQ(complaint([](Statement& s) {
              s.set_agenda_item("organizers/mst/dialogues/rooms/agendaItems/1");
            }),
            "");
}

TEST(DialogueFieldsTest, OthersSeeANumberUnlessNamesAreShown) {
  Dialogue dialogue = Valid();
  Participant participant;
  participant.set_name("organizers/mst/dialogues/rooms/participants/12");
  participant.set_display_name("Ada Lovelace");
  ShowParticipant(dialogue, participant);
  EXPECT_EQ(participant.pseudonym(), "Participant 12");
  dialogue.set_names_shown(true);
  ShowParticipant(dialogue, participant);
  EXPECT_EQ(participant.pseudonym(), "Ada Lovelace");
  participant.clear_display_name();
  ShowParticipant(dialogue, participant);
  EXPECT_EQ(participant.pseudonym(), "Participant 12");
}

}  // namespace
}  // namespace colloquy::dialogues::rules
