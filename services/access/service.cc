#include "services/access/service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"
#include "services/access/rules/rules.h"
#include "services/access/schema/schema.h"
#include "services/common/auth/api_key.h"
#include "services/common/auth/credentials.h"
#include "services/common/errors/errors.h"
#include "services/common/feed/schema/schema.h"
#include "services/common/resource/etags.h"
#include "services/common/resource/masks.h"
#include "services/common/resource/names.h"
#include "services/common/resource/request_ids.h"
#include "services/common/rpc/db_options.h"

namespace colloquy::access {
namespace {

using changes::v1::Change;
using google::protobuf::util::TimeUtil;
using resource::Uid;
using v1::ApiKey;
using v1::Organizer;
using v1::Partner;

constexpr absl::string_view kService = "/colloquy.access.v1.AccessService/";
constexpr absl::Duration kDefaultOverlap = absl::Hours(24);
constexpr absl::Duration kMaxOverlap = absl::Hours(24 * 30);
constexpr absl::string_view kRootId = "root";
constexpr absl::string_view kRootName = "apiKeys/root";

const resource::NamePattern& OrganizerPattern() {
  static const resource::NamePattern pattern("organizers/{organizer}");
  return pattern;
}
const resource::NamePattern& PartnerPattern() {
  static const resource::NamePattern pattern("organizers/{organizer}/partners/{partner}");
  return pattern;
}
const resource::NamePattern& KeyPattern() {
  static const resource::NamePattern pattern("organizers/{organizer}/apiKeys/{api_key}");
  return pattern;
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  return TimeUtil::MicrosecondsToTimestamp(absl::ToUnixMicros(time));
}

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixMicros(TimeUtil::TimestampToMicroseconds(time));
}

// "CreatePartner" of "/colloquy.access.v1.AccessService/CreatePartner".
std::string Cause(const rpc::CallContext& call) {
  return std::string(call.method().substr(call.method().rfind('/') + 1));
}

std::string View(const Uid& uid) { return std::string(uid.bytes()); }

std::string HashOf(absl::string_view secret) {
  const auth::Digest digest = auth::HashSecret(secret);
  return std::string(reinterpret_cast<const char*>(digest.data()), digest.size());
}

// The id that was asked for, or one made of the uid.
absl::StatusOr<std::string> IdFor(const std::string& wanted, absl::string_view field,
                                  const Uid& uid, char letter) {
  if (wanted.empty()) return uid.ToId(letter);
  COLLOQUY_RETURN_IF_ERROR(resource::ValidateId(wanted, field));
  return wanted;
}

template <typename Resource>
Resource Parse(const std::string& bytes) {
  Resource message;
  message.ParseFromString(bytes);
  return message;
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

v1::ApiKey::Role ToProto(auth::Role role) {
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

// The key as it may be shown: its state follows from the clock, its secret is not there.
ApiKey Show(const std::string& message, absl::Time now) {
  ApiKey key = Parse<ApiKey>(message);
  key.set_state(rules::StateOf(key, now));
  return key;
}

// A key's record in the feed; never with a secret.
feed::Record KeyRecord(Change::Kind kind, ApiKey key, absl::string_view actor,
                       absl::string_view cause, absl::Time now, absl::string_view old_state,
                       absl::string_view new_state) {
  key.clear_secret();
  return feed::MakeRecord(kind, key, actor, cause, now, old_state, new_state);
}

}  // namespace

// What tells organizers and partners apart.
template <>
struct AccessService::Kind<Organizer> {
  static constexpr absl::string_view kType = "colloquy/Organizer";
  static constexpr absl::string_view kField = "organizer";
  static const store::Table& table() { return store::Organizers(); }
  static std::string Name(absl::string_view organizer, absl::string_view) {
    return OrganizerPattern().Format({organizer});
  }
  static absl::Status Check(const Organizer& organizer) {
    return rules::CheckOrganizer(organizer, kField);
  }
};

template <>
struct AccessService::Kind<Partner> {
  static constexpr absl::string_view kType = "colloquy/Partner";
  static constexpr absl::string_view kField = "partner";
  static const store::Table& table() { return store::Partners(); }
  static std::string Name(absl::string_view organizer, absl::string_view id) {
    return PartnerPattern().Format({organizer, id});
  }
  static absl::Status Check(const Partner& partner) { return rules::CheckPartner(partner, kField); }
};

AccessService::AccessService(db::Database& db, feed::Feed& feed, const resource::PageTokens& tokens,
                             Options options)
    : db_(db), feed_(feed), tokens_(tokens), options_(std::move(options)) {}

template <typename Resource, typename Request>
absl::StatusOr<Resource> AccessService::Create(const Call& call, const Request& request,
                                               const std::string& organizer, const std::string& id,
                                               Resource resource) {
  resource::ClearOutputOnly(&resource);
  COLLOQUY_RETURN_IF_ERROR(Kind<Resource>::Check(resource));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::Once once,
                            resource::Once::Of(call.method(), call.caller().actor, request));
  const Uid uid = resource::NewUid();
  const absl::Time now = options_.now();
  resource.set_name(Kind<Resource>::Name(organizer, id));
  resource.set_uid(uid.ToUuid());
  resource.set_etag(resource::MakeEtag(uid, 1));
  *resource.mutable_create_time() = ToProto(now);
  *resource.mutable_update_time() = ToProto(now);

  Resource answer;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        answer = resource;
        COLLOQUY_ASSIGN_OR_RETURN(const bool answered, once.Replay(tx, answer));
        if (answered) return absl::OkStatus();
        COLLOQUY_ASSIGN_OR_RETURN(const std::optional<store::Stored> taken,
                                  store::Find(tx, Kind<Resource>::table(), organizer, id));
        if (taken.has_value()) return errors::AlreadyExists(Kind<Resource>::kType, resource.name());
        if (request.validate_only()) return absl::OkStatus();
        const absl::Status inserted = store::Insert(tx, Kind<Resource>::table(),
                                                    {.uid = uid,
                                                     .organizer = organizer,
                                                     .id = id,
                                                     .display_name = resource.display_name(),
                                                     .create_time = now,
                                                     .revision = 1,
                                                     .message = resource.SerializeAsString()});
        // Somebody else took the id since we looked.
        if (absl::IsAlreadyExists(inserted))
          return errors::AlreadyExists(Kind<Resource>::kType, resource.name());
        COLLOQUY_RETURN_IF_ERROR(inserted);
        COLLOQUY_RETURN_IF_ERROR(feed_.Append(
            tx,
            feed::MakeRecord(Change::CREATED, resource, call.caller().actor, Cause(call), now)));
        return once.Record(tx, resource, now);
      }));
  return answer;
}

