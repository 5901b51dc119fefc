#include "services/events/rules/conflicts.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "services/common/errors/errors.h"

namespace colloquy::events::rules {
namespace {

using v1::Session;

Session MakeSession(int id, int start, int end, const std::string& room) {
  Session session;
  session.set_name(absl::StrCat("organizers/a/events/b/sessions/s", id));
  session.mutable_start_time()->set_seconds(start);
  session.mutable_end_time()->set_seconds(end);
  session.set_room(room);
  return session;
}

void AddSpeaker(Session* session, const std::string& name, const std::string& email = "") {
  auto* speaker = session->add_speakers();
  speaker->set_display_name(name);
  speaker->set_email(email);
}

TEST(ConflictsTest, NamesTheOtherAndWhatIsShared) {
  const Session a = MakeSession(1, 0, 10, "Große Halle");
  const absl::Status status = CheckConflicts(MakeSession(2, 5, 15, "GROSSE HALLE"), {a});
  EXPECT_EQ(errors::ReasonOf(status), errors::ErrorReason::SESSION_CONFLICT);
  EXPECT_EQ(errors::InfoOf(status)->metadata().at("conflict"), "room");
  EXPECT_EQ(errors::InfoOf(status)->metadata().at("session"), a.name());
}

TEST(ConflictsTest, TouchingIsNoOverlapAndOneselfIsNoOther) {
  const Session a = MakeSession(1, 0, 10, "Hall");
  EXPECT_TRUE(CheckConflicts(MakeSession(2, 10, 20, "Hall"), {a}).ok());
  EXPECT_TRUE(CheckConflicts(MakeSession(1, 5, 20, "Hall"), {a}).ok());
}

TEST(ConflictsTest, AddressesDecideWhoSpeaksWhereBothHaveOne) {
  Session a = MakeSession(1, 0, 10, "");
  AddSpeaker(&a, "Eva Maier", "Eva@Example.org");
  Session spelled = MakeSession(2, 0, 10, "");
  AddSpeaker(&spelled, "E. Maier", "eva@EXAMPLE.org");
  EXPECT_FALSE(CheckConflicts(spelled, {a}).ok());
  Session namesake = MakeSession(3, 0, 10, "");
  AddSpeaker(&namesake, "Eva Maier", "other@example.org");
  EXPECT_TRUE(CheckConflicts(namesake, {a}).ok());
  Session unknown = MakeSession(4, 0, 10, "");
  AddSpeaker(&unknown, "eva maier");
  EXPECT_FALSE(CheckConflicts(unknown, {a}).ok());
}

}  // namespace
}  // namespace colloquy::events::rules
