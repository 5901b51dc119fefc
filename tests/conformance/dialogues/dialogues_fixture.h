// A dialogue on a real database of either engine: in any state, with participants and statements.
#ifndef COLLOQUY_TESTS_CONFORMANCE_DIALOGUES_DIALOGUES_FIXTURE_H_
#define COLLOQUY_TESTS_CONFORMANCE_DIALOGUES_DIALOGUES_FIXTURE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/common/errors/errors.h"
#include "services/common/feed/feed.h"
#include "services/common/resource/page_token.h"
#include "services/dialogues/room_book.h"
#include "services/dialogues/rules/links.h"
#include "services/dialogues/store/dialogues.h"
#include "services/dialogues/store/participants.h"
#include "services/dialogues/store/rooms.h"
#include "services/dialogues/store/statements.h"
#include "tests/conformance/db/test_store.h"

namespace colloquy::dialogues {

using errors::ErrorReason;
using errors::ReasonOf;

inline constexpr char kOrganizer[] = "organizers/mst";
inline constexpr char kDialogue[] = "organizers/mst/dialogues/rooms";

class DialoguesTest : public testing::TestWithParam<db::Engine> {
 protected:
  void SetUp() override;
  void TearDown() override;

  // Makes `organizers/mst/dialogues/ID` in the given state. `edit` works on the message before it
  // is stored. The uid.
  Uid MakeDialogue(v1::Dialogue::State state = v1::Dialogue::OPEN,
                   const std::function<void(v1::Dialogue&)>& edit = {},
                   const std::string& id = "rooms");
  // Puts the dialogue into a state, whatever the one before.
  void SetState(const Uid& uid, v1::Dialogue::State state);
  // Seats for `count` more people without address, ACTIVE; `edit` may change each before it is
  // stored. Their rows.
  std::vector<store::ParticipantRow> AddParticipants(
      const Uid& uid, int count, const std::function<void(int index, v1::Participant&)>& edit = {});
  // Seeds, ACCEPTED, with these texts; or `count` with texts of their own.
  std::vector<store::StatementRow> AddStatements(const Uid& uid,
                                                 const std::vector<std::string>& texts);
  std::vector<store::StatementRow> AddStatements(const Uid& uid, int count);
  // Changes a statement as it is stored, such as its state.
  void ChangeStatement(const Uid& uid, int64_t number,
                       const std::function<void(v1::Statement&)>& change);
  void ChangeParticipant(const Uid& uid, int64_t number,
                         const std::function<void(v1::Participant&)>& change);

  store::Room RoomOf(const Uid& uid);
  v1::Dialogue DialogueOf(const Uid& uid);
  v1::Participant ParticipantOf(const Uid& uid, int64_t number);
  v1::Statement StatementOf(const Uid& uid, int64_t number);

  // A call of `/colloquy.dialogues.v1.SERVICE/METHOD` by staff of organizers/mst, or, with
  // Role::kAnonymous, by somebody with a link.
  std::shared_ptr<rpc::CallContext> Call(absl::string_view method,
                                         auth::Role role = auth::Role::kManager) const;
  // The token of a participant's seat, as links are when nothing was renewed.
  std::string SeatToken(const Uid& uid, int64_t participant) const;

  // Runs `body` under the room's lock.
  void Change(const Uid& uid, const std::function<absl::Status(RoomChange&)>& body);
  // Everything the feed has of the organizer, by sequence.
  std::vector<changes::v1::Change> History();

  std::unique_ptr<db::TestStore> store_;
  std::unique_ptr<db::Database> db_;
  const resource::PageTokens tokens_{"a secret of thirty-two bytes or more"};
  const rules::Links links_{"thirty-two bytes that nobody knows"};
  std::unique_ptr<feed::Feed> feed_;
  std::unique_ptr<RoomBook> book_;
  // Dialogues that the book said were touched, in order.
  std::vector<Uid> touched_;

 private:
  int texts_ = 0;
};

#define INSTANTIATE_ENGINES(suite)                                                          \
  INSTANTIATE_TEST_SUITE_P(Engines, suite,                                                  \
                           testing::Values(db::Engine::kSqlite, db::Engine::kMysql),        \
                           [](const testing::TestParamInfo<db::Engine>& info) {             \
                             return info.param == db::Engine::kSqlite ? "Sqlite" : "Mysql"; \
                           })

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_TESTS_CONFORMANCE_DIALOGUES_DIALOGUES_FIXTURE_H_
