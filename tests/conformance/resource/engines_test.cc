// What the resource room compiles to SQL means the same on both engines.
#include <algorithm>
#include <random>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/ids.h"
#include "services/common/resource/order_by.h"
#include "services/common/resource/request_ids.h"
#include "tests/conformance/db/test_store.h"
#include "tests/conformance/resource/schema/schema.h"
#include "tests/unit/common/resource/filter_model.h"

namespace colloquy::resource {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'767'225'600);

class EnginesTest : public testing::TestWithParam<db::Engine> {
 protected:
  void SetUp() override {
    if (!db::TestStore::Available(GetParam())) {
      GTEST_SKIP() << "COLLOQUY_TEST_MYSQL is not set; tests/lib/mariadb start DIR prints it";
    }
    store_ = std::make_unique<db::TestStore>(GetParam());
    db_ = store_->Open();
    ASSERT_TRUE(db_->Migrate({schema::resource_conformance(), RequestLogSchema()}).ok());
  }

  void Insert(const std::vector<Item>& items) {
    std::vector<std::vector<db::Value>> rows;
    std::vector<std::vector<db::Value>> languages;
    for (const Item& item : items) {
      rows.push_back(ItemRow(item));
      for (const std::string& tag : item.languages) languages.push_back({item.id, tag});
    }
    absl::Status status = db_->Write({}, [&](db::Transaction& tx) -> absl::Status {
      COLLOQUY_RETURN_IF_ERROR(tx.InsertRows("items", kItemColumns, rows));
      return tx.InsertRows("languages", {"id", "tag"}, languages);
    });
    ASSERT_TRUE(status.ok()) << status;
  }

  // The ids that `clauses` finds, and the position after the last one.
  std::vector<int64_t> Find(const OrderBy& order, absl::string_view clauses,
                            const std::vector<db::Value>& params,
                            PagePosition* position = nullptr) {
    std::vector<int64_t> ids;
    absl::Status status = db_->Read({}, [&](db::Transaction& tx) -> absl::Status {
      ids.clear();
      COLLOQUY_ASSIGN_OR_RETURN(
          db::Rows rows,
          tx.Query(absl::StrCat("SELECT e.id, ", order.Columns(), " FROM items e WHERE ", clauses),
                   params));
      for (db::Row row : rows) {
        ids.push_back(row.Int64(0));
        if (position != nullptr) *position = order.PositionOf(row, 1);
      }
      return absl::OkStatus();
    });
    EXPECT_TRUE(status.ok()) << clauses;
    return ids;
  }

