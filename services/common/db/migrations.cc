#include "services/common/db/migrations.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "services/common/errors/errors.h"

namespace colloquy::db {
namespace {

struct Type {
  absl::string_view name;
  // {C}: the collation; {N}: what stands in parentheses after the name.
  absl::string_view sqlite;
  absl::string_view mysql;
};

constexpr Type kTypes[] = {
    {"$INT64", "INTEGER", "BIGINT"},
    {"$UINT64", "INTEGER", "BIGINT UNSIGNED"},
    {"$DOUBLE", "REAL", "DOUBLE"},
    {"$TEXT", "TEXT", "VARCHAR({N}) CHARACTER SET utf8mb4 COLLATE {C}"},
    {"$LONGTEXT", "TEXT", "LONGTEXT CHARACTER SET utf8mb4 COLLATE {C}"},
    {"$BYTES", "BLOB", "VARBINARY({N})"},
    {"$BLOB", "BLOB", "LONGBLOB"},
    {"$ID", "BLOB", "BINARY(16)"},
    {"$AUTO_ID", "INTEGER PRIMARY KEY", "BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY"},
    {"$TABLE_BY_KEY", "WITHOUT ROWID, STRICT", "ENGINE=InnoDB"},
    {"$TABLE", "STRICT", "ENGINE=InnoDB"},
    {"$WHERE_SET", "WHERE {N} IS NOT NULL", ""},
};

constexpr absl::string_view kRevisions =
    "CREATE TABLE IF NOT EXISTS colloquy_schema (name $TEXT(64) NOT NULL PRIMARY KEY, "
    "revision $INT64 NOT NULL, step $INT64 NOT NULL) $TABLE";

class Renderer {
 public:
  Renderer(Engine engine, absl::string_view collation, absl::string_view sql)
      : engine_(engine), collation_(collation), rest_(sql) {}

  absl::StatusOr<std::vector<std::string>> Render() {
    while (!rest_.empty()) COLLOQUY_RETURN_IF_ERROR(Step());
    EndStatement();
    return std::move(statements_);
  }

 private:
  absl::Status Step() {
    if (rest_.substr(0, 2) == "--") {
      rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
      return absl::OkStatus();
    }
    if (rest_[0] == '\'' || rest_[0] == '"') return Quoted();
    if (rest_[0] == '$') return Substitute();
    if (rest_[0] == ';') {
      EndStatement();
    } else {
      statement_.push_back(rest_[0]);
    }
    rest_.remove_prefix(1);
    return absl::OkStatus();
  }

  // A doubled quote inside reads as two quoted parts, which comes to the same.
  absl::Status Quoted() {
    const size_t end = rest_.find(rest_[0], 1);
    if (end == absl::string_view::npos) return absl::InvalidArgumentError("an open quote");
    absl::StrAppend(&statement_, rest_.substr(0, end + 1));
    rest_.remove_prefix(end + 1);
    return absl::OkStatus();
  }

