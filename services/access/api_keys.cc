// API keys: how they are made, changed and recognised.
#include <algorithm>
#include <optional>
#include <utility>

#include "services/access/parts.h"
#include "services/access/rules/rules.h"
#include "services/access/service.h"
#include "services/common/auth/api_key.h"
#include "services/common/auth/credentials.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/etags.h"
#include "services/common/resource/masks.h"
#include "services/common/rpc/db_options.h"

namespace colloquy::access {
namespace {

using changes::v1::Change;
using resource::Uid;
using v1::ApiKey;

constexpr absl::Duration kDefaultOverlap = absl::Hours(24);
constexpr absl::Duration kMaxOverlap = absl::Hours(24 * 30);
constexpr absl::string_view kRootId = "root";
constexpr absl::string_view kRootName = "apiKeys/root";

std::string View(const Uid& uid) { return std::string(uid.bytes()); }

std::string HashOf(absl::string_view secret) {
  const auth::Digest digest = auth::HashSecret(secret);
  return std::string(reinterpret_cast<const char*>(digest.data()), digest.size());
}

struct KeyName {
  std::string organizer;  // empty for the root key
  std::string id;
};

absl::StatusOr<KeyName> ParseKeyName(const std::string& name) {
  if (name == kRootName) return KeyName{"", std::string(kRootId)};
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids, KeyPattern().Parse(name, "name"));
  return KeyName{ids[0], ids[1]};
}

v1::ApiKey::Role RoleOf(auth::Role role) {
  switch (role) {
    case auth::Role::kOperator:
      return ApiKey::OPERATOR;
    case auth::Role::kOwner:
      return ApiKey::OWNER;
    case auth::Role::kManager:
      return ApiKey::MANAGER;
    case auth::Role::kModerator:
      return ApiKey::MODERATOR;
    case auth::Role::kDesk:
      return ApiKey::DESK;
    case auth::Role::kViewer:
      return ApiKey::VIEWER;
    case auth::Role::kPartner:
      return ApiKey::PARTNER;
    case auth::Role::kAnonymous:
    case auth::Role::kService:
      return ApiKey::ROLE_UNSPECIFIED;
  }
  return ApiKey::ROLE_UNSPECIFIED;
}

// A key with a new secret: as it is stored, and as it is answered this once.
struct NewKey {
  store::StoredKey stored;
  ApiKey answer;
};

NewKey MakeKey(ApiKey key, const std::string& organizer, const std::string& id, const Uid& uid,
               absl::Time now) {
  const std::string secret = auth::NewSecret();
  key.clear_secret();
  *key.mutable_create_time() = ToProto(now);
  *key.mutable_update_time() = ToProto(now);
  key.set_etag(resource::MakeEtag(uid, 1));
  NewKey made;
  made.stored.row = {.uid = uid,
                     .organizer = organizer,
                     .id = id,
                     .display_name = key.display_name(),
                     .create_time = now,
                     .revision = 1};
  made.stored.row.message = key.SerializeAsString();
  made.stored.secrets.role = key.role();
  made.stored.secrets.partner = key.partner().substr(key.partner().rfind('/') + 1);
  if (key.has_expire_time()) made.stored.secrets.expire_time = ToTime(key.expire_time());
  made.stored.secrets.secret_hash = HashOf(secret);
  made.answer = std::move(key);
  made.answer.set_state(ApiKey::ACTIVE);
  made.answer.set_secret(auth::FormatApiKey({.uid = View(uid), .secret = secret}));
  return made;
}

}  // namespace

absl::StatusOr<ApiKey> AccessService::CreateApiKey(const Call& call,
                                                   const v1::CreateApiKeyRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            OrganizerPattern().Parse(request.parent(), "parent"));
  const Uid uid = resource::NewUid();
  COLLOQUY_ASSIGN_OR_RETURN(const std::string id,
                            resource::IdFor(request.api_key_id(), "api_key_id", uid, 'k'));
  const absl::Time now = options_.now();
  ApiKey key = request.api_key();
  resource::ClearOutputOnly(&key);
  COLLOQUY_RETURN_IF_ERROR(rules::CheckApiKey(key, ids[0], now, "api_key"));
  if (!rules::MayManage(call.caller(), key.role())) return errors::PermissionDenied(call.method());
  key.set_name(KeyPattern().Format({ids[0], id}));
  NewKey made = MakeKey(std::move(key), ids[0], id, uid, now);

  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(const std::optional<store::Stored> organizer,
                                  store::Find(tx, store::Organizers(), ids[0], ids[0]));
        if (!organizer.has_value()) return errors::NotFound("colloquy/Organizer", request.parent());
        if (!made.answer.partner().empty()) {
          COLLOQUY_ASSIGN_OR_RETURN(
              const std::optional<store::Stored> partner,
              store::Find(tx, store::Partners(), ids[0], made.stored.secrets.partner,
                          store::Lock::kForUpdate));
          if (!partner.has_value())
            return errors::NotFound("colloquy/Partner", made.answer.partner());
        }
        COLLOQUY_ASSIGN_OR_RETURN(const std::optional<store::StoredKey> taken,
                                  store::FindKey(tx, ids[0], id));
        if (taken.has_value()) return errors::AlreadyExists("colloquy/ApiKey", made.answer.name());
        if (request.validate_only()) return absl::OkStatus();
        const absl::Status inserted = store::InsertKey(tx, made.stored);
        if (absl::IsAlreadyExists(inserted))
          return errors::AlreadyExists("colloquy/ApiKey", made.answer.name());
        COLLOQUY_RETURN_IF_ERROR(inserted);
        return feed_.Append(tx, KeyRecord(Change::CREATED, made.answer, call.caller().actor,
                                          call.method_name(), now, "", "ACTIVE"));
      }));
  // A secret that was never stored would open nothing.
  if (request.validate_only()) made.answer.clear_secret();
  return made.answer;
}

