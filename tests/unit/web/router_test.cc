#include "services/web/http/router.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace colloquy::web {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

class RouterTest : public testing::Test {
 protected:
  RouterTest() {
    const Handler nothing = [](const auto&, const Reply&) {};
    router_.Add("GET", "/", nothing);
    router_.Add("GET", "/i/{token}", nothing);
    router_.Add("POST", "/i/{token}/accept", nothing);
    router_.Add("GET", "/e/{organizer}/{event}", nothing);
    router_.Add("GET", "/e/{organizer}/{event}.ics", nothing);
    router_.Add("GET", "/u/{token}", nothing);
    router_.Add("POST", "/u/{token}", nothing);
  }

  std::string PatternOf(absl::string_view path) {
    const auto match = router_.Find("GET", path);
    return match.has_value() ? std::string(match->pattern) : "";
  }

  Router router_;
};

TEST_F(RouterTest, PathsFindTheirPattern) {
  EXPECT_EQ(PatternOf("/"), "/");
  EXPECT_EQ(PatternOf("/e/demo/tour"), "/e/{organizer}/{event}");
  EXPECT_EQ(PatternOf("/e/demo/tour.ics"), "/e/{organizer}/{event}.ics");
  const auto match = router_.Find("GET", "/e/demo/tour.ics");
  EXPECT_THAT(match->captures, ElementsAre(Pair("organizer", "demo"), Pair("event", "tour")));
}

TEST_F(RouterTest, EverythingElseIsNothing) {
  for (const char* path : {"", "//", "/i", "/i/", "/i/a/", "/i/a/b", "/e/a/b/c", "/e/a/.ics",
                           "/e/a/b.ics.ics", "/i/a b", "/i/..", "/i/a%2Fb", "/I/a", "*"}) {
    EXPECT_EQ(PatternOf(path), "") << path;
  }
  EXPECT_EQ(PatternOf("/i/" + std::string(128, 'a')), "/i/{token}");
  EXPECT_EQ(PatternOf("/i/" + std::string(129, 'a')), "");
}

TEST_F(RouterTest, WrongMethodsAreToldTheRightOnes) {
  const auto match = router_.Find("DELETE", "/u/x");
  ASSERT_TRUE(match.has_value());
  EXPECT_EQ(match->handler, nullptr);
  EXPECT_EQ(match->allow, "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(router_.Find("GET", "/i/x/accept")->allow, "POST, OPTIONS");
  EXPECT_NE(router_.Find("POST", "/u/x")->handler, nullptr);
}

}  // namespace
}  // namespace colloquy::web
