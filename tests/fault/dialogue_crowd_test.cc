// A thousand people watch a room. Some stop reading, some vanish: nobody else waits for them, and
// the server keeps nothing for them.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "colloquy/dialogues/v1/seats.pb.h"
#include "gmock/gmock.h"
#include "grpcpp/create_channel.h"
#include "gtest/gtest.h"
#include "tests/fault/dialogue.h"
#include "tests/lib/calls.h"
#include "tests/lib/room_stream.h"
#include "tests/lib/sanitizers.h"
#include "tests/lib/server.h"
#include "tests/lib/world.h"

namespace colloquy::test {
namespace {

constexpr int kStreams = 1000;
constexpr int kConnections = 20;
constexpr int kFirstStatements = 10;
constexpr int kBatches = 40;
constexpr int kBatch = 40;
constexpr absl::Duration kPatience = absl::Seconds(120);

// Of ten streams one stalls and one vanishes.
bool Stalls(int stream) { return stream % 10 == 3; }
bool Vanishes(int stream) { return stream % 10 == 7; }

absl::Status SayMuch(const World& world, const OpenDialogue& dialogue, int batch) {
  std::string said = absl::StrCat("parent: '", dialogue.name, "'");
  for (int i = 0; i < kBatch; ++i) {
    absl::StrAppend(&said, " requests { parent: '", dialogue.name, "' statement { text: '", batch,
                    " ", i, " ", std::string(980, 'x'), "' language_code: 'en' } }");
  }
  return world.Do("owner", absl::StrCat(kStatements, "BatchCreateStatements"), said).status();
}

TEST(DialogueCrowdTest, SlowAndVanishingOnesHoldNobodyUp) {
  Server server({});
  absl::Status status = server.Start();
  ASSERT_TRUE(status.ok()) << status;
  World world(server);
  status = world.Build();
  ASSERT_TRUE(status.ok()) << status;
  OpenDialogue dialogue;
  status = MakeOpenDialogue(world, "crowd", 10, kFirstStatements, dialogue);
  ASSERT_TRUE(status.ok()) << status;

  std::vector<std::shared_ptr<grpc::Channel>> connections;
  for (int i = 0; i < kConnections; ++i) connections.push_back(server.Connect());
  std::vector<std::unique_ptr<RoomStream>> streams;
  for (int i = 0; i < kStreams; ++i) {
    streams.push_back(std::make_unique<RoomStream>(
        connections[static_cast<size_t>(i % kConnections)],
        dialogue.tokens[static_cast<size_t>(i % 10)], RoomStream::Options{.stalls = Stalls(i)}));
  }
  for (const auto& stream : streams) ASSERT_TRUE(stream->AwaitFirst(kPatience)) << server.log();
  const int64_t resident = server.ResidentBytes();

  // To all of them together this is 1.6 GB.
  for (int batch = 0; batch < kBatches; ++batch) {
    if (batch == kBatches / 2) {
      for (int i = 0; i < kStreams; ++i) {
        if (Vanishes(i)) streams[static_cast<size_t>(i)].reset();
      }
    }
    status = SayMuch(world, dialogue, batch);
    ASSERT_TRUE(status.ok()) << status;
  }
  std::map<int, int> votes;
  for (int statement = kFirstStatements; statement < kFirstStatements + kBatches * kBatch;
       statement += kBatch) {
    dialogues::v1::CastVoteRequest vote;
    vote.set_token(dialogue.tokens[0]);
    vote.set_statement(statement);
    vote.set_value(dialogues::v1::AGREE);
    const auto answer = Call<dialogues::v1::CastVoteResponse>(
        server.channel(), absl::StrCat(kSeats, "CastVote"), "", vote);
    ASSERT_TRUE(answer.ok()) << answer.status();
    votes[statement] = 1;
  }
  for (int i = 0; i < kStreams; ++i) {
    if (Stalls(i) || Vanishes(i)) continue;
    ASSERT_TRUE(streams[static_cast<size_t>(i)]->AwaitTallies(votes, kPatience))
        << "stream " << i << ": "
        << testing::PrintToString(streams[static_cast<size_t>(i)]->tallies());
  }
  if (!kSanitized) {
    EXPECT_LT(server.ResidentBytes() - resident, 150 << 20);
  }
  streams.clear();
  status = server.Stop();
  EXPECT_TRUE(status.ok()) << status;
}

}  // namespace
}  // namespace colloquy::test