absl::StatusOr<ApiKey> AccessService::GetApiKey(const Call& call,
                                                const v1::GetApiKeyRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const KeyName name, ParseKeyName(request.name()));
  if (name.organizer.empty() && call.caller().role != auth::Role::kOperator)
    return errors::PermissionDenied(call.method());
  ApiKey key;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(const std::optional<store::Stored> row,
                              store::Find(tx, store::ApiKeys(), name.organizer, name.id));
    if (!row.has_value()) return errors::NotFound("colloquy/ApiKey", request.name());
    key = Show(row->message, options_.now());
    return absl::OkStatus();
  }));
  return key;
}

absl::StatusOr<ApiKey> AccessService::ChangeKey(
    const Call& call, const std::string& name, const std::string& etag, bool validate_only,
    const std::function<absl::Status(store::StoredKey&, ApiKey&)>& change) {
  COLLOQUY_ASSIGN_OR_RETURN(const KeyName parts, ParseKeyName(name));
  if (parts.organizer.empty() && call.caller().role != auth::Role::kOperator)
    return errors::PermissionDenied(call.method());
  const absl::Time now = options_.now();
  ApiKey key;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(std::optional<store::StoredKey> stored,
                                  store::FindKey(tx, parts.organizer, parts.id));
        if (!stored.has_value()) return errors::NotFound("colloquy/ApiKey", name);
        if (!rules::MayManage(call.caller(), stored->secrets.role))
          return errors::PermissionDenied(call.method());
        key = Show(stored->row.message, now);
        COLLOQUY_RETURN_IF_ERROR(resource::CheckEtag(etag, key.etag(), name));
        if (key.state() != ApiKey::ACTIVE) {
          return errors::IllegalTransition(name, ApiKey::State_Name(key.state()),
                                           call.method_name(), "ACTIVE");
        }
        COLLOQUY_RETURN_IF_ERROR(change(*stored, key));
        ++stored->row.revision;
        key.set_etag(resource::MakeEtag(stored->row.uid, stored->row.revision));
        *key.mutable_update_time() = ToProto(now);
        key.set_state(rules::StateOf(key, now));
        if (validate_only) return absl::OkStatus();
        ApiKey kept = key;
        kept.clear_secret();
        stored->row.message = kept.SerializeAsString();
        COLLOQUY_RETURN_IF_ERROR(store::UpdateKey(tx, *stored));
        const bool ended = key.state() != ApiKey::ACTIVE;
        return feed_.Append(
            tx, KeyRecord(ended ? Change::STATE_CHANGED : Change::UPDATED, key, call.caller().actor,
                          call.method_name(), now, "ACTIVE", ApiKey::State_Name(key.state())));
      }));
  if (validate_only) key.clear_secret();
  if (!validate_only) Forget(name);
  return key;
}

absl::StatusOr<ApiKey> AccessService::RotateApiKey(const Call& call,
                                                   const v1::RotateApiKeyRequest& request) {
  absl::Duration overlap = kDefaultOverlap;
  // absl saturates where a conversion to an integer would overflow.
  if (request.has_overlap()) {
    overlap =
        absl::Seconds(request.overlap().seconds()) + absl::Nanoseconds(request.overlap().nanos());
  }
  if (overlap < absl::ZeroDuration() || overlap > kMaxOverlap) {
    return errors::InvalidField("overlap", "must be between 0 s and 30 days");
  }
  const absl::Time until = options_.now() + overlap;
  return ChangeKey(
      call, request.name(), request.etag(), request.validate_only(),
      [&](store::StoredKey& stored, ApiKey& key) {
        const std::string secret = auth::NewSecret();
        stored.secrets.previous_hash = std::move(stored.secrets.secret_hash);
        stored.secrets.previous_expire_time = until;
        stored.secrets.secret_hash = HashOf(secret);
        *key.mutable_previous_secret_expire_time() = ToProto(until);
        key.set_secret(auth::FormatApiKey({.uid = View(stored.row.uid), .secret = secret}));
        return absl::OkStatus();
      });
}

absl::StatusOr<ApiKey> AccessService::RevokeApiKey(const Call& call,
                                                   const v1::RevokeApiKeyRequest& request) {
  if (request.name() == kRootName) {
    return errors::InvalidField("name",
                                "is the root key, which can only be rotated: without it nobody "
                                "could operate this installation");
  }
  const absl::Time now = options_.now();
  return ChangeKey(call, request.name(), request.etag(), request.validate_only(),
                   [&](store::StoredKey& stored, ApiKey& key) {
                     stored.secrets.revoke_time = now;
                     *key.mutable_revoke_time() = ToProto(now);
                     return absl::OkStatus();
                   });
}

