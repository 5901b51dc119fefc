// Each service's own database: an SQLite file in the data directory, or a MySQL schema.
#ifndef COLLOQUY_SERVICES_COLLOQUYD_STORAGE_H_
#define COLLOQUY_SERVICES_COLLOQUYD_STORAGE_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "services/colloquyd/options.h"
#include "services/common/db/database.h"
#include "services/common/telemetry/log.h"

namespace colloquy::colloquyd {

// Keeps other servers out of a data directory while it lives; the kernel lets go when the process
// ends, however it ends.
class DataDirectory {
 public:
  // Makes the directory, for this user only, if it is missing. ALREADY_EXISTS: another server uses
  // it.
  static absl::StatusOr<DataDirectory> Lock(const std::string& path);
  DataDirectory(DataDirectory&& other) noexcept;
  DataDirectory& operator=(DataDirectory&&) = delete;
  ~DataDirectory();

 private:
  explicit DataDirectory(int file) : file_(file) {}
  int file_;
};

// Thread-safe but for Prepare.
class Storage {
 public:
  // Opens what `service` stores in. Its directory is there. The log outlives the storage.
  static absl::StatusOr<std::unique_ptr<Storage>> Open(const Options& options,
                                                       absl::string_view service,
                                                       std::vector<db::Schema> schemas,
                                                       telemetry::Log* log);

  // Brings the schemas to their revisions and reads the shared secret. Tries again while the
  // database does not answer, until `patience` has passed or `give_up` says so; UNAVAILABLE then.
  absl::Status Prepare(absl::Duration patience, const std::function<bool(absl::Duration)>& give_up);

  // Whether the database answers and is at this program's revisions. Blocks for at most a second or
  // so.
  absl::Status Ready();

  db::Database& db() { return *db_; }
  // 32 random bytes that all replicas of the service share; they sign page tokens.
  const std::string& page_token_secret() const { return page_token_secret_; }

 private:
  Storage(std::unique_ptr<db::Database> db, std::string service, std::vector<db::Schema> schemas);
  absl::Status TryPrepare();

  const std::unique_ptr<db::Database> db_;
  const std::string service_;
  const std::vector<db::Schema> schemas_;
  std::string page_token_secret_;
};

}  // namespace colloquy::colloquyd

#endif  // COLLOQUY_SERVICES_COLLOQUYD_STORAGE_H_
