// What goes in comes out, on both engines, to the bit.
#include <cstdint>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/conformance/db/fixture.h"

namespace colloquy::db {
namespace {

using testing::HasSubstr;
using testing::Not;

class TypesTest : public DbTest {
 protected:
  // Stores `value` in `column`, reads it back and lets `check` look at it.
  void RoundTrip(absl::string_view column, const Value& value,
                 const std::function<void(const Row&)>& check) {
    ASSERT_EQ(Run("DELETE FROM things"), absl::OkStatus());
    ASSERT_EQ(Run(absl::StrCat("INSERT INTO things (id, ", column, ") VALUES ('x', ?)"), {value}),
              absl::OkStatus());
    ASSERT_EQ(db_->Read({},
                        [&](Transaction& tx) -> absl::Status {
                          COLLOQUY_ASSIGN_OR_RETURN(
                              const Rows rows,
                              tx.Query(absl::StrCat("SELECT ", column, " FROM things")));
                          EXPECT_EQ(rows.size(), 1u);
                          check(rows[0]);
                          return absl::OkStatus();
                        }),
              absl::OkStatus())
        << Logged();
  }
};
INSTANTIATE_ENGINES(TypesTest);

TEST_P(TypesTest, NullIsNullInEveryColumn) {
  for (absl::string_view column : {"n", "u", "d", "t", "b", "k"}) {
    RoundTrip(column, Value::Null(), [](const Row& row) { EXPECT_TRUE(row.IsNull(0)); });
  }
}

TEST_P(TypesTest, SignedOverTheWholeRange) {
  for (const int64_t n : {std::numeric_limits<int64_t>::min(), int64_t{-1}, int64_t{0},
                          (int64_t{1} << 53) + 1, std::numeric_limits<int64_t>::max()}) {
    RoundTrip("n", n, [&](const Row& row) {
      EXPECT_FALSE(row.IsNull(0));
      EXPECT_EQ(row.Int64(0), n);
    });
  }
}

TEST_P(TypesTest, UnsignedOverTheWholeRange) {
  for (const uint64_t u : {uint64_t{0}, uint64_t{1} << 63, (uint64_t{1} << 63) + 1,
                           std::numeric_limits<uint64_t>::max()}) {
    RoundTrip("u", u, [&](const Row& row) { EXPECT_EQ(row.Uint64(0), u); });
  }
}

TEST_P(TypesTest, Doubles) {
  for (const double d : {0.1, -1e300, 5e-324, 1.0 / 3}) {
    RoundTrip("d", d, [&](const Row& row) { EXPECT_EQ(row.Double(0), d); });
  }
}

TEST_P(TypesTest, TextKeepsEveryCharacter) {
  for (const std::string& text :
       {std::string(), std::string("Zürich 🎤👩‍💻"),
        std::string("it's \\ \"quoted\" ? $1;--"), std::string(300000, 'x')}) {
    RoundTrip("t", text, [&](const Row& row) {
      EXPECT_FALSE(row.IsNull(0));
      EXPECT_EQ(row.Text(0), text);
    });
  }
}

TEST_P(TypesTest, BytesKeepEveryByte) {
  std::string all;
  for (int byte = 0; byte < 256; ++byte) all.push_back(static_cast<char>(byte));
  for (const std::string& bytes :
       {std::string(), std::string("\0", 1), all, std::string(300000, '\xff')}) {
    RoundTrip("b", Value::Blob(bytes), [&](const Row& row) {
      EXPECT_FALSE(row.IsNull(0));
      EXPECT_EQ(row.Blob(0), bytes);
    });
  }
  RoundTrip("k", Value::Blob("\xff\0"), [&](const Row& row) { EXPECT_EQ(row.Blob(0), "\xff"); });
}

TEST_P(TypesTest, BytesCompareWithBytes) {
  ASSERT_EQ(Run("INSERT INTO things (id, k) VALUES ('x', ?)", {Value::Blob("\xc3\x28")}),
            absl::OkStatus());
  EXPECT_EQ(*Number("SELECT COUNT(*) FROM things WHERE k = ?", {Value::Blob("\xc3\x28")}), 1);
  EXPECT_EQ(*Number("SELECT COUNT(*) FROM things WHERE k = ?", {Value::Blob("\xc3\x29")}), 0);
}

TEST_P(TypesTest, TimesInMicroseconds) {
  const absl::Time time = absl::FromUnixMicros(1790000000123456);
  for (const absl::Time t : {time, absl::InfiniteFuture(), absl::InfinitePast()}) {
    RoundTrip("n", t, [&](const Row& row) { EXPECT_EQ(row.Time(0), t); });
  }
}

TEST_P(TypesTest, CountsAndSumsAreIntegers) {
  for (int i = 0; i < 3; ++i) ASSERT_EQ(AddThing(absl::StrCat("t", i), i + 1), absl::OkStatus());
  EXPECT_EQ(*Number("SELECT COUNT(*) FROM things"), 3);
  EXPECT_EQ(*Number("SELECT SUM(n) FROM things"), 6);
  EXPECT_EQ(*Number("SELECT COALESCE(SUM(n), 0) FROM things WHERE n > 10"), 0);
  EXPECT_EQ(*Number("SELECT MAX(n) FROM things"), 3);
}

TEST_P(TypesTest, IdentifiersCompareByBytes) {
  const std::string names[] = {"Alice", "alice", "a", "ä", "á", "a ", "ß", "ss"};
  for (const std::string& name : names) ASSERT_EQ(AddThing(name, 0), absl::OkStatus()) << name;
  for (const std::string& name : names) {
    EXPECT_EQ(*Number("SELECT COUNT(*) FROM things WHERE id = ?", {name}), 1) << name;
  }
}

TEST_P(TypesTest, OrderIsByBytes) {
  for (absl::string_view id : {"b", "a", "B", "ä"}) ASSERT_EQ(AddThing(id, 0), absl::OkStatus());
  std::string order;
  ASSERT_EQ(db_->Read({},
                      [&](Transaction& tx) -> absl::Status {
                        COLLOQUY_ASSIGN_OR_RETURN(const Rows rows,
                                                  tx.Query("SELECT id FROM things ORDER BY id"));
                        for (const Row row : rows) absl::StrAppend(&order, row.Text(0));
                        return absl::OkStatus();
                      }),
            absl::OkStatus());
  EXPECT_EQ(order, "Babä");
}

TEST_P(TypesTest, TheSqlIsTheSame) {
  ASSERT_EQ(AddThing("100%_sure\\", 7), absl::OkStatus());
  EXPECT_EQ(*Number("SELECT COUNT(*) FROM things WHERE id LIKE '100!%!_%' ESCAPE '!'"), 1);
  EXPECT_EQ(*Number("SELECT COUNT(*) FROM things WHERE id = '100%_sure' || '\\'"), 1);
  EXPECT_EQ(*Number("SELECT \"n\" FROM things"), 7);
  EXPECT_EQ(*Number("SELECT CASE WHEN n BETWEEN 1 AND 9 THEN n % 4 ELSE -1 END FROM things"), 3);
}

TEST_P(TypesTest, ValuesThatDoNotFitAreRefused) {
  const absl::Status status =
      Run("INSERT INTO things (id, n) VALUES ('x', ?)", {"not a number, secret"});
  EXPECT_EQ(ReasonOf(status), ErrorReason::INTERNAL);
  EXPECT_THAT(std::string(status.message()), Not(HasSubstr("INSERT")));
  EXPECT_THAT(Logged(), HasSubstr("INSERT INTO things"));
}

TEST_P(TypesTest, ReadingTheWrongTypeIsADefect) {
  ASSERT_EQ(AddThing("x", 1), absl::OkStatus());
  using Reader = std::function<void(const Row&)>;
  const Reader readers[] = {[](const Row& row) { EXPECT_EQ(row.Int64(0), 0); },
                            [](const Row& row) { EXPECT_EQ(row.Text(1), ""); },
                            [](const Row& row) { EXPECT_EQ(row.Blob(0), ""); },
                            [](const Row& row) { EXPECT_EQ(row.Int64(2), 0); },
                            [](const Row& row) { EXPECT_EQ(row.Int64(3), 0); }};
  for (const Reader& read : readers) {
    const absl::Status status = db_->Write({}, [&](Transaction& tx) -> absl::Status {
      COLLOQUY_RETURN_IF_ERROR(tx.Execute("UPDATE things SET n = 99").status());
      COLLOQUY_ASSIGN_OR_RETURN(const Rows rows, tx.Query("SELECT id, n, t FROM things"));
      read(rows[0]);
      return absl::OkStatus();
    });
    EXPECT_EQ(ReasonOf(status), ErrorReason::INTERNAL);
  }
  EXPECT_EQ(*Number("SELECT n FROM things"), 1) << "nothing was committed";
}

}  // namespace
}  // namespace colloquy::db
