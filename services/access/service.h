// colloquy.access.v1.AccessService: one function an RPC.
#ifndef COLLOQUY_SERVICES_ACCESS_SERVICE_H_
#define COLLOQUY_SERVICES_ACCESS_SERVICE_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "colloquy/access/v1/access.pb.h"
#include "google/protobuf/empty.pb.h"
#include "services/access/store/store.h"
#include "services/common/auth/permissions.h"
#include "services/common/db/database.h"
#include "services/common/feed/feed.h"
#include "services/common/resource/page_token.h"
#include "services/common/rpc/service.h"

namespace colloquy::access {

// Who may call what, for the server's table.
std::vector<auth::Permission> Permissions();

// The tables, for db.Migrate.
std::vector<db::Schema> Schemas();

// Makes the root key (`apiKeys/root`) if there is none yet. Its secret is answered once, then, and
// never again.
absl::StatusOr<std::optional<std::string>> EnsureRootKey(db::Database& db, feed::Feed& feed);

// Handlers are thread-safe and may be called without gRPC.
class AccessService {
 public:
  struct Options {
    std::function<absl::Time()> now = absl::Now;
    // Called with a key's name when it was revoked or rotated here: caches forget it. May be empty.
    std::function<void(absl::string_view api_key)> forget;
  };

  // All must outlive the service. `db` is migrated.
  AccessService(db::Database& db, feed::Feed& feed, const resource::PageTokens& tokens,
                Options options);

  void Mount(rpc::Service& table);

  // Finds the caller behind an API key; UNAUTHENTICATED (CREDENTIALS_INVALID) for one that opens
  // nothing. The auth::CredentialSource of the process that hosts this service.
  absl::StatusOr<v1::Caller> Resolve(absl::string_view credential, absl::Time deadline);

  using Call = rpc::CallContext;
  using Empty = google::protobuf::Empty;
  absl::StatusOr<v1::Organizer> CreateOrganizer(const Call& call,
                                                const v1::CreateOrganizerRequest& request);
  absl::StatusOr<v1::Organizer> GetOrganizer(const Call& call,
                                             const v1::GetOrganizerRequest& request);
  absl::StatusOr<v1::ListOrganizersResponse> ListOrganizers(
      const Call& call, const v1::ListOrganizersRequest& request);
  absl::StatusOr<v1::Organizer> UpdateOrganizer(const Call& call,
                                                const v1::UpdateOrganizerRequest& request);
  absl::StatusOr<v1::Partner> CreatePartner(const Call& call,
                                            const v1::CreatePartnerRequest& request);
  absl::StatusOr<v1::Partner> GetPartner(const Call& call, const v1::GetPartnerRequest& request);
  absl::StatusOr<v1::ListPartnersResponse> ListPartners(const Call& call,
                                                        const v1::ListPartnersRequest& request);
  absl::StatusOr<v1::Partner> UpdatePartner(const Call& call,
                                            const v1::UpdatePartnerRequest& request);
  absl::StatusOr<Empty> DeletePartner(const Call& call, const v1::DeletePartnerRequest& request);
  absl::StatusOr<v1::ApiKey> CreateApiKey(const Call& call, const v1::CreateApiKeyRequest& request);
  absl::StatusOr<v1::ApiKey> GetApiKey(const Call& call, const v1::GetApiKeyRequest& request);
  absl::StatusOr<v1::ListApiKeysResponse> ListApiKeys(const Call& call,
                                                      const v1::ListApiKeysRequest& request);
  absl::StatusOr<v1::ApiKey> RotateApiKey(const Call& call, const v1::RotateApiKeyRequest& request);
  absl::StatusOr<v1::ApiKey> RevokeApiKey(const Call& call, const v1::RevokeApiKeyRequest& request);
  absl::StatusOr<v1::Caller> GetCaller(const Call& call, const v1::GetCallerRequest& request);
  absl::StatusOr<v1::ResolveCredentialResponse> ResolveCredential(
      const Call& call, const v1::ResolveCredentialRequest& request);

 private:
  // What the kinds of resources have in common; see service.cc.
  template <typename Resource>
  struct Kind;
  template <typename Resource, typename Request>
  absl::StatusOr<Resource> Create(const Call& call, const Request& request,
                                  const std::string& organizer, const std::string& id,
                                  Resource resource);
  template <typename Resource>
  absl::StatusOr<Resource> Get(const Call& call, const std::string& organizer,
                               const std::string& id, const std::string& name);
  template <typename Resource, typename Request>
  absl::StatusOr<Resource> Update(const Call& call, const Request& request, const Resource& changed,
                                  const std::string& organizer, const std::string& id);
  template <typename Request>
  absl::StatusOr<std::pair<store::Page, std::string>> ListPage(const Call& call,
                                                               const Request& request,
                                                               const store::Table& table,
                                                               absl::string_view organizer);
  // Reads a key, checks etag and rights, lets `change` work on it, stores it.
  absl::StatusOr<v1::ApiKey> ChangeKey(
      const Call& call, const std::string& name, const std::string& etag, bool validate_only,
      const std::function<absl::Status(store::StoredKey&, v1::ApiKey&)>& change);
  void Forget(const std::string& api_key) const;

  db::Database& db_;
  feed::Feed& feed_;
  const resource::PageTokens& tokens_;
  const Options options_;
};

}  // namespace colloquy::access

#endif  // COLLOQUY_SERVICES_ACCESS_SERVICE_H_