  absl::Status Substitute() {
    size_t end = 1;
    while (end < rest_.size() && (absl::ascii_isalnum(rest_[end]) || rest_[end] == '_')) ++end;
    const absl::string_view name = rest_.substr(0, end);
    rest_.remove_prefix(end);
    absl::string_view inside;
    if (name == "$TEXT" || name == "$BYTES" || name == "$WHERE_SET") {
      const size_t close = rest_.find(')');
      if (rest_.substr(0, 1) != "(" || close == absl::string_view::npos) {
        return absl::InvalidArgumentError(absl::StrCat(name, " without parentheses"));
      }
      inside = rest_.substr(1, close - 1);
      rest_.remove_prefix(close + 1);
    }
    for (const Type& type : kTypes) {
      if (type.name != name) continue;
      absl::StrAppend(&statement_,
                      absl::StrReplaceAll(engine_ == Engine::kSqlite ? type.sqlite : type.mysql,
                                          {{"{C}", collation_}, {"{N}", inside}}));
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError(absl::StrCat("unknown type ", name));
  }

  void EndStatement() {
    absl::StripAsciiWhitespace(&statement_);
    if (!statement_.empty()) statements_.push_back(std::move(statement_));
    statement_.clear();
  }

  const Engine engine_;
  const absl::string_view collation_;
  absl::string_view rest_;
  std::string statement_;
  std::vector<std::string> statements_;
};

// Where a schema stands: `step` statements of revision + 1 are done already.
struct Position {
  int revision = 0;
  int step = 0;
};

absl::StatusOr<Position> ReadPosition(Transaction& tx, absl::string_view schema) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query("SELECT revision, step FROM colloquy_schema WHERE name = ?", {schema}));
  if (rows.empty()) return Position();
  return Position{static_cast<int>(rows[0].Int64(0)), static_cast<int>(rows[0].Int64(1))};
}

absl::Status WritePosition(Transaction& tx, absl::string_view schema, Position position) {
  return tx.UpsertRows("colloquy_schema", {"name"}, {"name", "revision", "step"},
                       {{{schema, position.revision, position.step}}});
}

absl::Status CheckNumbers(const Schema& schema) {
  for (size_t i = 0; i < schema.migrations.size(); ++i) {
    if (schema.migrations[i].revision == static_cast<int>(i) + 1) continue;
    return absl::InternalError(
        absl::StrCat("The migrations of ", schema.name, " are not numbered from 1 without a gap."));
  }
  return absl::OkStatus();
}

absl::Status ApplyMigration(Transaction& tx, absl::string_view collation, const Schema& schema,
                            const Migration& migration, int first_step) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> statements,
                            RenderMigration(tx.engine(), collation, migration.sql));
  for (size_t i = first_step; i < statements.size(); ++i) {
    COLLOQUY_RETURN_IF_ERROR(tx.Execute(statements[i]).status());
    COLLOQUY_RETURN_IF_ERROR(
        WritePosition(tx, schema.name, {migration.revision - 1, static_cast<int>(i) + 1}));
    // DDL has committed itself already, so the record of it must not be lost with what follows.
    if (tx.engine() == Engine::kMysql) COLLOQUY_RETURN_IF_ERROR(tx.Execute("COMMIT").status());
  }
  return WritePosition(tx, schema.name, {migration.revision, 0});
}

absl::Status ApplySchema(Transaction& tx, absl::string_view collation, const Schema& schema) {
  COLLOQUY_RETURN_IF_ERROR(CheckNumbers(schema));
  COLLOQUY_ASSIGN_OR_RETURN(Position position, ReadPosition(tx, schema.name));
  const int newest = static_cast<int>(schema.migrations.size());
  if (position.revision > newest || (position.revision == newest && position.step > 0)) {
    return errors::FailedPrecondition(
        errors::ErrorReason::STATE_INVALID, absl::StrCat("schema ", schema.name),
        absl::StrCat("The database's schema ", schema.name, " is at revision ", position.revision,
                     "; this program knows ", newest,
                     ". It was used by a newer program: start that one."));
  }
  for (const Migration& migration : schema.migrations.subspan(position.revision)) {
    COLLOQUY_RETURN_IF_ERROR(ApplyMigration(tx, collation, schema, migration, position.step));
    position.step = 0;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> RenderMigration(Engine engine, absl::string_view collation,
                                                         absl::string_view sql) {
  return Renderer(engine, collation, sql).Render();
}

absl::Status ApplySchemas(Transaction& tx, absl::string_view collation,
                          absl::Span<const Schema> schemas) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> table,
                            RenderMigration(tx.engine(), collation, kRevisions));
  COLLOQUY_RETURN_IF_ERROR(tx.Execute(table[0]).status());
  for (const Schema& schema : schemas) {
    COLLOQUY_RETURN_IF_ERROR(ApplySchema(tx, collation, schema));
  }
  return absl::OkStatus();
}

absl::StatusOr<int> ReadRevision(Transaction& tx, absl::string_view schema) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows tables,
      tx.Query(
          tx.engine() == Engine::kSqlite
              ? "SELECT COUNT(*) FROM sqlite_master WHERE name = 'colloquy_schema'"
              : "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() "
                "AND table_name = 'colloquy_schema'"));
  if (tables[0].Int64(0) == 0) return 0;
  COLLOQUY_ASSIGN_OR_RETURN(const Position position, ReadPosition(tx, schema));
  return position.revision;
}

}  // namespace colloquy::db
