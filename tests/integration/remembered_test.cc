// Answers may be remembered, but nobody is told what is no longer so, and nobody what is not for
// them.
#include "absl/strings/str_cat.h"
#include "colloquy/events/v1/events.pb.h"
#include "tests/integration/fixture.h"

namespace colloquy::test {
namespace {

using events::v1::Event;
using events::v1::ListEventsResponse;

class RememberedTest : public WorldTest {
 protected:
  std::string Events(absl::string_view method) const { return absl::StrCat(kEvents, method); }

  // Asked twice, so that the second may come out of the memory; both must be alike.
  template <typename Response>
  absl::StatusOr<Response> Twice(absl::string_view who, absl::string_view method,
                                 const std::string& request) const {
    const auto first = world_->Get<Response>(who, Events(method), request);
    const auto second = world_->Get<Response>(who, Events(method), request);
    EXPECT_EQ(first.status().code(), second.status().code());
    if (first.ok() && second.ok()) {
      EXPECT_EQ(first->SerializeAsString(), second->SerializeAsString());
    }
    return second;
  }
  size_t Listed(absl::string_view who, absl::string_view filter) const {
    const auto page = Twice<ListEventsResponse>(
        who, "ListEvents", absl::StrCat("parent: '{organizer}' filter: '", filter, "'"));
    EXPECT_TRUE(page.ok()) << page.status();
    return page.ok() ? static_cast<size_t>(page->events_size()) : 0;
  }
};

INSTANTIATE_WORLDS(RememberedTest);

TEST_P(RememberedTest, AChangeIsSeenAtOnceByEverybody) {
  constexpr absl::string_view kGet = "name: '{event}'";
  for (int i = 0; i < 20; ++i) {
    const std::string title = absl::StrCat("Title ", i);
    const auto updated = world_->Get<Event>(
        "owner", Events("UpdateEvent"),
        absl::StrCat("event { name: '{event}' title { texts { key: 'en' value: '", title,
                     "' } } } update_mask { paths: 'title' }"));
    ASSERT_TRUE(updated.ok()) << updated.status();
    for (const absl::string_view who : {"owner", "viewer", "partner", "none"}) {
      const auto got = Twice<Event>(who, "GetEvent", std::string(kGet));
      ASSERT_TRUE(got.ok()) << got.status();
      EXPECT_EQ(got->title().texts().at("en"), title) << who;
    }
    EXPECT_EQ(Listed("none", absl::StrCat("\"", title, "\"")), 1u);
  }
}

TEST_P(RememberedTest, WhatOneMayReadIsNotGivenToAnother) {
  constexpr absl::string_view kDraft = "name: '{draft}'";
  ASSERT_TRUE(Twice<Event>("owner", "GetEvent", std::string(kDraft)).ok());
  for (const absl::string_view who : {"none", "partner", "foreign"}) {
    EXPECT_TRUE(
        absl::IsPermissionDenied(Twice<Event>(who, "GetEvent", std::string(kDraft)).status()))
        << who;
  }
  const size_t all = Listed("owner", "");
  EXPECT_LT(Listed("none", ""), all) << "drafts are among them";
  ASSERT_TRUE(world_->Get<Event>("owner", Events("PublishEvent"), kDraft).ok());
  EXPECT_TRUE(Twice<Event>("partner", "GetEvent", std::string(kDraft)).ok());
}

TEST_P(RememberedTest, StatesInAFilterFollow) {
  const size_t drafts = Listed("owner", "state = DRAFT");
  ASSERT_GE(drafts, 1u);
  ASSERT_TRUE(world_->Get<Event>("owner", Events("PublishEvent"), "name: '{draft}'").ok());
  EXPECT_EQ(Listed("owner", "state = DRAFT"), drafts - 1);
}

}  // namespace
}  // namespace colloquy::test
