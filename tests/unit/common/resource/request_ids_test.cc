#include "services/common/resource/request_ids.h"

#include <unistd.h>

#include <filesystem>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/common/db/sqlite/sqlite_database.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/ids.h"
#include "tests/unit/common/resource/test_contract.h"

namespace colloquy::resource {
namespace {

using errors::ErrorReason;

constexpr char kMethod[] = "/colloquy.events.v1.EventsService/CreateEvent";
constexpr char kId[] = "123e4567-e89b-42d3-a456-426614174000";
const absl::Time kNow = absl::FromUnixSeconds(1'767'225'600);

RequestKey KeyOf(absl::string_view id, absl::string_view request = "parent: 'p'",
                 absl::string_view actor = "alice", absl::string_view method = kMethod) {
  auto key = MakeRequestKey(method, actor, id, *TestMessage("CreateEventRequest", request));
  EXPECT_TRUE(key.ok() && key->has_value()) << id;
  return **key;
}

TEST(RequestKeyTest, EmptyMeansNoIdempotency) {
  auto key = MakeRequestKey(kMethod, "a", "", *TestMessage("CreateEventRequest", ""));
  ASSERT_TRUE(key.ok());
  EXPECT_FALSE(key->has_value());
}

TEST(RequestKeyTest, IsAUuid) {
  for (const char* id : {"x", "123", "00000000-0000-0000-0000-000000000000",
                         "{123e4567-e89b-42d3-a456-426614174000}"}) {
    auto key = MakeRequestKey(kMethod, "a", id, *TestMessage("CreateEventRequest", ""));
    EXPECT_EQ(errors::ReasonOf(key.status()), ErrorReason::FIELD_INVALID) << id;
  }
  EXPECT_EQ(KeyOf("123E4567-E89B-42D3-A456-426614174000").id, KeyOf(kId).id);
}

TEST(RequestKeyTest, FingerprintLeavesOutTheIdAndTheDryRun) {
  RequestKey key = KeyOf(kId, "parent: 'p' request_id: 'x'");
  EXPECT_EQ(key.fingerprint, KeyOf(kId, "parent: 'p' validate_only: true").fingerprint);
  EXPECT_NE(key.fingerprint, KeyOf(kId, "parent: 'q'").fingerprint);
  EXPECT_NE(key.fingerprint, KeyOf(kId, "parent: 'p'", "alice", "other").fingerprint);
  EXPECT_NE(key.caller, KeyOf(kId, "parent: 'p'", "bob").caller);
  EXPECT_EQ(key.caller.size(), 16u);
}

class RequestLogTest : public ::testing::Test {
 protected:
  RequestLogTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "request_log.XXXXXX").string();
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    db::SqliteOptions options;
    options.path = (directory_ / "test.db").string();
    auto opened = db::OpenSqlite(options);
    EXPECT_TRUE(opened.ok()) << opened.status();
    db_ = *std::move(opened);
    EXPECT_TRUE(db_->Migrate({&RequestLogSchema(), 1}).ok());
  }
  ~RequestLogTest() override {
    db_.reset();
    std::filesystem::remove_all(directory_);
  }

  absl::Status Record(const RequestKey& key, absl::string_view response, absl::Time now = kNow) {
    return db_->Write(
        {}, [&](db::Transaction& tx) { return RequestLog::Record(tx, key, response, now); });
  }

