#include "services/access/service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/access/parts.h"
#include "services/access/rules/rules.h"
#include "services/access/schema/schema.h"
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
using resource::Uid;
using v1::ApiKey;
using v1::Organizer;
using v1::Partner;

constexpr absl::string_view kService = "/colloquy.access.v1.AccessService/";

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
        COLLOQUY_RETURN_IF_ERROR(
            feed_.Append(tx, feed::MakeRecord(Change::CREATED, resource, call.caller().actor,
                                              call.method_name(), now)));
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
        return feed_.Append(tx, feed::MakeRecord(Change::UPDATED, resource, call.caller().actor,
                                                 call.method_name(), now));
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
  COLLOQUY_ASSIGN_OR_RETURN(
      const std::string id,
      resource::IdFor(request.organizer_id(), "organizer_id", resource::NewUid(), 'o'));
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
  COLLOQUY_ASSIGN_OR_RETURN(
      const std::string id,
      resource::IdFor(request.partner_id(), "partner_id", resource::NewUid(), 'p'));
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
          records.push_back(KeyRecord(Change::STATE_CHANGED, key, call.caller().actor,
                                      call.method_name(), now, before, "REVOKED"));
          revoked.push_back(key.name());
        }
        COLLOQUY_RETURN_IF_ERROR(store::Delete(tx, store::Partners(), row->uid));
        records.push_back(feed::MakeRecord(Change::DELETED, partner, call.caller().actor,
                                           call.method_name(), now));
        return feed_.Append(tx, records);
      }));
  for (const std::string& name : revoked) Forget(name);
  return Empty();
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
