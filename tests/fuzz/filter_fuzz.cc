// Any text: parsing ends, what parses prints to text that parses to the same tree, and what
// compiles is SQL that SQLite prepares with as many parameters as there are.
#include <sqlite3.h>

#include <cstdint>
#include <cstdlib>

#include "google/protobuf/descriptor.pb.h"
#include "services/common/resource/filter.h"
#include "services/common/resource/filter_sql.h"
#include "services/common/resource/order_by.h"

namespace {

using namespace colloquy::resource;  // NOLINT(google-build-using-namespace)

const FilterSchema& Schema() {
  static const auto* schema = new FilterSchema({
      {.name = "start_time", .column = "e.time", .type = FieldType::kTime},
      {.name = "n", .column = "e.n", .type = FieldType::kInt},
      {.name = "b", .column = "e.b", .type = FieldType::kBool},
      {.name = "t", .column = "e.t", .type = FieldType::kText},
      {.name = "f", .column = "e.t", .type = FieldType::kText, .fold = true},
      {.name = "s.e",
       .column = "e.n",
       .type = FieldType::kEnum,
       .enumeration = google::protobuf::FieldDescriptorProto::Type_descriptor()},
      {.name = "k", .column = "e.t", .type = FieldType::kTokens},
      {.name = "r", .column = "SELECT e.t", .type = FieldType::kTokenRows},
      {.column = "e.t", .type = FieldType::kTextSearch},
  });
  return *schema;
}

sqlite3* Database() {
  static sqlite3* database = [] {
    sqlite3* opened = nullptr;
    if (sqlite3_open(":memory:", &opened) != SQLITE_OK) std::abort();
    sqlite3_exec(opened, "CREATE TABLE e (time INTEGER, n INTEGER, b INTEGER, t TEXT)", nullptr,
                 nullptr, nullptr);
    return opened;
  }();
  return database;
}

void CheckSql(const SqlFragment& fragment) {
  std::string sql = "SELECT 1 FROM e WHERE " + fragment.sql;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(Database(), sql.c_str(), -1, &statement, nullptr) != SQLITE_OK)
    std::abort();
  if (sqlite3_bind_parameter_count(statement) != static_cast<int>(fragment.params.size()))
    std::abort();
  sqlite3_finalize(statement);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  absl::string_view text(reinterpret_cast<const char*>(data), size);
  static const SortSchema sort = {.fields = {{.name = "a", .column = "a"}},
                                  .unique = {{.column = "id"}}};
  (void)OrderBy::Parse(text, sort);
  absl::StatusOr<Filter> filter = ParseFilter(text);
  if (!filter.ok()) return 0;
  std::string printed = FilterText(*filter);
  if (printed.size() <= kMaxFilterBytes) {
    absl::StatusOr<Filter> again = ParseFilter(printed);
    if (!again.ok() || !(*again == *filter)) std::abort();
  }
  absl::StatusOr<SqlFragment> fragment = CompileFilter(*filter, Schema());
  if (fragment.ok()) CheckSql(*fragment);
  return 0;
}