  Replay Lookup(const RequestKey& key) {
    Replay replay = std::nullopt;
    absl::Status status = db_->Read({}, [&](db::Transaction& tx) {
      replay = RequestLog::Lookup(tx, key);
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return replay;
  }

  std::filesystem::path directory_;
  std::unique_ptr<db::Database> db_;
};

TEST_F(RequestLogTest, ReplaysTheFirstAnswer) {
  RequestKey key = KeyOf(kId);
  EXPECT_EQ(*Lookup(key), std::nullopt);
  std::string response("\0\xff answer", 9);
  ASSERT_TRUE(Record(key, response).ok());
  EXPECT_EQ(*Lookup(key), response);
}

TEST_F(RequestLogTest, RefusesAnotherRequestAndKeepsCallersApart) {
  ASSERT_TRUE(Record(KeyOf(kId), "first").ok());
  Replay reused = Lookup(KeyOf(kId, "parent: 'other'"));
  EXPECT_EQ(errors::ReasonOf(reused.status()), ErrorReason::REQUEST_ID_REUSED);
  EXPECT_EQ(errors::InfoOf(reused.status())->metadata().at("request_id"), kId);
  RequestKey bob = KeyOf(kId, "parent: 'other'", "bob");
  EXPECT_EQ(*Lookup(bob), std::nullopt);
  ASSERT_TRUE(Record(bob, "bob's").ok());
  EXPECT_EQ(*Lookup(bob), "bob's");
}

TEST_F(RequestLogTest, ASecondRecordIsAConflict) {
  ASSERT_TRUE(Record(KeyOf(kId), "first").ok());
  absl::Status status = Record(KeyOf(kId), "second", kNow + absl::Seconds(1));
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(errors::ReasonOf(status), ErrorReason::CONFLICT);
  EXPECT_EQ(*Lookup(KeyOf(kId)), "first");
}

TEST_F(RequestLogTest, WhoeverWasSecondRunsAgain) {
  int attempts = 0;
  const absl::Status status = db_->Write({}, [&](db::Transaction& tx) -> absl::Status {
    // As if another replica had recorded it between look-up and now; it did so only once.
    if (++attempts == 1) {
      EXPECT_TRUE(RequestLog::Record(tx, KeyOf(kId), "another's", kNow).ok());
    }
    return RequestLog::Record(tx, KeyOf(kId), "mine", kNow);
  });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(attempts, 2);
  EXPECT_EQ(*Lookup(KeyOf(kId)), "mine");
}

class OnceTest : public RequestLogTest {
 protected:
  // Runs a call that answers with an event of this name; what it answers.
  std::string Call(absl::string_view request_id, bool validate_only, absl::string_view name) {
    auto answer = TestMessage("Event", "");
    const auto request = TestMessage("CreateEventRequest", "parent: 'p'");
    const auto once = Once::Of(kMethod, "alice", request_id, validate_only, *request);
    EXPECT_TRUE(once.ok()) << once.status();
    const absl::Status status = db_->Write({}, [&](db::Transaction& tx) -> absl::Status {
      const absl::StatusOr<bool> answered = once->Replay(tx, *answer);
      EXPECT_TRUE(answered.ok()) << answered.status();
      if (*answered) return absl::OkStatus();
      SetName(name, *answer);
      return once->Record(tx, *answer, kNow);
    });
    EXPECT_TRUE(status.ok()) << status;
    return answer->GetReflection()->GetString(*answer, NameField(*answer));
  }

 private:
  static const google::protobuf::FieldDescriptor* NameField(
      const google::protobuf::Message& message) {
    return message.GetDescriptor()->FindFieldByName("name");
  }
  static void SetName(absl::string_view name, google::protobuf::Message& message) {
    message.GetReflection()->SetString(&message, NameField(message), std::string(name));
  }
};

TEST_F(OnceTest, AnswersAsTheFirstTime) {
  EXPECT_EQ(Call(kId, false, "first"), "first");
  EXPECT_EQ(Call(kId, false, "second"), "first");
}

TEST_F(OnceTest, WithoutAnIdNothingIsKept) {
  EXPECT_EQ(Call("", false, "first"), "first");
  EXPECT_EQ(Call("", false, "second"), "second");
}

TEST_F(OnceTest, ADryRunIsNeitherKeptNorReplayed) {
  EXPECT_EQ(Call(kId, true, "tried"), "tried");
  EXPECT_EQ(Call(kId, false, "first"), "first");
  EXPECT_EQ(Call(kId, true, "tried"), "tried");
}

TEST_F(OnceTest, RefusesWhatIsNoUuid) {
  const auto request = TestMessage("CreateEventRequest", "");
  EXPECT_EQ(errors::ReasonOf(Once::Of(kMethod, "a", "x", false, *request).status()),
            ErrorReason::FIELD_INVALID);
}

TEST_F(RequestLogTest, WorksOnManyKeysAtOnce) {
  std::vector<RequestKey> keys;
  for (int i = 0; i < 1300; ++i) keys.push_back(KeyOf(NewUid().ToUuid()));
  std::vector<RequestRecord> records;
  for (size_t i = 0; i < keys.size(); i += 2) records.push_back({&keys[i], std::to_string(i)});
  ASSERT_TRUE(
      db_->Write({}, [&](db::Transaction& tx) { return RequestLog::RecordMany(tx, records, kNow); })
          .ok());
  RequestKey other = keys[0];
  other.fingerprint[0] ^= 1;
  std::vector<const RequestKey*> asked;
  for (const RequestKey& key : keys) asked.push_back(&key);
  asked.push_back(&keys[0]);
  asked.push_back(&other);
  std::vector<Replay> replays;
  ASSERT_TRUE(db_->Read({},
                        [&](db::Transaction& tx) -> absl::Status {
                          COLLOQUY_ASSIGN_OR_RETURN(replays, RequestLog::LookupMany(tx, asked));
                          return absl::OkStatus();
                        })
                  .ok());
  ASSERT_EQ(replays.size(), asked.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    ASSERT_TRUE(replays[i].ok());
    EXPECT_EQ(replays[i]->value_or("none"), i % 2 == 0 ? std::to_string(i) : "none");
  }
  EXPECT_EQ(*replays[keys.size()], "0");
  EXPECT_EQ(errors::ReasonOf(replays.back().status()), ErrorReason::REQUEST_ID_REUSED);
}

TEST_F(RequestLogTest, EmptyBatchesAreFine) {
  EXPECT_TRUE(db_->Write({},
                         [&](db::Transaction& tx) -> absl::Status {
                           COLLOQUY_ASSIGN_OR_RETURN(std::vector<Replay> replays,
                                                     RequestLog::LookupMany(tx, {}));
                           EXPECT_TRUE(replays.empty());
                           return RequestLog::RecordMany(tx, {}, kNow);
                         })
                  .ok());
}

TEST_F(RequestLogTest, PurgesTheOldestFirst) {
  std::vector<RequestKey> keys;
  for (int i = 0; i < 10; ++i) {
    keys.push_back(KeyOf(NewUid().ToUuid()));
    ASSERT_TRUE(Record(keys.back(), "r", kNow + absl::Hours(i)).ok());
  }
  auto purge = [&](absl::Time before, int limit) {
    int64_t removed = -1;
    absl::Status status = db_->Write({}, [&](db::Transaction& tx) -> absl::Status {
      COLLOQUY_ASSIGN_OR_RETURN(removed, RequestLog::Purge(tx, before, limit));
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << status;
    return removed;
  };
  EXPECT_EQ(purge(kNow, 100), 0);
  EXPECT_EQ(purge(kNow + absl::Hours(5), 3), 3);
  EXPECT_EQ(*Lookup(keys[2]), std::nullopt);
  EXPECT_EQ(*Lookup(keys[3]), "r");
  EXPECT_EQ(purge(kNow + absl::Hours(5), 100), 2);
  EXPECT_EQ(*Lookup(keys[5]), "r");
}

}  // namespace
}  // namespace colloquy::resource
