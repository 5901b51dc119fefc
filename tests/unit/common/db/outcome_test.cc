#include "services/common/db/outcome.h"

#include <string>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/common/errors/errors.h"

namespace colloquy::db {
namespace {

using errors::ErrorReason;
using errors::ReasonOf;
using testing::HasSubstr;
using testing::Not;

TEST(Defect, TellsTheClientOnlyAnId) {
  std::string logged;
  DatabaseOptions options;
  options.log = [&](absl::string_view line) { logged = std::string(line); };
  const absl::Status status = Defect(options, "SELECT secret FROM t");
  EXPECT_THAT(status.ToString(), Not(HasSubstr("secret")));
  const std::string id = errors::InfoOf(status)->metadata().at("error_id");
  EXPECT_THAT(logged, HasSubstr(id));
  EXPECT_THAT(logged, HasSubstr("SELECT secret FROM t"));
  EXPECT_THAT(std::string(status.message()), HasSubstr(id));
}

TEST(RunAttempts, StopsAtTheFirstFinalVerdict) {
  int runs = 0;
  EXPECT_EQ(RunAttempts({}, {},
                        [&](int attempt) {
                          EXPECT_EQ(attempt, runs++);
                          return Verdict{absl::UnknownError("x"), attempt < 2};
                        }),
            absl::UnknownError("x"));
  EXPECT_EQ(runs, 3);
}

TEST(RunAttempts, TheDeadlineEndsTheBackoff) {
  const absl::Time start = absl::Now();
  DatabaseOptions options;
  options.max_attempts = 1000000;
  const CallOptions call{.deadline = start + absl::Milliseconds(60)};
  EXPECT_EQ(ReasonOf(RunAttempts(call, options,
                                 [](int) {
                                   return Verdict{absl::UnknownError("x"), true};
                                 })),
            ErrorReason::DEADLINE_EXCEEDED);
  EXPECT_GE(absl::Now(), call.deadline);
}

TEST(ScopedBody, Nests) {
  const auto* a = reinterpret_cast<const Database*>(&ReasonOf);
  const auto* b = reinterpret_cast<const Database*>(&RunAttempts);
  EXPECT_FALSE(ScopedBody::Inside(a));
  {
    ScopedBody outer(a);
    {
      ScopedBody inner(b);
      EXPECT_TRUE(ScopedBody::Inside(b));
    }
    EXPECT_TRUE(ScopedBody::Inside(a));
  }
  EXPECT_FALSE(ScopedBody::Inside(a));
}

}  // namespace
}  // namespace colloquy::db
