#include "services/colloquyd/storage.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "services/colloquyd/process.h"

namespace colloquy::colloquyd {
namespace {

class StorageTest : public testing::Test {
 protected:
  StorageTest() : path_(absl::StrCat(testing::TempDir(), "/colloquyd-storage-", getpid())) {
    std::filesystem::remove_all(path_);
  }
  ~StorageTest() override { std::filesystem::remove_all(path_); }

  std::unique_ptr<Storage> OpenPrepared() {
    Options options;
    options.data_dir = path_;
    auto storage = Storage::Open(options, "events", {}, log_.get());
    EXPECT_TRUE(storage.ok()) << storage.status();
    const absl::Status prepared =
        (*storage)->Prepare(absl::ZeroDuration(), [](absl::Duration) { return true; });
    EXPECT_TRUE(prepared.ok()) << prepared;
    return *std::move(storage);
  }

  const std::string path_;
  const std::unique_ptr<telemetry::Log> log_ =
      telemetry::Log::ToSink(telemetry::Level::kOff, [](absl::string_view) {});
};

TEST_F(StorageTest, ADataDirectoryHasOneServer) {
  {
    const auto first = DataDirectory::Lock(path_);
    ASSERT_TRUE(first.ok()) << first.status();
    EXPECT_EQ(DataDirectory::Lock(path_).status().code(), absl::StatusCode::kAlreadyExists);
    struct stat info;
    ASSERT_EQ(stat(path_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0700);
  }
  EXPECT_TRUE(DataDirectory::Lock(path_).ok());
}

TEST_F(StorageTest, AFileInTheWayIsSaid) {
  ASSERT_TRUE(WriteSecretFile(path_, "x").ok());
  EXPECT_EQ(DataDirectory::Lock(path_).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(StorageTest, ThePageTokenSecretOutlivesTheServer) {
  const auto directory = DataDirectory::Lock(path_);
  const std::string first = OpenPrepared()->page_token_secret();
  EXPECT_EQ(first.size(), 32);
  EXPECT_EQ(OpenPrepared()->page_token_secret(), first);
}

TEST_F(StorageTest, ReadyOnlyAtItsRevision) {
  const auto directory = DataDirectory::Lock(path_);
  const std::unique_ptr<Storage> storage = OpenPrepared();
  EXPECT_TRUE(storage->Ready().ok()) << storage->Ready();
  const absl::Status later = storage->db().Write({}, [](db::Transaction& tx) {
    return tx.Execute("UPDATE colloquy_schema SET revision = revision + 1").status();
  });
  ASSERT_TRUE(later.ok()) << later;
  EXPECT_EQ(storage->Ready().code(), absl::StatusCode::kFailedPrecondition);
  storage->db().Close();
  EXPECT_FALSE(storage->Ready().ok());
}

TEST_F(StorageTest, SecretFilesAreTheirOwnersAndNeverOverwritten) {
  ASSERT_TRUE(WriteSecretFile(path_, "clq_secret").ok());
  struct stat info;
  ASSERT_EQ(stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600);
  EXPECT_EQ(WriteSecretFile(path_, "other").code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(ReadSecretFile(path_).value(), "clq_secret");
  EXPECT_FALSE(ReadSecretFile(path_ + "-missing").ok());
}

}  // namespace
}  // namespace colloquy::colloquyd
