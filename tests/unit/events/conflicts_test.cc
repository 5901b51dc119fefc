#include "services/events/rules/conflicts.h"

#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/events/rules/civil_time.h"

namespace colloquy::events::rules {
namespace {

v1::Session SessionOf(const std::string& name, int from, int to, const std::string& room,
                      const std::string& speaker) {
  v1::Session session;
  session.set_name(name);
  *session.mutable_start_time() = ToProto(absl::FromUnixSeconds(from));
  *session.mutable_end_time() = ToProto(absl::FromUnixSeconds(to));
  session.set_room(room);
  if (!speaker.empty()) session.add_speakers()->set_display_name(speaker);
  return session;
}

TEST(Conflicts, RoomAndSpeakerAreComparedWithoutLetterCase) {
  const v1::Session a = SessionOf("a", 0, 10, "Saal 1", "Ada");
  EXPECT_EQ(errors::ReasonOf(CheckConflicts(SessionOf("b", 5, 15, "SAAL 1", ""), {a})),
            errors::ErrorReason::SESSION_CONFLICT);
  EXPECT_FALSE(CheckConflicts(SessionOf("b", 5, 15, "Saal 2", "ADA"), {a}).ok());
  EXPECT_TRUE(CheckConflicts(SessionOf("b", 10, 15, "Saal 1", "Ada"), {a}).ok());
  EXPECT_TRUE(CheckConflicts(SessionOf("a", 5, 15, "Saal 1", "Ada"), {a}).ok());
  EXPECT_TRUE(CheckConflicts(SessionOf("b", 5, 15, "", ""), {SessionOf("c", 0, 10, "", "")}).ok());
}

// Against looking at every minute.
TEST(Conflicts, AgreesWithBruteForce) {
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    const auto any = [&](const std::string& name) {
      const int from = static_cast<int>(random() % 10);
      return SessionOf(name, from, from + 1 + static_cast<int>(random() % 5),
                       absl::StrCat("r", random() % 3), absl::StrCat("s", random() % 3));
    };
    const v1::Session one = any("one");
    const v1::Session other = any("other");
    bool clash = false;
    for (int64_t t = 0; t < 20; ++t) {
      const auto runs = [t](const v1::Session& s) {
        return s.start_time().seconds() <= t && t < s.end_time().seconds();
      };
      clash |= runs(one) && runs(other) &&
               (one.room() == other.room() ||
                one.speakers(0).display_name() == other.speakers(0).display_name());
    }
    EXPECT_EQ(!CheckConflicts(one, {other}).ok(), clash);
  }
}

}  // namespace
}  // namespace colloquy::events::rules