template <typename Resource>
absl::StatusOr<Resource> AccessService::Get(const Call& call, const std::string& organizer,
                                            const std::string& id, const std::string& name) {
  Resource resource;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(const std::optional<store::Stored> row,
                              store::Find(tx, Kind<Resource>::table(), organizer, id));
    if (!row.has_value()) return errors::NotFound(Kind<Resource>::kType, name);
    resource = Parse<Resource>(row->message);
    return absl::OkStatus();
  }));
  return resource;
}

template <typename Resource, typename Request>
absl::StatusOr<Resource> AccessService::Update(const Call& call, const Request& request,
                                               const Resource& changed,
                                               const std::string& organizer,
                                               const std::string& id) {
  COLLOQUY_RETURN_IF_ERROR(resource::ValidateMask(request.update_mask(), *Resource::descriptor()));
  const absl::Time now = options_.now();
  Resource resource;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(std::optional<store::Stored> row,
                                  store::Find(tx, Kind<Resource>::table(), organizer, id));
        if (!row.has_value()) return errors::NotFound(Kind<Resource>::kType, changed.name());
        resource = Parse<Resource>(row->message);
        COLLOQUY_RETURN_IF_ERROR(
            resource::CheckEtag(changed.etag(), resource.etag(), changed.name()));
        COLLOQUY_RETURN_IF_ERROR(resource::ApplyUpdate(request.update_mask(), changed, &resource));
        COLLOQUY_RETURN_IF_ERROR(Kind<Resource>::Check(resource));
        ++row->revision;
        resource.set_etag(resource::MakeEtag(row->uid, row->revision));
        *resource.mutable_update_time() = ToProto(now);
        if (request.validate_only()) return absl::OkStatus();
        row->display_name = resource.display_name();
        row->message = resource.SerializeAsString();
        COLLOQUY_RETURN_IF_ERROR(store::Update(tx, Kind<Resource>::table(), *row));
        return feed_.Append(
            tx, feed::MakeRecord(Change::UPDATED, resource, call.caller().actor, Cause(call), now));
      }));
  return resource;
}

