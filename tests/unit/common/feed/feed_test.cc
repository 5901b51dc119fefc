#include "services/common/feed/feed.h"

#include <gmock/gmock.h>

#include <atomic>
#include <random>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "colloquy/access/v1/access.pb.h"
#include "services/common/errors/errors.h"
#include "tests/unit/common/feed/fixture.h"

namespace colloquy::feed {
namespace {

using errors::ErrorReason;
using errors::ReasonOf;
using testing::ElementsAre;
using testing::IsEmpty;

INSTANTIATE_ENGINES(FeedTest);

TEST_P(FeedTest, ListsWhatWasAppendedInItsOrder) {
  Append({MakeChange("a"), MakeChange("b"), MakeChange("c")});
  ListChangesRequest request;
  request.set_parent("organizers/acme");
  const auto page = feed_->List(*Call(Owner()), request);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_EQ(page->changes_size(), 3);
  const Change& change = page->changes(0);
  EXPECT_EQ(change.resource(), "organizers/acme/partners/a");
  EXPECT_EQ(change.resource_type(), "colloquy/Partner");
  EXPECT_EQ(change.organizer(), "organizers/acme");
  EXPECT_EQ(change.kind(), Change::CREATED);
  EXPECT_EQ(change.new_state(), "ACTIVE");
  EXPECT_EQ(change.old_state(), "");
  EXPECT_EQ(change.actor(), "organizers/acme/apiKeys/office");
  EXPECT_EQ(change.cause(), "CreatePartner");
  EXPECT_EQ(change.change_time().seconds(), absl::ToUnixSeconds(ChangeTime()));
  access::v1::Partner payload;
  ASSERT_TRUE(change.payload().UnpackTo(&payload));
  EXPECT_EQ(payload.display_name(), "A portal");
  EXPECT_LT(page->changes(0).sequence(), page->changes(1).sequence());
  EXPECT_LT(page->changes(1).sequence(), page->changes(2).sequence());
}

TEST_P(FeedTest, WhatIsRolledBackNeverHappened) {
  const absl::Status status = db_->Write({}, [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_RETURN_IF_ERROR(feed_->Append(tx, MakeChange("gone")));
    return absl::AbortedError("changed my mind");
  });
  EXPECT_TRUE(absl::IsAborted(status));
  Append({MakeChange("a")});
  EXPECT_THAT(Resources(Owner(), "organizers/acme"), ElementsAre("organizers/acme/partners/a"));
}

TEST_P(FeedTest, EveryoneSeesWhatIsTheirs) {
  Append({MakeChange("a", "acme", "one"), MakeChange("b", "acme", "two"), MakeChange("c", "acme"),
          MakeChange("d", "else", "one")});
  EXPECT_THAT(Resources(Owner(), "organizers/acme"),
              ElementsAre("organizers/acme/partners/a", "organizers/acme/partners/b",
                          "organizers/acme/partners/c"));
  EXPECT_THAT(Resources(Portal("one"), "organizers/acme"),
              ElementsAre("organizers/acme/partners/a"));
  EXPECT_THAT(Resources(Portal("three"), "organizers/acme"), IsEmpty());
  EXPECT_EQ(Resources(Operator(), "organizers/-").size(), 4u);
  EXPECT_THAT(Resources(Operator(), "organizers/else"), ElementsAre("organizers/else/partners/d"));
}

TEST_P(FeedTest, Filters) {
  Append({MakeChange("a"), MakeChange("b"), MakeChange("c")});
  const auto only_b = ElementsAre("organizers/acme/partners/b");
  EXPECT_THAT(Resources(Owner(), "organizers/acme", "resource = \"organizers/acme/partners/b\""),
              only_b);
  EXPECT_EQ(Resources(Owner(), "organizers/acme", "kind = CREATED new_state = ACTIVE").size(), 3u);
  EXPECT_THAT(Resources(Owner(), "organizers/acme", "kind = DELETED"), IsEmpty());
  EXPECT_EQ(Resources(Owner(), "organizers/acme", "change_time > 2020-01-01T00:00:00Z").size(), 3u);
  EXPECT_EQ(Resources(Owner(), "organizers/acme", absl::StrCat("sequence < ", Newest())).size(),
            2u);
  ListChangesRequest request;
  request.set_parent("organizers/acme");
  request.set_filter("payload = 1");
  EXPECT_EQ(ReasonOf(feed_->List(*Call(Owner()), request).status()), ErrorReason::FILTER_INVALID);
}

TEST_P(FeedTest, BadRequestsAreNamed) {
  Append({MakeChange("a"), MakeChange("b")});
  ListChangesRequest request;
  request.set_parent("organisers/acme");
  EXPECT_EQ(ReasonOf(feed_->List(*Call(Owner()), request).status()),
            ErrorReason::RESOURCE_NAME_INVALID);
  request.set_parent("organizers/acme");
  request.set_page_size(-1);
  EXPECT_EQ(ReasonOf(feed_->List(*Call(Owner()), request).status()), ErrorReason::FIELD_INVALID);
  request.set_page_size(1);
  const auto page = feed_->List(*Call(Owner()), request);
  ASSERT_TRUE(page.ok());
  ASSERT_FALSE(page->next_page_token().empty());
  request.set_page_token(page->next_page_token());
  EXPECT_TRUE(feed_->List(*Call(Owner()), request).ok());
  EXPECT_EQ(ReasonOf(feed_->List(*Call(Portal("one")), request).status()),
            ErrorReason::PAGE_TOKEN_INVALID);
}

TEST_P(FeedTest, PayloadsAreHiddenFromWhoMayNotSeeThem) {
  Feed::Options options;
  options.may_see_payload = [](const auth::Caller& caller, const Change&) {
    return caller.role != auth::Role::kViewer;
  };
  Append({MakeChange("a")});
  ListChangesRequest request;
  request.set_parent("organizers/acme");
  Feed feed(*db_, tokens_, options);
  EXPECT_TRUE(feed.List(*Call(Owner()), request)->changes(0).has_payload());
  auth::Caller viewer = Owner();
  viewer.role = auth::Role::kViewer;
  EXPECT_FALSE(feed.List(*Call(viewer), request)->changes(0).has_payload());
}

TEST_P(FeedTest, HundredsInOneBatchKeepTheirOrder) {
  std::vector<Record> records;
  for (int i = 0; i < 700; ++i) records.push_back(MakeChange(absl::StrCat("p", i)));
  ASSERT_TRUE(db_->Write({}, [&](db::Transaction& tx) { return feed_->Append(tx, records); }).ok());
  Settle();
  std::vector<Entry> entries;
  ASSERT_TRUE(db_->Read({},
                        [&](db::Transaction& tx) -> absl::Status {
                          COLLOQUY_ASSIGN_OR_RETURN(entries, ReadEntries(tx, {.limit = 1000}));
                          return absl::OkStatus();
                        })
                  .ok());
  ASSERT_EQ(entries.size(), 700u);
  for (int i = 0; i < 700; ++i) {
    EXPECT_EQ(entries[i].change.resource(), absl::StrCat("organizers/acme/partners/p", i));
  }
}

TEST_P(FeedTest, PurgeRemovesTheOldestButNeverTheNewest) {
  Append({MakeChange("a"), MakeChange("b"), MakeChange("c")});
  const int64_t newest = Newest();
  int64_t removed = 0;
  const auto purge = [&](absl::Time before) {
    return db_->Write({}, [&](db::Transaction& tx) -> absl::Status {
      COLLOQUY_ASSIGN_OR_RETURN(removed, PurgeRecords(tx, before, 100));
      return absl::OkStatus();
    });
  };
  ASSERT_TRUE(purge(ChangeTime()).ok());
  EXPECT_EQ(removed, 0);
  ASSERT_TRUE(purge(absl::Now()).ok());
  EXPECT_EQ(removed, 2);
  EXPECT_THAT(Resources(Owner(), "organizers/acme"), ElementsAre("organizers/acme/partners/c"));
  Append({MakeChange("d")});
  EXPECT_GT(Newest(), newest);
}

// Transactions of eight threads end in another order than they began, some are rolled back, and two
// replicas stamp. A reader who follows by cursor meanwhile sees every committed record, once, and
// nothing ever appears behind it.
TEST_P(FeedTest, AReaderWhoFollowsMissesNothing) {
  constexpr int kWriters = 8;
  constexpr int kEach = 40;
  const std::unique_ptr<db::Database> second_db = store_->Open();
  Feed second(*second_db, tokens_);
  feed_->Start();
  second.Start();

  absl::Mutex mu;
  std::set<std::string> committed;
  std::atomic<int> writing{kWriters};
  std::vector<std::thread> writers;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      std::mt19937 random(w);
      Feed& feed = w % 2 == 0 ? *feed_ : second;
      db::Database& db = w % 2 == 0 ? *db_ : *second_db;
      for (int i = 0; i < kEach; ++i) {
        const Record record = MakeChange(absl::StrCat("w", w, "-", i));
        const bool abort = random() % 5 == 0;
        const absl::Duration pause = absl::Microseconds(random() % 3000);
        const absl::Status status = db.Write({}, [&](db::Transaction& tx) -> absl::Status {
          COLLOQUY_RETURN_IF_ERROR(feed.Append(tx, record));
          absl::SleepFor(pause);  // others commit meanwhile
          return abort ? absl::AbortedError("rolled back") : absl::OkStatus();
        });
        if (!status.ok()) continue;
        absl::MutexLock lock(&mu);
        committed.insert(record.change.resource());
      }
      --writing;
    });
  }

  std::vector<std::string> seen;
  int64_t cursor = 0;
  const absl::Time give_up = absl::Now() + kPatience;
  const auto read = [&] {
    std::vector<Entry> entries;
    EXPECT_TRUE(db_->Read({},
                          [&](db::Transaction& tx) -> absl::Status {
                            COLLOQUY_ASSIGN_OR_RETURN(
                                entries, ReadEntries(tx, {.after = cursor, .limit = 50}));
                            return absl::OkStatus();
                          })
                    .ok());
    for (const Entry& entry : entries) {
      EXPECT_GT(entry.change.sequence(), cursor);
      cursor = entry.change.sequence();
      seen.push_back(entry.change.resource());
    }
  };
  while (writing > 0 && absl::Now() < give_up) read();
  for (std::thread& writer : writers) writer.join();
  while (seen.size() < committed.size() && absl::Now() < give_up) read();
  Settle();
  read();

  EXPECT_EQ(seen.size(), committed.size());
  EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()), committed);
  second.Stop();
}

}  // namespace
}  // namespace colloquy::feed
