#include "services/common/auth/credentials.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/client_context.h"
#include "services/common/errors/errors.h"

namespace colloquy::auth {
namespace {

using errors::ErrorReason;

// A look-up that takes longer than this is better repeated by the caller.
constexpr absl::Duration kMaxAsk = absl::Seconds(5);
constexpr absl::Duration kRetryAfter = absl::Seconds(1);

Role RoleOf(access::v1::ApiKey::Role role) {
  switch (role) {
    case access::v1::ApiKey::OPERATOR:
      return Role::kOperator;
    case access::v1::ApiKey::OWNER:
      return Role::kOwner;
    case access::v1::ApiKey::MANAGER:
      return Role::kManager;
    case access::v1::ApiKey::MODERATOR:
      return Role::kModerator;
    case access::v1::ApiKey::DESK:
      return Role::kDesk;
    case access::v1::ApiKey::VIEWER:
      return Role::kViewer;
    case access::v1::ApiKey::PARTNER:
      return Role::kPartner;
    default:
      return Role::kAnonymous;
  }
}

// "acme" of "organizers/acme", "portal" of "organizers/acme/partners/portal".
std::string LastSegment(absl::string_view name) {
  return std::string(name.substr(name.rfind('/') + 1));
}

absl::Status PeerAway() {
  return errors::Retryable(absl::StatusCode::kUnavailable, ErrorReason::PEER_UNAVAILABLE,
                           "The access service cannot be reached to check the credential.",
                           kRetryAfter, {{"service", "access"}});
}

absl::Time ExpiryOf(const access::v1::Caller& caller) {
  if (!caller.has_expire_time()) return absl::InfiniteFuture();
  return absl::FromUnixSeconds(caller.expire_time().seconds()) +
         absl::Nanoseconds(caller.expire_time().nanos());
}

}  // namespace

Caller FromProto(const access::v1::Caller& message) {
  Caller caller;
  caller.role = RoleOf(message.role());
  if (caller.role == Role::kAnonymous) return caller;
  caller.organizer = LastSegment(message.organizer());
  caller.partner = LastSegment(message.partner());
  caller.actor = message.api_key();
  return caller;
}

absl::Status InvalidCredentials() {
  return errors::Make(absl::StatusCode::kUnauthenticated, ErrorReason::CREDENTIALS_INVALID,
                      "The credential is not valid.");
}

CredentialSource RemoteCredentialSource(
    std::shared_ptr<access::v1::AccessService::StubInterface> access, absl::string_view service,
    absl::string_view peer_secret) {
  const std::string authorization =
      absl::StrCat("Bearer ", FormatPeerCredential(service, peer_secret));
  return
      [access = std::move(access), authorization](
          absl::string_view credential, absl::Time deadline) -> absl::StatusOr<access::v1::Caller> {
        grpc::ClientContext context;
        context.AddMetadata("authorization", authorization);
        context.set_deadline(absl::ToChronoTime(deadline));
        access::v1::ResolveCredentialRequest request;
        request.set_credential(std::string(credential));
        access::v1::ResolveCredentialResponse response;
        const grpc::Status status = access->ResolveCredential(&context, request, &response);
        if (status.ok()) return std::move(*response.mutable_caller());
        // It could also mean that our own peer secret is wrong; either way nobody gets in.
        if (status.error_code() == grpc::StatusCode::UNAUTHENTICATED) return InvalidCredentials();
        return PeerAway();
      };
}

CredentialCache::CredentialCache(CredentialSource source, Options options,
                                 std::function<absl::Time()> now)
    : source_(std::move(source)), options_(options), now_(std::move(now)) {}

CredentialCache::EntryPtr CredentialCache::FindLive(const Digest& digest, absl::Time now) const {
  for (const Store* store : {&good_, &refused_}) {
    const auto found = store->entries.find(digest);
    if (found != store->entries.end() && now < found->second->valid_until) return found->second;
  }
  return nullptr;
}

std::optional<absl::StatusOr<CallerPtr>> CredentialCache::Peek(absl::string_view credential) const {
  const Digest digest = HashSecret(credential);
  const absl::Time now = now_();
  absl::ReaderMutexLock lock(&mu_);
  const EntryPtr entry = FindLive(digest, now);
  if (entry == nullptr) return std::nullopt;
  if (now >= entry->refresh_at && !entry->refreshing.exchange(true)) return std::nullopt;
  return entry->answer;
}

absl::StatusOr<CallerPtr> CredentialCache::Resolve(absl::string_view credential,
                                                   absl::Time deadline) {
  const Digest digest = HashSecret(credential);
  const absl::Time now = now_();
  EntryPtr before;
  std::shared_ptr<Flight> flight;
  int64_t forgotten;
  {
    absl::MutexLock lock(&mu_);
    before = FindLive(digest, now);
    if (before != nullptr && now < before->refresh_at) return before->answer;
    std::shared_ptr<Flight>& slot = flights_[digest];
    if (slot != nullptr) {
      if (before != nullptr) return before->answer;
      flight = slot;
      if (mu_.AwaitWithDeadline(absl::Condition(&flight->done), deadline)) return flight->answer;
      return errors::Make(absl::StatusCode::kDeadlineExceeded, ErrorReason::DEADLINE_EXCEEDED,
                          "The deadline passed while the credential was checked.");
    }
    slot = flight = std::make_shared<Flight>();
    forgotten = forgotten_;
  }

  EntryPtr entry = Ask(credential);
  const bool told = entry->answer.ok() || absl::IsUnauthenticated(entry->answer.status());

  absl::MutexLock lock(&mu_);
  flights_.erase(digest);
  if (forgotten != forgotten_) {
    before = nullptr;
  } else if (told) {
    if (!entry->answer.ok()) good_.entries.erase(digest);
    Keep(entry->answer.ok() ? good_ : refused_, digest, entry);
  } else if (before != nullptr) {
    before->refreshing = false;
  }
  flight->answer = told || before == nullptr ? entry->answer : before->answer;
  flight->done = true;
  return flight->answer;
}

CredentialCache::EntryPtr CredentialCache::Ask(absl::string_view credential) const {
  // Lifetimes count from before the look-up: what it saw can be no younger. The deadline is not the
  // caller's: others, with more time, may be waiting for the same answer.
  const absl::Time asked = now_();
  const absl::StatusOr<access::v1::Caller> caller = source_(credential, asked + kMaxAsk);
  auto entry = std::make_shared<Entry>();
  entry->refresh_at = absl::InfiniteFuture();
  entry->valid_until = asked + options_.refused_lifetime;
  if (!caller.ok()) {
    entry->answer = caller.status();
    return entry;
  }
  const absl::Time expiry = ExpiryOf(*caller);
  if (expiry <= now_()) {
    entry->answer = InvalidCredentials();
    return entry;
  }
  entry->answer = std::make_shared<const Caller>(FromProto(*caller));
  entry->refresh_at = asked + options_.refresh_after;
  entry->valid_until = std::min(asked + options_.lifetime, expiry);
  return entry;
}

void CredentialCache::Keep(Store& store, const Digest& digest, EntryPtr entry) {
  const absl::Time now = now_();
  while (!store.order.empty()) {
    const auto oldest = store.entries.find(store.order.front());
    const bool gone = oldest == store.entries.end();
    if (!gone && oldest->second->valid_until > now && store.order.size() < options_.max_entries) {
      break;
    }
    if (!gone) store.entries.erase(oldest);
    store.order.pop_front();
  }
  if (store.entries.insert_or_assign(digest, std::move(entry)).second) {
    store.order.push_back(digest);
  }
}

void CredentialCache::Forget(absl::string_view api_key) {
  absl::MutexLock lock(&mu_);
  ++forgotten_;
  absl::erase_if(good_.entries, [api_key](const auto& entry) {
    const Answer& answer = entry.second->answer;
    return answer.ok() && (*answer)->actor == api_key;
  });
}

size_t CredentialCache::size() const {
  absl::ReaderMutexLock lock(&mu_);
  return good_.entries.size() + refused_.entries.size();
}

}  // namespace colloquy::auth
