#include "services/common/resource/request_ids.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/digest.h"
#include "services/common/resource/ids.h"
#include "services/common/resource/schema/schema.h"

namespace colloquy::resource {
namespace {

constexpr size_t kCallerBytes = 16;
constexpr size_t kKeysPerStatement = 512;
constexpr absl::string_view kColumns[] = {"create_time", "request_key", "fingerprint", "method",
                                          "response"};

std::string ColumnKey(const RequestKey& key) { return absl::StrCat(key.caller, key.id); }

// `head` and an IN list of `keys`. The list is filled up to a power of two with its last key, so
// that few different statements are ever prepared.
struct KeyStatement {
  std::string sql;
  std::vector<db::Value> params;
};

KeyStatement WithKeys(absl::string_view head, absl::Span<const std::string> keys) {
  size_t size = 1;
  while (size < keys.size()) size *= 2;
  KeyStatement statement{absl::StrCat(head, " WHERE request_key IN (?"), {}};
  for (size_t i = 1; i < size; ++i) statement.sql += ", ?";
  statement.sql += ")";
  for (size_t i = 0; i < size; ++i)
    statement.params.push_back(db::Value::Blob(keys[std::min(i, keys.size() - 1)]));
  return statement;
}

// Calls `run` with one statement for each group of keys.
template <typename Run>
absl::Status ForKeys(absl::string_view head, absl::Span<const std::string> keys, Run run) {
  for (size_t begin = 0; begin < keys.size(); begin += kKeysPerStatement) {
    COLLOQUY_RETURN_IF_ERROR(run(WithKeys(head, keys.subspan(begin, kKeysPerStatement))));
  }
  return absl::OkStatus();
}

struct Recorded {
  std::string fingerprint;
  std::string response;
};

Replay Judge(const RequestKey& key, const Recorded& recorded) {
  if (recorded.fingerprint == key.fingerprint) return recorded.response;
  std::string uuid = Uid::FromBytes(key.id).value_or(Uid()).ToUuid();
  return errors::InvalidField("request_id",
                              "was used with a different request before; take a new UUID for each "
                              "request, and repeat a request unchanged",
                              errors::ErrorReason::REQUEST_ID_REUSED, {{"request_id", uuid}});
}

}  // namespace

absl::StatusOr<std::optional<RequestKey>> MakeRequestKey(absl::string_view method,
                                                         absl::string_view actor,
                                                         absl::string_view request_id,
                                                         const google::protobuf::Message& request) {
  if (request_id.empty()) return std::nullopt;
  std::optional<Uid> id = Uid::FromUuid(request_id);
  if (!id.has_value() || id->is_nil()) {
    return errors::InvalidField("request_id",
                                "must be a UUID such as 123e4567-e89b-12d3-a456-426614174000");
  }
  std::unique_ptr<google::protobuf::Message> effect(request.New());
  effect->CopyFrom(request);
  ClearFieldByName(effect.get(), "request_id");
  ClearFieldByName(effect.get(), "validate_only");
  RequestKey key;
  key.caller = Sha256(actor).substr(0, kCallerBytes);
  key.id = std::string(id->bytes());
  key.fingerprint =
      Sha256(absl::StrCat(method, absl::string_view("\0", 1), DeterministicBytes(*effect)));
  key.method = std::string(method);
  return key;
}

const db::Schema& RequestLogSchema() { return schema::RequestLogTables(); }

Replay RequestLog::Lookup(db::Transaction& tx, const RequestKey& key) {
  const RequestKey* keys[] = {&key};
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<Replay> replays, LookupMany(tx, keys));
  return std::move(replays[0]);
}

absl::StatusOr<std::vector<Replay>> RequestLog::LookupMany(
    db::Transaction& tx, absl::Span<const RequestKey* const> keys) {
  std::vector<std::string> column_keys;
  column_keys.reserve(keys.size());
  for (const RequestKey* key : keys) column_keys.push_back(ColumnKey(*key));
  absl::flat_hash_map<std::string, Recorded> found;
  COLLOQUY_RETURN_IF_ERROR(ForKeys(
      "SELECT request_key, fingerprint, response FROM request_log", column_keys,
      [&](const KeyStatement& statement) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(db::Rows rows, tx.Query(statement.sql, statement.params));
        for (db::Row row : rows) {
          found[std::string(row.Blob(0))] = {std::string(row.Blob(1)), std::string(row.Blob(2))};
        }
        return absl::OkStatus();
      }));
  std::vector<Replay> replays;
  replays.reserve(keys.size());
  for (size_t i = 0; i < keys.size(); ++i) {
    auto recorded = found.find(column_keys[i]);
    replays.push_back(recorded == found.end() ? Replay(std::nullopt)
                                              : Judge(*keys[i], recorded->second));
  }
  return replays;
}

absl::Status RequestLog::Record(db::Transaction& tx, const RequestKey& key,
                                absl::string_view response, absl::Time now) {
  RequestRecord record{&key, std::string(response)};
  return RecordMany(tx, absl::MakeConstSpan(&record, 1), now);
}

absl::Status RequestLog::RecordMany(db::Transaction& tx, absl::Span<const RequestRecord> records,
                                    absl::Time now) {
  if (records.empty()) return absl::OkStatus();
  std::vector<std::vector<db::Value>> rows;
  rows.reserve(records.size());
  for (const RequestRecord& record : records) {
    std::vector<db::Value> row;
    row.reserve(std::size(kColumns));
    row.push_back(now);
    row.push_back(db::Value::Blob(ColumnKey(*record.key)));
    row.push_back(db::Value::Blob(record.key->fingerprint));
    row.push_back(record.key->method);
    row.push_back(db::Value::Blob(record.response));
    rows.push_back(std::move(row));
  }
  const absl::Status status = tx.InsertRows("request_log", kColumns, rows);
  // Another replica answered the same request since it was looked up.
  return absl::IsAlreadyExists(status) ? db::RunAgain() : status;
}

absl::StatusOr<int64_t> RequestLog::Purge(db::Transaction& tx, absl::Time before, int limit) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query("SELECT id, create_time FROM request_log ORDER BY id LIMIT ?", {limit}));
  int64_t through = 0;
  for (const db::Row row : rows) {
    if (row.Time(1) >= before) break;
    through = row.Int64(0);
  }
  if (through == 0) return 0;
  // MySQL gives ids before COMMIT: a younger record may lie among them.
  return tx.Execute("DELETE FROM request_log WHERE id <= ? AND create_time < ?", {through, before});
}

absl::StatusOr<Once> Once::Of(absl::string_view method, absl::string_view actor,
                              absl::string_view request_id, bool validate_only,
                              const google::protobuf::Message& request) {
  Once once;
  COLLOQUY_ASSIGN_OR_RETURN(once.key_, MakeRequestKey(method, actor, request_id, request));
  if (validate_only) once.key_.reset();
  return once;
}

absl::StatusOr<bool> Once::Replay(db::Transaction& tx, google::protobuf::Message& answer) const {
  if (!key_.has_value()) return false;
  COLLOQUY_ASSIGN_OR_RETURN(const std::optional<std::string> earlier,
                            RequestLog::Lookup(tx, *key_));
  if (!earlier.has_value()) return false;
  if (!answer.ParseFromString(*earlier))
    return absl::DataLossError("a recorded answer cannot be read");
  return true;
}

absl::Status Once::Record(db::Transaction& tx, const google::protobuf::Message& answer,
                          absl::Time now) const {
  if (!key_.has_value()) return absl::OkStatus();
  return RequestLog::Record(tx, *key_, answer.SerializeAsString(), now);
}

}  // namespace colloquy::resource
