#include "services/common/resource/etags.h"

#include <set>

#include "gtest/gtest.h"
#include "services/common/errors/errors.h"
#include "tests/unit/common/resource/test_contract.h"

namespace colloquy::resource {
namespace {

TEST(EtagTest, DiffersByRevisionAndByResource) {
  Uid uid = NewUid();
  std::set<std::string> etags;
  for (int64_t revision = 0; revision < 1000; ++revision) etags.insert(MakeEtag(uid, revision));
  EXPECT_EQ(etags.size(), 1000u);
  EXPECT_EQ(MakeEtag(uid, 5), MakeEtag(uid, 5));
  EXPECT_NE(MakeEtag(uid, 5), MakeEtag(NewUid(), 5));
  EXPECT_EQ(MakeEtag(uid, 5).front(), '"');
  EXPECT_EQ(MakeEtag(uid, 5).back(), '"');
}

TEST(EtagTest, FollowsContent) {
  std::string etag = ContentEtag(*TestMessage("Event", "title: 'a'"));
  EXPECT_EQ(etag, ContentEtag(*TestMessage("Event", "title: 'a'")));
  EXPECT_NE(etag, ContentEtag(*TestMessage("Event", "title: 'b'")));
}

TEST(EtagTest, IsCheckedWhenGiven) {
  EXPECT_TRUE(CheckEtag("", "\"a\"", "organizers/o").ok());
  EXPECT_TRUE(CheckEtag("\"a\"", "\"a\"", "organizers/o").ok());
  absl::Status status = CheckEtag("\"b\"", "\"a\"", "organizers/o");
  EXPECT_EQ(status.code(), absl::StatusCode::kAborted);
  EXPECT_EQ(errors::ReasonOf(status), errors::ErrorReason::ETAG_MISMATCH);
}

}  // namespace
}  // namespace colloquy::resource
