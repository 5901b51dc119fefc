// Idempotency (AIP-155): the answers to requests that carried a request_id, kept for 24 hours in
// the table request_log (schema/request_log.sql) and written in the transaction of their effect.
//
//   Once::Replay → true: answer with that · false: do the work, then Once::Record before COMMIT.
//
// Two calls with one id at the same time: the second one's Record breaks the primary key, its
// transaction is run again and then finds the first one's answer. Functions are thread-safe; a
// transaction belongs to one thread.
#ifndef COLLOQUY_SERVICES_COMMON_RESOURCE_REQUEST_IDS_H_
#define COLLOQUY_SERVICES_COMMON_RESOURCE_REQUEST_IDS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "google/protobuf/message.h"
#include "services/common/db/database.h"

namespace colloquy::resource {

inline constexpr absl::Duration kRequestIdLifetime = absl::Hours(24);

// One call, as the log knows it.
struct RequestKey {
  std::string caller;       // first 16 bytes of SHA-256 of the caller's actor
  std::string id;           // the 16 bytes of the UUID
  std::string fingerprint;  // SHA-256 of method and request, without request_id and validate_only
  std::string method;
};

// The key of a request whose `request_id` is `request_id`; nullopt if that is empty (the caller
// does not ask for idempotency). FIELD_INVALID for `request_id` if it is no UUID (RFC 9562, any
// version; the nil UUID is refused).
absl::StatusOr<std::optional<RequestKey>> MakeRequestKey(absl::string_view method,
                                                         absl::string_view actor,
                                                         absl::string_view request_id,
                                                         const google::protobuf::Message& request);

// What the log says about a key: OK with the recorded answer's bytes, OK with nullopt if the id is
// new, or REQUEST_ID_REUSED (INVALID_ARGUMENT) if it was used with another request.
using Replay = absl::StatusOr<std::optional<std::string>>;

struct RequestRecord {
  const RequestKey* key;
  std::string response;  // the serialized answer
};

const db::Schema& RequestLogSchema();

// Reads and writes the table `request_log` of the service's own database. Statuses that are not
// mentioned are the database's.
class RequestLog {
 public:
  static Replay Lookup(db::Transaction& tx, const RequestKey& key);
  // One query for some hundred keys; the answers are in the order of `keys`, REQUEST_ID_REUSED each
  // key's own. Two keys may be equal.
  static absl::StatusOr<std::vector<Replay>> LookupMany(db::Transaction& tx,
                                                        absl::Span<const RequestKey* const> keys);

  // db::RunAgain() if the key is there.
  static absl::Status Record(db::Transaction& tx, const RequestKey& key, absl::string_view response,
                             absl::Time now);
  // One statement for all, as far as the database's limits allow. Keys must differ from each other.
  static absl::Status RecordMany(db::Transaction& tx, absl::Span<const RequestRecord> records,
                                 absl::Time now);

  // Removes up to `limit` records made before `before`, oldest first; the number removed.
  static absl::StatusOr<int64_t> Purge(db::Transaction& tx, absl::Time before, int limit);
};

// What a call does once, however often it is sent. A call without a request id, and one that only
// validates, is neither replayed nor recorded.
class Once {
 public:
  // FIELD_INVALID for a `request_id` that MakeRequestKey refuses.
  template <class Request>
  static absl::StatusOr<Once> Of(absl::string_view method, absl::string_view actor,
                                 const Request& request) {
    return Of(method, actor, request.request_id(), request.validate_only(), request);
  }
  static absl::StatusOr<Once> Of(absl::string_view method, absl::string_view actor,
                                 absl::string_view request_id, bool validate_only,
                                 const google::protobuf::Message& request);

  // True, and the answer that was recorded, if the call was answered before; REQUEST_ID_REUSED if
  // another one was.
  absl::StatusOr<bool> Replay(db::Transaction& tx, google::protobuf::Message& answer) const;
  // Last in the transaction.
  absl::Status Record(db::Transaction& tx, const google::protobuf::Message& answer,
                      absl::Time now) const;

 private:
  std::optional<RequestKey> key_;
};

}  // namespace colloquy::resource

#endif  // COLLOQUY_SERVICES_COMMON_RESOURCE_REQUEST_IDS_H_