template <typename Request>
absl::StatusOr<std::pair<store::Page, std::string>> AccessService::ListPage(
    const Call& call, const Request& request, const store::Table& table,
    absl::string_view organizer) {
  COLLOQUY_ASSIGN_OR_RETURN(const int32_t size, resource::NormalizePageSize(request.page_size()));
  const std::string binding = resource::PageBinding(call.method(), call.caller().actor, request);
  COLLOQUY_ASSIGN_OR_RETURN(const resource::PagePosition after,
                            tokens_.Decode(request.page_token(), binding));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::SqlFragment filter,
                            resource::CompileFilter(request.filter(), *table.filters));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::OrderBy order,
                            resource::OrderBy::Parse(request.order_by(), store::Orders()));
  store::Page page;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(page, store::List(tx, table, organizer, filter, order, after, size));
    return absl::OkStatus();
  }));
  std::string next = page.next.empty() ? "" : tokens_.Encode(binding, page.next);
  return std::make_pair(std::move(page), std::move(next));
}

absl::StatusOr<Organizer> AccessService::CreateOrganizer(
    const Call& call, const v1::CreateOrganizerRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::string id,
                            IdFor(request.organizer_id(), "organizer_id", resource::NewUid(), 'o'));
  return Create(call, request, id, id, request.organizer());
}

absl::StatusOr<Organizer> AccessService::GetOrganizer(const Call& call,
                                                      const v1::GetOrganizerRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            OrganizerPattern().Parse(request.name(), "name"));
  return Get<Organizer>(call, ids[0], ids[0], request.name());
}

absl::StatusOr<v1::ListOrganizersResponse> AccessService::ListOrganizers(
    const Call& call, const v1::ListOrganizersRequest& request) {
  // An operator belongs to none and sees all.
  COLLOQUY_ASSIGN_OR_RETURN(auto page,
                            ListPage(call, request, store::Organizers(), call.caller().organizer));
  v1::ListOrganizersResponse response;
  for (const store::Stored& row : page.first.rows)
    *response.add_organizers() = Parse<Organizer>(row.message);
  response.set_next_page_token(page.second);
  return response;
}

absl::StatusOr<Organizer> AccessService::UpdateOrganizer(
    const Call& call, const v1::UpdateOrganizerRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            OrganizerPattern().Parse(request.organizer().name(), "organizer.name"));
  return Update(call, request, request.organizer(), ids[0], ids[0]);
}

absl::StatusOr<Partner> AccessService::CreatePartner(const Call& call,
                                                     const v1::CreatePartnerRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            OrganizerPattern().Parse(request.parent(), "parent"));
  COLLOQUY_ASSIGN_OR_RETURN(const std::string id,
                            IdFor(request.partner_id(), "partner_id", resource::NewUid(), 'p'));
  // A partner of an organizer that does not exist would be an orphan.
  COLLOQUY_RETURN_IF_ERROR(Get<Organizer>(call, ids[0], ids[0], request.parent()).status());
  return Create(call, request, ids[0], id, request.partner());
}

absl::StatusOr<Partner> AccessService::GetPartner(const Call& call,
                                                  const v1::GetPartnerRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            PartnerPattern().Parse(request.name(), "name"));
  return Get<Partner>(call, ids[0], ids[1], request.name());
}