absl::StatusOr<v1::Caller> AccessService::GetCaller(const Call& call, const v1::GetCallerRequest&) {
  const auth::Caller& caller = call.caller();
  v1::Caller answer;
  answer.set_role(RoleOf(caller.role));
  if (answer.role() == ApiKey::ROLE_UNSPECIFIED) return answer;
  answer.set_api_key(caller.actor);
  if (!caller.organizer.empty())
    answer.set_organizer(OrganizerPattern().Format({caller.organizer}));
  if (!caller.partner.empty())
    answer.set_partner(PartnerPattern().Format({caller.organizer, caller.partner}));
  v1::GetApiKeyRequest get;
  get.set_name(caller.actor);
  COLLOQUY_ASSIGN_OR_RETURN(const KeyName name, ParseKeyName(get.name()));
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(const std::optional<store::Stored> row,
                              store::Find(tx, store::ApiKeys(), name.organizer, name.id));
    if (!row.has_value()) return absl::OkStatus();
    const ApiKey key = Parse<ApiKey>(row->message);
    if (key.has_expire_time()) *answer.mutable_expire_time() = key.expire_time();
    return absl::OkStatus();
  }));
  return answer;
}

absl::StatusOr<v1::Caller> AccessService::Resolve(absl::string_view credential,
                                                  absl::Time deadline) {
  const std::optional<auth::ApiKeyCredential> parsed = auth::ParseApiKey(credential);
  if (!parsed.has_value()) return auth::InvalidCredentials();
  const std::optional<Uid> uid = Uid::FromBytes(parsed->uid);
  std::optional<store::StoredKey> stored;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Read({.deadline = deadline, .one_query = true}, [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(stored, store::FindKey(tx, *uid));
        return absl::OkStatus();
      }));
  if (!stored.has_value()) return auth::InvalidCredentials();
  const absl::Time now = options_.now();
  const store::Secrets& secrets = stored->secrets;
  const auth::Digest digest = auth::HashSecret(parsed->secret);
  const bool current = auth::ConstantTimeEquals(digest, secrets.secret_hash);
  const bool previous =
      now < secrets.previous_expire_time && auth::ConstantTimeEquals(digest, secrets.previous_hash);
  const ApiKey key = Show(stored->row.message, now);
  if (!(current || previous) || key.state() != ApiKey::ACTIVE) return auth::InvalidCredentials();

  v1::Caller caller;
  caller.set_role(key.role());
  caller.set_api_key(key.name());
  if (!stored->row.organizer.empty())
    caller.set_organizer(OrganizerPattern().Format({stored->row.organizer}));
  caller.set_partner(key.partner());
  // Whoever caches this must not honour the old secret beyond its time.
  absl::Time expire = secrets.expire_time.value_or(absl::InfiniteFuture());
  if (!current) expire = std::min(expire, secrets.previous_expire_time);
  if (expire != absl::InfiniteFuture()) *caller.mutable_expire_time() = ToProto(expire);
  return caller;
}

absl::StatusOr<v1::ResolveCredentialResponse> AccessService::ResolveCredential(
    const Call& call, const v1::ResolveCredentialRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(v1::Caller caller, Resolve(request.credential(), call.deadline()));
  v1::ResolveCredentialResponse response;
  *response.mutable_caller() = std::move(caller);
  return response;
}

void AccessService::Forget(const std::string& api_key) const {
  if (options_.forget) options_.forget(api_key);
}

absl::StatusOr<std::optional<std::string>> EnsureRootKey(db::Database& db, feed::Feed& feed) {
  const absl::Time now = absl::Now();
  std::optional<std::string> secret;
  COLLOQUY_RETURN_IF_ERROR(
      db.Write({.deadline = now + absl::Seconds(30)}, [&](db::Transaction& tx) -> absl::Status {
        secret.reset();
        COLLOQUY_ASSIGN_OR_RETURN(const std::optional<store::StoredKey> root,
                                  store::FindKey(tx, "", kRootId));
        if (root.has_value()) return absl::OkStatus();
        ApiKey key;
        key.set_name(std::string(kRootName));
        key.set_display_name("Root key of this installation");
        key.set_role(ApiKey::OPERATOR);
        const NewKey made =
            MakeKey(std::move(key), "", std::string(kRootId), resource::NewUid(), now);
        const absl::Status inserted = store::InsertKey(tx, made.stored);
        // Another server of the installation made it at the same moment, and showed it.
        if (absl::IsAlreadyExists(inserted)) return db::RunAgain();
        COLLOQUY_RETURN_IF_ERROR(inserted);
        secret = made.answer.secret();
        return feed.Append(tx, KeyRecord(Change::CREATED, made.answer, "services/access",
                                         "EnsureRootKey", now, "", "ACTIVE"));
      }));
  return secret;
}

}  // namespace colloquy::access
