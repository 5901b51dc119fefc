// Migrations as both drivers apply them; README.md has the dialect.
#ifndef COLLOQUY_SERVICES_COMMON_DB_MIGRATIONS_H_
#define COLLOQUY_SERVICES_COMMON_DB_MIGRATIONS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "services/common/db/database.h"

namespace colloquy::db {

// The statements of a migration, comments removed and $TYPES replaced. `collation` is MySQL's for
// text, one that compares bytes. INVALID_ARGUMENT names an unknown $TYPE or an open quote.
absl::StatusOr<std::vector<std::string>> RenderMigration(Engine engine, absl::string_view collation,
                                                         absl::string_view sql);

// Brings every schema to its newest revision. The caller holds a lock against other servers. Where
// DDL commits by itself (MySQL), each step is recorded, so an interrupted migration goes on where
// it stopped.
absl::Status ApplySchemas(Transaction& tx, absl::string_view collation,
                          absl::Span<const Schema> schemas);

// Revision of one schema, 0 when there is none.
absl::StatusOr<int> ReadRevision(Transaction& tx, absl::string_view schema);

}  // namespace colloquy::db

#endif  // COLLOQUY_SERVICES_COMMON_DB_MIGRATIONS_H_
