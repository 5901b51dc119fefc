#include "services/common/db/migrations.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace colloquy::db {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(RenderMigration, ReplacesTypes) {
  const absl::string_view sql =
      "CREATE TABLE a (id $ID NOT NULL PRIMARY KEY, name $TEXT(64), all_of_it $LONGTEXT) $TABLE;";
  EXPECT_THAT(
      *RenderMigration(Engine::kSqlite, "", sql),
      ElementsAre(
          "CREATE TABLE a (id BLOB NOT NULL PRIMARY KEY, name TEXT, all_of_it TEXT) STRICT"));
  EXPECT_THAT(*RenderMigration(Engine::kMysql, "bin", sql),
              ElementsAre("CREATE TABLE a (id BINARY(16) NOT NULL PRIMARY KEY, "
                          "name VARCHAR(64) CHARACTER SET utf8mb4 COLLATE bin, "
                          "all_of_it LONGTEXT CHARACTER SET utf8mb4 COLLATE bin) ENGINE=InnoDB"));
}

TEST(RenderMigration, AnIndexOfWhatSqliteLeavesNullIsEmptyThere) {
  const absl::string_view sql = "CREATE UNIQUE INDEX a_by_b ON a (b) $WHERE_SET(b);";
  EXPECT_THAT(*RenderMigration(Engine::kSqlite, "", sql),
              ElementsAre("CREATE UNIQUE INDEX a_by_b ON a (b) WHERE b IS NOT NULL"));
  EXPECT_THAT(*RenderMigration(Engine::kMysql, "", sql),
              ElementsAre("CREATE UNIQUE INDEX a_by_b ON a (b)"));
}

TEST(RenderMigration, SplitsAtSemicolonsOutsideQuotes) {
  EXPECT_THAT(*RenderMigration(Engine::kSqlite, "",
                               "-- it's; a $COMMENT\nA 'x;''$y--';\n\n;B \"c;d\" -- end"),
              ElementsAre("A 'x;''$y--'", "B \"c;d\""));
  EXPECT_THAT(*RenderMigration(Engine::kSqlite, "", "  \n-- nothing"), ElementsAre());
}

TEST(RenderMigration, NamesWhatIsWrong) {
  EXPECT_THAT(RenderMigration(Engine::kSqlite, "", "A $INT").status().ToString(),
              HasSubstr("$INT"));
  EXPECT_THAT(RenderMigration(Engine::kSqlite, "", "A $TEXT,").status().ToString(),
              HasSubstr("$TEXT without parentheses"));
  EXPECT_THAT(RenderMigration(Engine::kSqlite, "", "A $TEXT(3").status().ToString(),
              HasSubstr("$TEXT without parentheses"));
  EXPECT_THAT(RenderMigration(Engine::kSqlite, "", "A 'b").status().ToString(),
              HasSubstr("open quote"));
}

}  // namespace
}  // namespace colloquy::db