absl::StatusOr<v1::ListPartnersResponse> AccessService::ListPartners(
    const Call& call, const v1::ListPartnersRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            OrganizerPattern().Parse(request.parent(), "parent"));
  COLLOQUY_ASSIGN_OR_RETURN(auto page, ListPage(call, request, store::Partners(), ids[0]));
  v1::ListPartnersResponse response;
  for (const store::Stored& row : page.first.rows)
    *response.add_partners() = Parse<Partner>(row.message);
  response.set_next_page_token(page.second);
  return response;
}

absl::StatusOr<Partner> AccessService::UpdatePartner(const Call& call,
                                                     const v1::UpdatePartnerRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            PartnerPattern().Parse(request.partner().name(), "partner.name"));
  return Update(call, request, request.partner(), ids[0], ids[1]);
}

absl::StatusOr<google::protobuf::Empty> AccessService::DeletePartner(
    const Call& call, const v1::DeletePartnerRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            PartnerPattern().Parse(request.name(), "name"));
  const absl::Time now = options_.now();
  std::vector<std::string> revoked;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        revoked.clear();
        COLLOQUY_ASSIGN_OR_RETURN(
            const std::optional<store::Stored> row,
            store::Find(tx, store::Partners(), ids[0], ids[1], store::Lock::kForUpdate));
        if (!row.has_value()) return errors::NotFound("colloquy/Partner", request.name());
        const Partner partner = Parse<Partner>(row->message);
        COLLOQUY_RETURN_IF_ERROR(
            resource::CheckEtag(request.etag(), partner.etag(), request.name()));
        COLLOQUY_ASSIGN_OR_RETURN(std::vector<store::StoredKey> keys,
                                  store::LiveKeys(tx, ids[0], ids[1]));
        if (!keys.empty() && !request.force()) {
          return errors::FailedPrecondition(
              errors::ErrorReason::RESOURCE_HAS_CHILDREN, request.name(),
              absl::StrCat(request.name(), " has ", keys.size(),
                           " live keys; revoke them first, or use force"),
              {{"resource", request.name()}});
        }
        if (request.validate_only()) return absl::OkStatus();
        std::vector<feed::Record> records;
        for (store::StoredKey& stored : keys) {
          ApiKey key = Show(stored.row.message, now);
          const std::string before = ApiKey::State_Name(key.state());
          *key.mutable_revoke_time() = ToProto(now);
          key.set_state(ApiKey::REVOKED);
          stored.secrets.revoke_time = now;
          ++stored.row.revision;
          key.set_etag(resource::MakeEtag(stored.row.uid, stored.row.revision));
          *key.mutable_update_time() = ToProto(now);
          stored.row.message = key.SerializeAsString();
          COLLOQUY_RETURN_IF_ERROR(store::UpdateKey(tx, stored));
          records.push_back(KeyRecord(Change::STATE_CHANGED, key, call.caller().actor, Cause(call),
                                      now, before, "REVOKED"));
          revoked.push_back(key.name());
        }
        COLLOQUY_RETURN_IF_ERROR(store::Delete(tx, store::Partners(), row->uid));
        records.push_back(
            feed::MakeRecord(Change::DELETED, partner, call.caller().actor, Cause(call), now));
        return feed_.Append(tx, records);
      }));
  for (const std::string& name : revoked) Forget(name);
  return Empty();
}

absl::StatusOr<ApiKey> AccessService::CreateApiKey(const Call& call,
                                                   const v1::CreateApiKeyRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            OrganizerPattern().Parse(request.parent(), "parent"));
  const Uid uid = resource::NewUid();
  COLLOQUY_ASSIGN_OR_RETURN(const std::string id,
                            IdFor(request.api_key_id(), "api_key_id", uid, 'k'));
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
                                          Cause(call), now, "", "ACTIVE"));
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

