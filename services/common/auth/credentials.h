// From a credential to the caller behind it: the sources that know, and the cache in front of them.
#ifndef COLLOQUY_SERVICES_COMMON_AUTH_CREDENTIALS_H_
#define COLLOQUY_SERVICES_COMMON_AUTH_CREDENTIALS_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "colloquy/access/v1/access.grpc.pb.h"
#include "services/common/auth/api_key.h"
#include "services/common/auth/caller.h"
#include "services/common/rpc/policy.h"

namespace colloquy::auth {

using rpc::CallerPtr;

// Looks an API key up; may block until the deadline. UNAUTHENTICATED (CREDENTIALS_INVALID) for a
// key that opens nothing; any other error means that the source could not tell. Thread-safe.
using CredentialSource = std::function<absl::StatusOr<access::v1::Caller>(
    absl::string_view credential, absl::Time deadline)>;

// Asks the access service over gRPC, as `service` with the installation's peer secret. When it
// cannot be asked: UNAVAILABLE, PEER_UNAVAILABLE with RetryInfo.
CredentialSource RemoteCredentialSource(
    std::shared_ptr<access::v1::AccessService::StubInterface> access, absl::string_view service,
    absl::string_view peer_secret);

// The caller a message of the contract describes; an unknown role becomes anonymous, who may do
// least.
Caller FromProto(const access::v1::Caller& message);

// UNAUTHENTICATED, CREDENTIALS_INVALID. The same for every cause, so that it helps no guessing.
absl::Status InvalidCredentials();

// Resolved credentials by the SHA-256 of their text, so that a memory dump shows no secret. Refused
// ones are kept apart and more briefly: guessing neither asks the source again and again nor pushes
// good entries out. Thread-safe.
class CredentialCache {
 public:
  struct Options {
    // At most 30 s: the contract promises that a revoked key is refused everywhere by then.
    absl::Duration lifetime = absl::Seconds(25);
    // From this age on one call asks the source while the others still use the cached answer, so a
    // busy key never makes its callers wait. If the source is away the answer lasts its lifetime.
    absl::Duration refresh_after = absl::Seconds(15);
    absl::Duration refused_lifetime = absl::Seconds(3);
    size_t max_entries = 20000;  // of each kind, some 300 bytes each
  };

  CredentialCache(CredentialSource source, Options options,
                  std::function<absl::Time()> now = absl::Now);

  // The answer at hand, without blocking; nullopt if the source has to be asked, by Resolve.
  std::optional<absl::StatusOr<CallerPtr>> Peek(absl::string_view credential) const;

  // Asks the source if need be: once, however many callers come with the same credential meanwhile.
  // They wait for its answer until their deadline (DEADLINE_EXCEEDED). A key's own expiry is
  // honoured to the moment, cached or not.
  absl::StatusOr<CallerPtr> Resolve(absl::string_view credential, absl::Time deadline);

  // Forgets a key, by its resource name: it was revoked or rotated in this process. An answer that
  // is being looked up meanwhile is not kept.
  void Forget(absl::string_view api_key);

  size_t size() const;

 private:
  using Answer = absl::StatusOr<CallerPtr>;
  struct Entry {
    Answer answer;
    absl::Time refresh_at;
    absl::Time valid_until;
    std::atomic<bool> refreshing{false};
  };
  using EntryPtr = std::shared_ptr<Entry>;
  struct Flight {
    bool done = false;
    Answer answer = absl::UnknownError("not asked yet");
  };
  // `order`: as they were made, which is near enough the order in which they end.
  struct Store {
    absl::flat_hash_map<Digest, EntryPtr> entries;
    std::deque<Digest> order;
  };

  EntryPtr Ask(absl::string_view credential) const;
  EntryPtr FindLive(const Digest& digest, absl::Time now) const ABSL_SHARED_LOCKS_REQUIRED(mu_);
  void Keep(Store& store, const Digest& digest, EntryPtr entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const CredentialSource source_;
  const Options options_;
  const std::function<absl::Time()> now_;

  mutable absl::Mutex mu_;
  Store good_ ABSL_GUARDED_BY(mu_);
  Store refused_ ABSL_GUARDED_BY(mu_);
  absl::flat_hash_map<Digest, std::shared_ptr<Flight>> flights_ ABSL_GUARDED_BY(mu_);
  int64_t forgotten_ ABSL_GUARDED_BY(mu_) = 0;  // how often Forget was called
};

}  // namespace colloquy::auth

#endif  // COLLOQUY_SERVICES_COMMON_AUTH_CREDENTIALS_H_
