#include "services/common/db/transaction_core.h"

#include "gtest/gtest.h"
#include "services/common/db/mysql/transaction.h"

namespace colloquy::db {
namespace {

std::string Text(Engine engine, InsertKind kind, std::vector<absl::string_view> key,
                 std::vector<absl::string_view> columns) {
  const InsertText text = MakeInsertText(engine, kind, "t", key, columns);
  return text.head + text.tuple + text.tail;
}

TEST(MakeInsertText, SpeaksBothDialects) {
  EXPECT_EQ(Text(Engine::kSqlite, InsertKind::kPlain, {}, {"a", "b"}),
            "INSERT INTO t (a, b) VALUES (?, ?)");
  EXPECT_EQ(Text(Engine::kSqlite, InsertKind::kNewOnly, {}, {"a"}),
            "INSERT INTO t (a) VALUES (?) ON CONFLICT DO NOTHING");
  EXPECT_EQ(Text(Engine::kMysql, InsertKind::kNewOnly, {}, {"a"}),
            "INSERT IGNORE INTO t (a) VALUES (?)");
  EXPECT_EQ(
      Text(Engine::kSqlite, InsertKind::kUpsert, {"a", "b"}, {"a", "b", "c"}),
      "INSERT INTO t (a, b, c) VALUES (?, ?, ?) ON CONFLICT (a, b) DO UPDATE SET c = excluded.c");
  EXPECT_EQ(Text(Engine::kMysql, InsertKind::kUpsert, {"a"}, {"a", "b"}),
            "INSERT INTO t (a, b) VALUES (?, ?) ON DUPLICATE KEY UPDATE b = VALUES(b)");
  EXPECT_EQ(Text(Engine::kMysql, InsertKind::kUpsert, {"a"}, {"a"}),
            "INSERT INTO t (a) VALUES (?) ON DUPLICATE KEY UPDATE a = a");
}

TEST(NextChunk, StaysWithinTheServersLimits) {
  const auto chunk = [](size_t rows, size_t columns, size_t bytes) {
    const std::vector<Value> row(columns, Value(std::string(bytes, 'x')));
    return mysql::NextChunk(std::vector<std::vector<Value>>(rows, row));
  };
  EXPECT_EQ(chunk(1, 3, 1), 1u);
  EXPECT_EQ(chunk(3, 3, 1), 2u);
  EXPECT_EQ(chunk(1000, 3, 1), 128u);
  EXPECT_EQ(chunk(200, 1000, 1), 32u);
  EXPECT_EQ(chunk(10, 1, 1 << 20), 4u);
  EXPECT_EQ(chunk(2, 1, 8 << 20), 1u);
}

}  // namespace
}  // namespace colloquy::db
