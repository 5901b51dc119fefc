// Who a call comes from: nobody in particular, another service of the installation, or an API key.
#ifndef COLLOQUY_SERVICES_COMMON_AUTH_AUTHENTICATOR_H_
#define COLLOQUY_SERVICES_COMMON_AUTH_AUTHENTICATOR_H_

#include <functional>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "services/common/auth/credentials.h"
#include "services/common/rpc/policy.h"

namespace colloquy::auth {

// Thread-safe. A malformed key is refused without a look-up, a peer known without one: only
// well-formed API keys reach the cache and the source behind it.
class Authenticator : public rpc::Authenticator {
 public:
  // `peer_secret` is the installation's (see NewPeerSecret); empty: no peer is known. Whoever holds
  // it may call itself any service.
  Authenticator(CredentialSource source, absl::string_view peer_secret,
                CredentialCache::Options options = {}, std::function<absl::Time()> now = absl::Now);

  // Anonymous for an empty credential; UNAUTHENTICATED, CREDENTIALS_INVALID for one that opens
  // nothing.
  std::optional<absl::StatusOr<CallerPtr>> TryCached(absl::string_view credential) override;
  absl::StatusOr<CallerPtr> Authenticate(absl::string_view credential,
                                         absl::Time deadline) override;

  // A key was revoked or rotated here: effective at once in this process.
  void Forget(absl::string_view api_key) { cache_.Forget(api_key); }

 private:
  // What can be told from the text alone; nullopt for a well-formed API key.
  std::optional<absl::StatusOr<CallerPtr>> WithoutLookUp(absl::string_view credential) const;

  const CallerPtr anonymous_ = std::make_shared<const Caller>();
  const std::optional<Digest> peer_secret_;
  CredentialCache cache_;
};

}  // namespace colloquy::auth

#endif  // COLLOQUY_SERVICES_COMMON_AUTH_AUTHENTICATOR_H_
