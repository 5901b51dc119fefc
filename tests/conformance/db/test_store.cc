#include "tests/conformance/db/test_store.h"

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/db/open.h"

namespace colloquy::db {
namespace {

const char* MysqlServer() { return std::getenv("COLLOQUY_TEST_MYSQL"); }

// No two processes or tests get the same.
std::string UniqueName() {
  static std::atomic<int> count = 0;
  return absl::StrCat("colloquy_test_", getpid(), "_", count++, "_", std::random_device{}());
}

}  // namespace

bool TestStore::Available(Engine engine) {
  return engine == Engine::kSqlite || MysqlServer() != nullptr;
}

TestStore::TestStore(Engine engine) : engine_(engine) {
  const std::string name = UniqueName();
  if (engine == Engine::kMysql) {
    schema_ = name;
    url_ = absl::StrCat(MysqlServer(), "/", name);
    return;
  }
  directory_ = (std::filesystem::temp_directory_path() / name).string();
  std::filesystem::create_directory(directory_);
  url_ = absl::StrCat("sqlite:", directory_, "/test.db");
}

TestStore::~TestStore() {
  if (engine_ == Engine::kSqlite) {
    std::filesystem::remove_all(directory_);
    return;
  }
  // Migrate made the schema, if anybody called it; once more, so that there is one to drop.
  const std::unique_ptr<Database> database = Open();
  absl::Status dropped = database->Migrate({});
  if (dropped.ok()) {
    dropped = database->Write({}, [&](Transaction& tx) {
      return tx.Execute(absl::StrCat("DROP DATABASE ", schema_)).status();
    });
  }
  if (!dropped.ok())
    std::fprintf(stderr, "%s is left: %s\n", schema_.c_str(), dropped.ToString().c_str());
}

std::unique_ptr<Database> TestStore::Open(DatabaseOptions options) const {
  auto database = db::Open(url_, std::move(options));
  if (database.ok()) return *std::move(database);
  std::fprintf(stderr, "%s\n", database.status().ToString().c_str());
  std::abort();
}

}  // namespace colloquy::db
