#include "services/common/auth/authenticator.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/auth/api_key.h"

namespace colloquy::auth {

Authenticator::Authenticator(CredentialSource source, absl::string_view peer_secret,
                             CredentialCache::Options options, std::function<absl::Time()> now)
    : peer_secret_(peer_secret.empty() ? std::nullopt
                                       : std::make_optional(HashSecret(peer_secret))),
      cache_(std::move(source), options, std::move(now)) {}

std::optional<absl::StatusOr<CallerPtr>> Authenticator::WithoutLookUp(
    absl::string_view credential) const {
  if (credential.empty()) return anonymous_;
  if (const std::optional<PeerCredential> peer = ParsePeerCredential(credential)) {
    if (!peer_secret_ || !ConstantTimeEquals(*peer_secret_, HashSecret(peer->secret))) {
      return InvalidCredentials();
    }
    Caller caller;
    caller.role = Role::kService;
    caller.actor = absl::StrCat("services/", peer->service);
    return std::make_shared<const Caller>(std::move(caller));
  }
  if (!ParseApiKey(credential)) return InvalidCredentials();
  return std::nullopt;
}

std::optional<absl::StatusOr<CallerPtr>> Authenticator::TryCached(absl::string_view credential) {
  auto known = WithoutLookUp(credential);
  return known ? known : cache_.Peek(credential);
}

absl::StatusOr<CallerPtr> Authenticator::Authenticate(absl::string_view credential,
                                                      absl::Time deadline) {
  if (auto known = WithoutLookUp(credential)) return *known;
  return cache_.Resolve(credential, deadline);
}

}  // namespace colloquy::auth
