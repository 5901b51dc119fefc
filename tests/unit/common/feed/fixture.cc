#include "tests/unit/common/feed/fixture.h"

#include "absl/strings/str_cat.h"
#include "colloquy/access/v1/access.pb.h"
#include "services/common/errors/errors.h"
#include "services/common/feed/schema/schema.h"
#include "services/common/feed/sequencer.h"

namespace colloquy::feed {

bool FakeWriter::TryWrite(const StreamChangesResponse& message) {
  absl::MutexLock lock(&mu_);
  if (cancelled_ || end_.has_value() || queued_ >= capacity_) return false;
  received_.push_back(message);
  ++queued_;
  changes_ += message.has_change() ? 1 : 0;
  return true;
}

bool FakeWriter::WaitForRoom(absl::Time until) {
  absl::MutexLock lock(&mu_);
  const auto room = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return queued_ <= capacity_ / 2 || cancelled_ || end_.has_value();
  };
  return mu_.AwaitWithDeadline(absl::Condition(&room), until) && !cancelled_ && !end_.has_value();
}

void FakeWriter::Finish(absl::Status status) {
  absl::MutexLock lock(&mu_);
  if (!end_.has_value()) end_ = std::move(status);
}

bool FakeWriter::cancelled() const {
  absl::MutexLock lock(&mu_);
  return cancelled_ || end_.has_value();
}

void FakeWriter::Cancel() {
  absl::MutexLock lock(&mu_);
  cancelled_ = true;
}

void FakeWriter::Drain() {
  absl::MutexLock lock(&mu_);
  queued_ = 0;
}

std::vector<int64_t> FakeWriter::WaitForChanges(size_t count) const {
  absl::MutexLock lock(&mu_);
  const auto arrived = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return changes_ >= count; };
  mu_.AwaitWithTimeout(absl::Condition(&arrived), kPatience);
  std::vector<int64_t> sequences;
  for (const auto& response : received_) {
    if (response.has_change()) sequences.push_back(response.change().sequence());
  }
  return sequences;
}

std::optional<int64_t> FakeWriter::WaitForCheckpoint() const {
  absl::MutexLock lock(&mu_);
  const auto arrived = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return received_.size() > changes_;
  };
  mu_.AwaitWithTimeout(absl::Condition(&arrived), kPatience);
  for (const auto& response : received_) {
    if (!response.has_change()) return response.cursor();
  }
  return std::nullopt;
}

std::optional<absl::Status> FakeWriter::WaitForEnd() const {
  absl::MutexLock lock(&mu_);
  const auto ended = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return end_.has_value(); };
  mu_.AwaitWithTimeout(absl::Condition(&ended), kPatience);
  return end_;
}

std::vector<StreamChangesResponse> FakeWriter::all() const {
  absl::MutexLock lock(&mu_);
  return received_;
}

void FeedTest::SetUp() {
  if (!db::TestStore::Available(GetParam())) GTEST_SKIP() << "COLLOQUY_TEST_MYSQL is not set";
  store_ = std::make_unique<db::TestStore>(GetParam());
  db_ = store_->Open();
  const absl::Status migrated = db_->Migrate(std::vector<db::Schema>{schema::feed()});
  ASSERT_TRUE(migrated.ok()) << migrated;
  feed_ = std::make_unique<Feed>(*db_, tokens_);
}

void FeedTest::TearDown() {
  feed_.reset();
  if (db_ != nullptr) db_->Close();
}

std::shared_ptr<rpc::CallContext> FeedTest::Call(auth::Caller caller) {
  return std::make_shared<rpc::CallContext>(std::move(caller), absl::Now() + kPatience);
}

auth::Caller FeedTest::Owner(absl::string_view organizer) {
  return {.role = auth::Role::kOwner, .organizer = std::string(organizer), .actor = "owner"};
}

auth::Caller FeedTest::Portal(absl::string_view partner) {
  return {.role = auth::Role::kPartner,
          .organizer = "acme",
          .partner = std::string(partner),
          .actor = absl::StrCat("portal of ", partner)};
}

auth::Caller FeedTest::Operator() { return {.role = auth::Role::kOperator, .actor = "root"}; }

absl::Time FeedTest::ChangeTime() {
  static const absl::Time time =
      absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now() - absl::Hours(24)));
  return time;
}

Record FeedTest::MakeChange(absl::string_view id, absl::string_view organizer,
                            absl::string_view partner) {
  access::v1::Partner resource;
  resource.set_name(absl::StrCat("organizers/", organizer, "/partners/", id));
  resource.set_display_name("A portal");
  Record record = MakeRecord(Change::CREATED, resource, "organizers/acme/apiKeys/office",
                             "CreatePartner", ChangeTime(), "", "ACTIVE");
  record.partner = std::string(partner);
  return record;
}

void FeedTest::Append(const std::vector<Record>& records) {
  for (const Record& record : records) {
    const absl::Status status =
        db_->Write({}, [&](db::Transaction& tx) { return feed_->Append(tx, record); });
    ASSERT_TRUE(status.ok()) << status;
  }
  Settle();
}

void FeedTest::Settle() {
  if (feed_->sequencer() == nullptr) return;
  absl::StatusOr<int64_t> stamped = 1;
  while (stamped.ok() && *stamped > 0) {
    stamped = feed_->sequencer()->StampOnce(absl::Now() + kPatience);
  }
  ASSERT_TRUE(stamped.ok()) << stamped.status();
}

std::vector<std::string> FeedTest::Resources(const auth::Caller& caller, const std::string& parent,
                                             const std::string& filter) {
  std::vector<std::string> resources;
  ListChangesRequest request;
  request.set_parent(parent);
  request.set_filter(filter);
  request.set_page_size(2);
  do {
    const auto page = feed_->List(*Call(caller), request);
    EXPECT_TRUE(page.ok()) << page.status();
    if (!page.ok()) break;
    for (const Change& change : page->changes()) resources.push_back(change.resource());
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return resources;
}

int64_t FeedTest::Newest() {
  Bounds bounds;
  const absl::Status status = db_->Read({}, [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(bounds, ReadBounds(tx));
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return bounds.newest;
}

}  // namespace colloquy::feed
