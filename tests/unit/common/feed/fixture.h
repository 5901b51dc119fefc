// A feed on a database of either engine, and a stream's other end.
#ifndef COLLOQUY_TESTS_UNIT_COMMON_FEED_FIXTURE_H_
#define COLLOQUY_TESTS_UNIT_COMMON_FEED_FIXTURE_H_

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "services/common/feed/feed.h"
#include "services/common/feed/hub.h"
#include "services/common/feed/store.h"
#include "tests/conformance/db/test_store.h"

namespace colloquy::feed {

inline constexpr absl::Duration kPatience = absl::Seconds(10);

// Keeps what it is sent; has room for `capacity` messages until Drain.
class FakeWriter : public StreamChangesWriter {
 public:
  explicit FakeWriter(size_t capacity = 1 << 20) : capacity_(capacity) {}

  bool TryWrite(const StreamChangesResponse& message) override;
  bool WaitForRoom(absl::Time until) override;
  void Finish(absl::Status status) override;
  bool cancelled() const override;
  void OnDone(absl::AnyInvocable<void()>) override {}

  // The client goes away.
  void Cancel();
  // Takes what is queued, which makes room.
  void Drain();
  // Sequences of the changes so far, once there are at least `count`; what there is after
  // kPatience.
  std::vector<int64_t> WaitForChanges(size_t count) const;
  // The first checkpoint's cursor.
  std::optional<int64_t> WaitForCheckpoint() const;
  std::optional<absl::Status> WaitForEnd() const;
  std::vector<StreamChangesResponse> all() const;

 private:
  const size_t capacity_;
  mutable absl::Mutex mu_;
  std::vector<StreamChangesResponse> received_ ABSL_GUARDED_BY(mu_);
  size_t queued_ ABSL_GUARDED_BY(mu_) = 0;
  size_t changes_ ABSL_GUARDED_BY(mu_) = 0;
  bool cancelled_ ABSL_GUARDED_BY(mu_) = false;
  std::optional<absl::Status> end_ ABSL_GUARDED_BY(mu_);
};

class FeedTest : public testing::TestWithParam<db::Engine> {
 protected:
  void SetUp() override;
  void TearDown() override;

  static std::shared_ptr<rpc::CallContext> Call(auth::Caller caller);
  static auth::Caller Owner(absl::string_view organizer = "acme");
  static auth::Caller Portal(absl::string_view partner);
  static auth::Caller Operator();

  // When the changes were made: long ago, but not so long that they are purged.
  static absl::Time ChangeTime();
  // The record of a change of a partner of an organizer, as access would make it.
  static Record MakeChange(absl::string_view id, absl::string_view organizer = "acme",
                           absl::string_view partner = "");
  // Appends each in a transaction of its own, and waits until all can be seen.
  void Append(const std::vector<Record>& records);
  // Makes what is committed visible, where that takes a step (MySQL).
  void Settle();
  std::vector<std::string> Resources(const auth::Caller& caller, const std::string& parent,
                                     const std::string& filter = "");
  int64_t Newest();

  std::unique_ptr<db::TestStore> store_;
  std::unique_ptr<db::Database> db_;
  resource::PageTokens tokens_{"a secret of thirty-two bytes or more"};
  std::unique_ptr<Feed> feed_;
};

#define INSTANTIATE_ENGINES(suite)                                                          \
  INSTANTIATE_TEST_SUITE_P(Engines, suite,                                                  \
                           testing::Values(db::Engine::kSqlite, db::Engine::kMysql),        \
                           [](const testing::TestParamInfo<db::Engine>& info) {             \
                             return info.param == db::Engine::kSqlite ? "Sqlite" : "Mysql"; \
                           })

}  // namespace colloquy::feed

#endif  // COLLOQUY_TESTS_UNIT_COMMON_FEED_FIXTURE_H_
