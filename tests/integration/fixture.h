// A test with a server and a World of its own, on each engine.
#ifndef COLLOQUY_TESTS_INTEGRATION_FIXTURE_H_
#define COLLOQUY_TESTS_INTEGRATION_FIXTURE_H_

#include <memory>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/lib/server.h"
#include "tests/lib/world.h"

namespace colloquy::test {

class WorldTest : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    if (!Available(GetParam())) GTEST_SKIP() << "COLLOQUY_TEST_MYSQL is not set";
    server_ = std::make_unique<Server>(ServerOptions{.engine = GetParam()});
    const absl::Status started = server_->Start();
    ASSERT_TRUE(started.ok()) << started;
    world_ = std::make_unique<World>(*server_);
    const absl::Status built = world_->Build();
    ASSERT_TRUE(built.ok()) << built << "\n" << server_->log();
  }
  // A server that crashed, or that a sanitizer has something to say about, is a failure of the
  // test that it served.
  void TearDown() override {
    if (server_ == nullptr) return;
    const absl::Status stopped = server_->Stop();
    EXPECT_TRUE(stopped.ok()) << stopped;
  }

  Answer Ask(absl::string_view who, absl::string_view method, absl::string_view text) const {
    return Invoke(server_->channel(), method, world_->credential(who),
                  RequestOf(method, world_->Fill(text))->SerializeAsString());
  }

  std::unique_ptr<Server> server_;
  std::unique_ptr<World> world_;
};

#define INSTANTIATE_WORLDS(suite)                                                            \
  INSTANTIATE_TEST_SUITE_P(Engines, suite, testing::Values(Engine::kSqlite, Engine::kMysql), \
                           testing::PrintToStringParamName())

}  // namespace colloquy::test

#endif  // COLLOQUY_TESTS_INTEGRATION_FIXTURE_H_
