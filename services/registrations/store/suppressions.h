// Addresses that an organizer must not write to. Every function works inside the caller's
// transaction; errors are the transaction's.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_STORE_SUPPRESSIONS_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_STORE_SUPPRESSIONS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "colloquy/registrations/v1/mailings.pb.h"
#include "services/common/db/database.h"
#include "services/common/resource/filter_sql.h"
#include "services/common/resource/ids.h"

namespace colloquy::registrations::store {

struct SuppressionRow {
  resource::Uid uid;
  std::string organizer;  // id
  std::string email_key;
  std::string email;  // as it was given
  v1::Suppression::Source source = v1::Suppression::SOURCE_UNSPECIFIED;
  absl::Time create_time;
};

// Which of the addresses (folded) the organizer must not write to.
absl::StatusOr<absl::flat_hash_set<std::string>> SuppressedAddresses(
    db::Transaction& tx, absl::string_view organizer, absl::Span<const std::string> email_keys);

// True if it is new; an address that has one keeps it.
absl::StatusOr<bool> AddSuppression(db::Transaction& tx, const SuppressionRow& row);

// The one of an address (folded); nullopt if it has none.
absl::StatusOr<std::optional<SuppressionRow>> FindSuppression(db::Transaction& tx,
                                                              absl::string_view organizer,
                                                              absl::string_view email_key);
// One page, in the order in which they were made.
absl::StatusOr<std::vector<SuppressionRow>> ListSuppressions(db::Transaction& tx,
                                                             absl::string_view organizer,
                                                             const resource::SqlFragment& filter,
                                                             const resource::Uid& after, int limit);
const resource::FilterSchema& SuppressionFilters();
// By its uid; nullopt if it does not exist.
absl::StatusOr<std::optional<SuppressionRow>> FindSuppressionByUid(db::Transaction& tx,
                                                                   absl::string_view organizer,
                                                                   const resource::Uid& uid);
absl::Status DeleteSuppression(db::Transaction& tx, const SuppressionRow& row);

v1::Suppression ToSuppression(const SuppressionRow& row);

}  // namespace colloquy::registrations::store

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_STORE_SUPPRESSIONS_H_
