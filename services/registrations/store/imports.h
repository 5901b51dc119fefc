// The tables of imports of guest lists: messages to rows and back. Every function works inside the
// caller's transaction; errors are the transaction's.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_STORE_IMPORTS_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_STORE_IMPORTS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "colloquy/registrations/v1/invitations.pb.h"
#include "services/common/db/database.h"
#include "services/common/resource/ids.h"

namespace colloquy::registrations::store {

struct ImportRow {
  resource::Uid operation;
  resource::Uid event;
  std::string fingerprint;   // of list, columns and options
  bool done = false;         // ended or cancelled
  absl::Time resume_time;    // when it began or went on last
  int64_t resume_count = 0;  // records that were decided before that
  int64_t held = 0;          // people that a dry run would have reserved seats for
  v1::StartInvitationImportRequest request;
};

absl::Status InsertImport(db::Transaction& tx, const ImportRow& row);
// Writes what changes: done, the times it went on, and what a dry run holds.
absl::Status UpdateImport(db::Transaction& tx, const ImportRow& row);
absl::StatusOr<std::optional<ImportRow>> FindImport(db::Transaction& tx,
                                                    const resource::Uid& operation);
// The import of that list that is not done.
absl::StatusOr<std::optional<ImportRow>> FindUnfinishedImport(db::Transaction& tx,
                                                              const resource::Uid& event,
                                                              absl::string_view fingerprint);
// With its runs and addresses.
absl::Status DeleteImport(db::Transaction& tx, const resource::Uid& operation);

// A run of records that was decided.
struct ImportRun {
  std::string fingerprint;  // of its records
  v1::ImportInvitationsResponse response;
};
absl::StatusOr<std::optional<ImportRun>> FindRun(db::Transaction& tx,
                                                 const resource::Uid& operation,
                                                 int64_t first_record);
absl::Status InsertRun(db::Transaction& tx, const resource::Uid& operation, int64_t first_record,
                       const ImportRun& run);

// Addresses (folded) that an import met without writing an invitation, with the record that was
// first.
using AddressRecords = absl::flat_hash_map<std::string, int64_t>;
absl::StatusOr<AddressRecords> FindImportAddresses(db::Transaction& tx,
                                                   const resource::Uid& operation,
                                                   absl::Span<const std::string> email_keys);
absl::Status InsertImportAddresses(db::Transaction& tx, const resource::Uid& operation,
                                   const AddressRecords& addresses);

}  // namespace colloquy::registrations::store

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_STORE_IMPORTS_H_
