#include <utility>

#include "colloquy/access/v1/access.grpc.pb.h"
#include "services/access/service.h"
#include "services/colloquyd/hosts.h"
#include "services/colloquyd/mounted.h"

namespace colloquy::colloquyd {
namespace {

class Access final : public AccessHost {
 public:
  Access(Storage& storage, std::function<void(absl::string_view)> forget)
      : base_(storage, DescriptorOf<access::v1::AccessService>()),
        service_(storage.db(), base_.feed, base_.tokens, {.forget = std::move(forget)}) {
    service_.Mount(base_.table);
  }

  std::vector<rpc::Service*> tables() override { return {&base_.table}; }
  std::vector<auth::Permission> permissions() const override { return access::Permissions(); }
  void Start() override { base_.feed.Start(); }
  void Stop() override { base_.feed.Stop(); }

  absl::StatusOr<std::optional<std::string>> EnsureRootKey() override {
    return access::EnsureRootKey(base_.storage.db(), base_.feed);
  }
  auth::CredentialSource source() override {
    return [this](absl::string_view credential, absl::Time deadline) {
      return service_.Resolve(credential, deadline);
    };
  }

 private:
  Mounted base_;
  access::AccessService service_;
};

}  // namespace

std::unique_ptr<AccessHost> HostAccess(Storage& storage,
                                       std::function<void(absl::string_view api_key)> forget) {
  return std::make_unique<Access>(storage, std::move(forget));
}

}  // namespace colloquy::colloquyd
