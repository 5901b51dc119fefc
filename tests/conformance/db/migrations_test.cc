// Schemas: from nothing, one revision at a time, by several servers at once, and never backwards.
#include <thread>
#include <vector>

#include "absl/synchronization/barrier.h"
#include "services/common/db/open.h"
#include "tests/conformance/db/fixture.h"
#include "tests/conformance/db/schema/schema.h"

namespace colloquy::db {
namespace {

constexpr absl::string_view kFirst =
    "CREATE TABLE rooms (id $TEXT(10) NOT NULL PRIMARY KEY) $TABLE;";
constexpr absl::string_view kSecond =
    "ALTER TABLE rooms ADD COLUMN seats $INT64; INSERT INTO rooms (id, seats) VALUES ('hall', 10)";
constexpr Migration kRooms[] = {{1, kFirst}, {2, kSecond}};

class MigrationsTest : public DbTest {};
INSTANTIATE_ENGINES(MigrationsTest);

TEST_P(MigrationsTest, FilesBecomeRevisions) {
  EXPECT_EQ(schema::db_conformance().migrations.size(), 2u);
  EXPECT_EQ(*db_->SchemaRevision("db_conformance"), 2);
  EXPECT_EQ(*db_->SchemaRevision("other"), 0);
  EXPECT_EQ(Run("INSERT INTO counters (id, n) VALUES (?, 1)", {Value::Blob(std::string(16, 'x'))}),
            absl::OkStatus());
  EXPECT_EQ(*Number("SELECT COUNT(*) FROM counters WHERE word = 'a;b ''c'''"), 1);
}

TEST_P(MigrationsTest, OneRevisionAfterTheOther) {
  ASSERT_EQ(db_->Migrate({{"rooms", absl::MakeSpan(kRooms, 1)}}), absl::OkStatus()) << Logged();
  EXPECT_EQ(*db_->SchemaRevision("rooms"), 1);
  ASSERT_EQ(Run("INSERT INTO rooms (id) VALUES ('kept')"), absl::OkStatus());
  for (int start = 0; start < 2; ++start) {
    ASSERT_EQ(db_->Migrate({{"rooms", kRooms}}), absl::OkStatus()) << Logged();
    EXPECT_EQ(*db_->SchemaRevision("rooms"), 2);
    EXPECT_EQ(*Number("SELECT COUNT(*) FROM rooms"), 2);
  }
  EXPECT_EQ(*db_->SchemaRevision("db_conformance"), 2);
}

TEST_P(MigrationsTest, ANewerDatabaseIsRefused) {
  ASSERT_EQ(db_->Migrate({{"rooms", kRooms}}), absl::OkStatus());
  const absl::Status status = db_->Migrate({{"rooms", absl::MakeSpan(kRooms, 1)}});
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_EQ(*db_->SchemaRevision("rooms"), 2);
}

TEST_P(MigrationsTest, AMistakeIsReportedAndMendable) {
  const Migration broken[] = {{1, kFirst}, {2, "ALTER TABLE rooms ADD COLUMN a $INT64; NONSENSE"}};
  const Migration mended[] = {{1, kFirst},
                              {2, "ALTER TABLE rooms ADD COLUMN a $INT64; DELETE FROM rooms"}};
  EXPECT_EQ(ReasonOf(db_->Migrate({{"rooms", broken}})), ErrorReason::INTERNAL);
  EXPECT_LT(*db_->SchemaRevision("rooms"), 2);
  EXPECT_EQ(db_->Migrate({{"rooms", mended}}), absl::OkStatus()) << Logged();
  EXPECT_EQ(*db_->SchemaRevision("rooms"), 2);
  const Migration gap[] = {{1, kFirst}, {3, kSecond}};
  EXPECT_FALSE(db_->Migrate({{"rooms", gap}}).ok());
}

TEST_P(MigrationsTest, ServersThatStartTogetherEndAtTheSameRevision) {
  constexpr int kServers = 4;
  std::vector<std::unique_ptr<Database>> servers;
  for (int i = 0; i < kServers; ++i) servers.push_back(store_->Open(Options()));
  absl::Barrier start(kServers);
  std::vector<std::thread> threads;
  for (const auto& server : servers) {
    threads.emplace_back([&] {
      if (start.Block()) SUCCEED();
      EXPECT_EQ(server->Migrate({{"rooms", kRooms}}), absl::OkStatus());
      EXPECT_EQ(*server->SchemaRevision("rooms"), 2);
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(*Number("SELECT COUNT(*) FROM rooms"), 1) << Logged();
}

}  // namespace
}  // namespace colloquy::db