absl::StatusOr<v1::ListApiKeysResponse> AccessService::ListApiKeys(
    const Call& call, const v1::ListApiKeysRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            OrganizerPattern().Parse(request.parent(), "parent"));
  COLLOQUY_ASSIGN_OR_RETURN(auto page, ListPage(call, request, store::ApiKeys(), ids[0]));
  v1::ListApiKeysResponse response;
  for (const store::Stored& row : page.first.rows)
    *response.add_api_keys() = Show(row.message, options_.now());
  response.set_next_page_token(page.second);
  return response;
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
          return errors::IllegalTransition(name, ApiKey::State_Name(key.state()), Cause(call),
                                           "ACTIVE");
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
                          Cause(call), now, "ACTIVE", ApiKey::State_Name(key.state())));
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
  answer.set_role(ToProto(caller.role));
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

void AccessService::Mount(rpc::Service& table) {
  const auto unary =
      [&]<typename Request, typename Response>(
          absl::string_view method,
          absl::StatusOr<Response> (AccessService::*handler)(const Call&, const Request&)) {
        table.Unary<Request, Response>(method, rpc::Execution::kPool,
                                       [this, handler](const Call& call, const Request& request) {
                                         return (this->*handler)(call, request);
                                       });
      };
  unary("CreateOrganizer", &AccessService::CreateOrganizer);
  unary("GetOrganizer", &AccessService::GetOrganizer);
  unary("ListOrganizers", &AccessService::ListOrganizers);
  unary("UpdateOrganizer", &AccessService::UpdateOrganizer);
  unary("CreatePartner", &AccessService::CreatePartner);
  unary("GetPartner", &AccessService::GetPartner);
  unary("ListPartners", &AccessService::ListPartners);
  unary("UpdatePartner", &AccessService::UpdatePartner);
  unary("DeletePartner", &AccessService::DeletePartner);
  unary("CreateApiKey", &AccessService::CreateApiKey);
  unary("GetApiKey", &AccessService::GetApiKey);
  unary("ListApiKeys", &AccessService::ListApiKeys);
  unary("RotateApiKey", &AccessService::RotateApiKey);
  unary("RevokeApiKey", &AccessService::RevokeApiKey);
  unary("GetCaller", &AccessService::GetCaller);
  unary("ResolveCredential", &AccessService::ResolveCredential);
  feed_.Mount(table);
}

std::vector<auth::Permission> Permissions() {
  const auth::Roles inside = auth::kStaff | auth::kPartners;
  const auto method = [](absl::string_view name) { return absl::StrCat(kService, name); };
  return {
      {method("CreateOrganizer"), auth::kOperators},
      {method("GetOrganizer"), inside | auth::kServices, {"name"}},
      // Everybody sees their own only; the handler sees to that.
      {method("ListOrganizers"), inside},
      {method("UpdateOrganizer"), auth::kOwners, {"organizer.name"}},
      {method("CreatePartner"), auth::kManagers, {"parent"}},
      {method("GetPartner"), inside, {"name"}},
      {method("ListPartners"), auth::kStaff, {"parent"}},
      {method("UpdatePartner"), auth::kManagers, {"partner.name"}},
      {method("DeletePartner"), auth::kManagers, {"name"}},
      {method("CreateApiKey"), auth::kManagers, {"parent"}},
      {method("GetApiKey"), auth::kManagers, {"name"}},
      {method("ListApiKeys"), auth::kManagers, {"parent"}},
      {method("RotateApiKey"), auth::kManagers, {"name"}},
      {method("RevokeApiKey"), auth::kManagers, {"name"}},
      {method("GetCaller"), auth::kAnyone},
      {method("ResolveCredential"), auth::kServices},
      {method("ListChanges"), auth::kManagers, {"parent"}, auth::kOperators},
      {method("StreamChanges"),
       auth::kManagers | auth::kServices,
       {"parent"},
       auth::kOperators | auth::kServices},
  };
}

std::vector<db::Schema> Schemas() {
  return {schema::feed(), resource::RequestLogSchema(), schema::access()};
}

}  // namespace colloquy::access
