#include "services/colloquyd/peers.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "services/common/auth/api_key.h"
#include "services/common/errors/errors.h"
#include "services/common/rpc/status.h"

namespace colloquy::colloquyd {
namespace {

// Keeps the way to a peer open and notices when it is gone; the server's keepalive allows it.
grpc::ChannelArguments PeerArguments() {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 60'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20'000);
  // The default backs off for up to two minutes, long after a restarted peer is back.
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 2'000);
  return arguments;
}

}  // namespace

Peers::Peers(const Options& options, std::string secret, std::string ca_certificates)
    : options_(options), secret_(std::move(secret)) {
  std::shared_ptr<grpc::ChannelCredentials> credentials = grpc::InsecureChannelCredentials();
  if (!ca_certificates.empty()) {
    credentials = grpc::SslCredentials({.pem_root_certs = std::move(ca_certificates)});
  }
  for (const auto& [service, address] : options.peers) {
    channels_[service] = grpc::CreateCustomChannel(address, credentials, PeerArguments());
  }
}

void Peers::HostHere(const std::shared_ptr<grpc::Channel>& channel) {
  absl::MutexLock lock(&mutex_);
  for (const std::string& service : options_.services) channels_[service] = channel;
}

std::shared_ptr<grpc::Channel> Peers::Channel(absl::string_view service) const {
  absl::ReaderMutexLock lock(&mutex_);
  const auto found = channels_.find(service);
  return found == channels_.end() ? nullptr : found->second;
}

void Peers::Identify(absl::string_view from, grpc::ClientContext& context) const {
  context.AddMetadata("authorization",
                      absl::StrCat("Bearer ", auth::FormatPeerCredential(from, secret_)));
}

absl::Status Peers::Away(absl::string_view service) {
  return errors::Retryable(absl::StatusCode::kUnavailable, errors::ErrorReason::PEER_UNAVAILABLE,
                           absl::StrCat("The ", service, " service cannot be reached."),
                           absl::Seconds(1), {{"service", service}});
}

absl::Status Peers::Answered(absl::string_view service, const grpc::Status& status) {
  absl::Status answered = rpc::FromGrpc(status);
  // Its refusal of our secret is nothing that the caller could mend.
  if (absl::IsUnauthenticated(answered)) return Away(service);
  if (rpc::IsTyped(answered) || absl::IsDeadlineExceeded(answered)) return answered;
  return Away(service);
}

}  // namespace colloquy::colloquyd
