// The database server goes away during load and comes back: calls fail in the documented way or
// succeed when they are repeated, colloquyd recovers by itself, and nothing is lost or doubled.
//
// Needs COLLOQUY_TEST_MYSQL_DIR, the directory given to tests/lib/mariadb, and that program in
// COLLOQUY_TEST_MARIADB; nothing else may use that server meanwhile.
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fault/burst.h"
#include "tests/lib/server.h"
#include "tests/lib/world.h"

namespace colloquy::test {
namespace {

using testing::AnyOf;
using testing::Eq;
using testing::Key;

constexpr int kCallers = 16;

// "stop": in an orderly way, so that connections are told. "kill": as in a power cut.
class DatabaseAwayTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    const char* const dir = std::getenv("COLLOQUY_TEST_MYSQL_DIR");
    const char* const program = std::getenv("COLLOQUY_TEST_MARIADB");
    if (dir == nullptr || program == nullptr)
      GTEST_SKIP() << "COLLOQUY_TEST_MYSQL_DIR and COLLOQUY_TEST_MARIADB are not set";
    dir_ = dir;
    program_ = program;
  }

  int Control(absl::string_view command) const {
    return std::system(absl::StrCat(program_, " ", command, " ", dir_, " > /dev/null").c_str());
  }

 private:
  std::string dir_;
  std::string program_;
};

TEST_P(DatabaseAwayTest, ComesBackUnderLoad) {
  Server server({.engine = Engine::kMysql});
  absl::Status status = server.Start();
  ASSERT_TRUE(status.ok()) << status;
  World world(server);
  status = world.Build();
  ASSERT_TRUE(status.ok()) << status;
  const std::string event = MakeEvent(world, "away");

  Burst burst(server, world, event, kCallers);
  for (int round = 0; round < 3; ++round) {
    SCOPED_TRACE(absl::StrCat("round ", round));
    ASSERT_TRUE(burst.AwaitSuccesses(3)) << server.log();
    ASSERT_EQ(Control(GetParam()), 0);
    const bool failed = burst.AwaitFailures(2);
    ASSERT_EQ(Control("start"), 0);
    ASSERT_TRUE(failed) << "calls neither fail nor succeed while the database is away";
    ASSERT_TRUE(burst.AwaitSuccesses(3)) << server.log();
  }
  burst.Stop();

  EXPECT_THAT(burst.failures(),
              testing::Each(Key(
                  AnyOf(Eq("UNAVAILABLE DATABASE_UNAVAILABLE, says when to come again"),
                        // The COMMIT was under way: the same request id finds out what came of it.
                        Eq("UNAVAILABLE OUTCOME_UNKNOWN, says when to come again")))));
  ExpectNothingLost(server, world, event, burst.acknowledged());
  ExpectSeatsAgree(world, event);
  status = server.Stop();
  EXPECT_TRUE(status.ok()) << status;
}
INSTANTIATE_TEST_SUITE_P(Ways, DatabaseAwayTest, testing::Values<std::string>("stop", "kill"),
                         [](const auto& way) { return way.param; });

}  // namespace
}  // namespace colloquy::test