  std::unique_ptr<db::TestStore> store_;
  std::unique_ptr<db::Database> db_;
};

SortSchema Orders() {
  return {
      .fields = {{.name = "seats", .column = "e.seats", .nullable = true},
                 {.name = "state", .column = "e.state", .nullable = true},
                 {.name = "code", .column = "e.code", .type = SortType::kText, .nullable = true},
                 {.name = "title", .column = "e.title", .type = SortType::kText, .nullable = true}},
      .unique = {{.column = "e.id"}},
      .default_order = ""};
}

TEST_P(EnginesTest, FiltersFindWhatANaiveReadingFinds) {
  RandomConditions random(31);
  std::vector<Item> items;
  for (int64_t id = 1; id <= 150; ++id) items.push_back(random.MakeItem(id));
  Insert(items);
  OrderBy order = *OrderBy::Parse("", Orders());
  for (int i = 0; i < 1000; ++i) {
    Filter filter = random.Make(i % 4);
    absl::StatusOr<SqlFragment> fragment = CompileFilter(filter, ItemSchema());
    ASSERT_TRUE(fragment.ok()) << FilterText(filter);
    std::vector<int64_t> expected;
    for (const Item& item : items) {
      if (Naive::Eval(filter, item) == true) expected.push_back(item.id);
    }
    ASSERT_EQ(Find(order, absl::StrCat(fragment->sql, " ORDER BY e.id"), fragment->params),
              expected)
        << FilterText(filter) << "\n"
        << fragment->sql;
  }
}

TEST_P(EnginesTest, PagesJoinToTheWhole) {
  std::mt19937 random(32);
  RandomConditions conditions(33);
  std::vector<Item> items;
  for (int64_t id = 1; id <= 100; ++id) items.push_back(conditions.MakeItem(id));
  Insert(items);
  for (int i = 0; i < 40; ++i) {
    std::vector<std::string> fields = {"seats", "state", "code", "title"};
    std::shuffle(fields.begin(), fields.end(), random);
    fields.resize(random() % 3);
    std::string text;
    for (const std::string& field : fields)
      absl::StrAppend(&text, text.empty() ? "" : ", ", field, random() % 2 == 0 ? "" : " desc");
    OrderBy order = *OrderBy::Parse(text, Orders());
    std::string by = absl::StrCat(" ORDER BY ", order.Clause());
    std::vector<int64_t> whole = Find(order, absl::StrCat("1=1", by), {});
    ASSERT_EQ(whole.size(), items.size());
    std::vector<int64_t> joined;
    PagePosition position;
    while (joined.size() <= whole.size()) {
      SqlFragment after = *order.After(position);
      std::vector<int64_t> page =
          Find(order, absl::StrCat(after.sql, by, " LIMIT 7"), after.params, &position);
      if (page.empty()) break;
      joined.insert(joined.end(), page.begin(), page.end());
    }
    ASSERT_EQ(joined, whole) << text;
  }
}

TEST_P(EnginesTest, TheRequestLogReplaysRefusesAndPurges) {
  MessagePtr request = TestMessage("CreateEventRequest", "parent: 'p'");
  std::vector<RequestKey> keys;
  std::vector<RequestRecord> records;
  for (int i = 0; i < 700; ++i) {
    keys.push_back(**MakeRequestKey("/s/Create", "alice", NewUid().ToUuid(), *request));
  }
  for (size_t i = 0; i < keys.size(); i += 2)
    records.push_back({&keys[i], std::string("\0\xff", 2)});
  ASSERT_TRUE(
      db_->Write({}, [&](db::Transaction& tx) { return RequestLog::RecordMany(tx, records, kNow); })
          .ok());
  absl::Status again = db_->Write({}, [&](db::Transaction& tx) {
    return RequestLog::Record(tx, keys[0], "second", kNow + absl::Seconds(1));
  });
  EXPECT_EQ(errors::ReasonOf(again), errors::ErrorReason::CONFLICT);

  std::vector<const RequestKey*> asked;
  for (const RequestKey& key : keys) asked.push_back(&key);
  RequestKey other = keys[0];
  other.fingerprint[0] ^= 1;
  asked.push_back(&other);
  ASSERT_TRUE(db_->Read({},
                        [&](db::Transaction& tx) -> absl::Status {
                          COLLOQUY_ASSIGN_OR_RETURN(std::vector<Replay> replays,
                                                    RequestLog::LookupMany(tx, asked));
                          for (size_t i = 0; i < keys.size(); ++i) {
                            EXPECT_EQ(replays[i]->has_value(), i % 2 == 0);
                            EXPECT_EQ(replays[i]->value_or(std::string("\0\xff", 2)),
                                      std::string("\0\xff", 2));
                          }
                          EXPECT_EQ(errors::ReasonOf(replays.back().status()),
                                    errors::ErrorReason::REQUEST_ID_REUSED);
                          return absl::OkStatus();
                        })
                  .ok());
  int64_t removed = 0;
  ASSERT_TRUE(db_->Write({},
                         [&](db::Transaction& tx) -> absl::Status {
                           COLLOQUY_ASSIGN_OR_RETURN(
                               removed, RequestLog::Purge(tx, kNow + absl::Seconds(1), 300));
                           return absl::OkStatus();
                         })
                  .ok());
  EXPECT_EQ(removed, 300);
}

INSTANTIATE_TEST_SUITE_P(Engines, EnginesTest,
                         testing::Values(db::Engine::kSqlite, db::Engine::kMysql),
                         [](const testing::TestParamInfo<db::Engine>& info) {
                           return info.param == db::Engine::kSqlite ? "Sqlite" : "Mysql";
                         });

}  // namespace
}  // namespace colloquy::resource
