// The disk runs full during load: calls say so, reading goes on, and once there is space again the
// server goes on by itself. What was acknowledged is there, also for a server that starts anew on
// what the disk held when the first one was killed.
#include <fcntl.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fault/burst.h"
#include "tests/lib/calls.h"
#include "tests/lib/server.h"
#include "tests/lib/world.h"

namespace colloquy::test {
namespace {

using testing::Each;
using testing::Eq;
using testing::Key;

constexpr int kCallers = 16;
constexpr size_t kDisk = 24 << 20;
constexpr size_t kBallast = 8 << 20;

// Takes space on the server's disk until it is removed.
class Ballast {
 public:
  explicit Ballast(std::string path) : path_(std::move(path)) {
    const int file = open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    taken_ = file >= 0 && posix_fallocate(file, 0, kBallast) == 0;
    close(file);
  }
  bool taken() const { return taken_; }
  void Remove() { std::filesystem::remove(path_); }

 private:
  const std::string path_;
  bool taken_ = false;
};

class DiskFullTest : public testing::Test {
 protected:
  void SetUp() override {
    const absl::Status status = server_.Start();
    if (absl::IsUnimplemented(status)) GTEST_SKIP() << status.message();
    ASSERT_TRUE(status.ok()) << status;
    const absl::Status built = world_.Build();
    ASSERT_TRUE(built.ok()) << built;
    event_ = MakeEvent(world_, "full");
  }

  void ExpectReadable() const {
    const auto event =
        world_.Do("owner", absl::StrCat(kEvents, "GetEvent"), absl::StrCat("name: '", event_, "'"));
    EXPECT_TRUE(event.ok()) << event.status();
  }

  Server server_{{.disk_bytes = kDisk}};
  World world_{server_};
  std::string event_;
};

TEST_F(DiskFullTest, GoesOnOnceThereIsSpaceAgain) {
  Ballast ballast(absl::StrCat(server_.visible_data_dir(), "/ballast"));
  ASSERT_TRUE(ballast.taken());
  Burst burst(server_, world_, event_, kCallers);
  ASSERT_TRUE(burst.AwaitFailures(2)) << "the disk never ran full";
  ExpectReadable();
  ballast.Remove();
  ASSERT_TRUE(burst.AwaitSuccesses(3)) << server_.log();
  burst.Stop();
  EXPECT_THAT(burst.failures(),
              Each(Key(Eq("RESOURCE_EXHAUSTED DATABASE_FULL, says when to come again"))));
  ExpectNothingLost(server_, world_, event_, burst.acknowledged());
  ExpectSeatsAgree(world_, event_);
  const absl::Status stopped = server_.Stop();
  EXPECT_TRUE(stopped.ok()) << stopped;
}

TEST_F(DiskFullTest, WhatWasAcknowledgedIsThereAfterwards) {
  Burst burst(server_, world_, event_, kCallers);
  ASSERT_TRUE(burst.AwaitFailures(2)) << "the disk never ran full";
  server_.Kill();
  burst.Stop(/*give_up=*/true);
  const std::string copy = absl::StrCat(server_.folder(), "/copy");
  std::filesystem::copy(server_.visible_data_dir(), copy, std::filesystem::copy_options::recursive);

  Server next({.data_dir = copy});
  const absl::Status started = next.Start();
  ASSERT_TRUE(started.ok()) << started;
  // Keys and names are those of the first server: they lie in its data.
  for (const auto& [request, name] : burst.acknowledged()) {
    const auto found = Invoke(next.channel(), absl::StrCat(kRegistrations, "GetRegistration"),
                              world_.credential("owner"),
                              RequestOf(absl::StrCat(kRegistrations, "GetRegistration"),
                                        absl::StrCat("name: '", name, "'"))
                                  ->SerializeAsString());
    ASSERT_TRUE(found.status.ok()) << name << ": " << found.status;
  }
}

}  // namespace
}  // namespace colloquy::test
