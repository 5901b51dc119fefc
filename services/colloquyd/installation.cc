#include "services/colloquyd/installation.h"

#include <cstdio>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "services/common/auth/api_key.h"
#include "services/common/errors/errors.h"

namespace colloquy::colloquyd {
namespace {

Failure Failed(ExitCode code, const absl::Status& status) {
  return {code, std::string(status.message())};
}

bool IsPeerSecret(absl::string_view text) {
  return text.size() >= 32 && text.size() <= 128 &&
         std::all_of(text.begin(), text.end(), absl::ascii_isalnum);
}

rpc::ServerOptions ServerOptionsOf(const Options& options) {
  rpc::ServerOptions server;
  server.listen = options.listen;
  server.allow_plaintext_anywhere = options.allow_plaintext;
  server.reflection = options.reflection;
  server.executor_threads = options.executor_threads;
  server.executor_queue = static_cast<size_t>(options.queue);
  if (options.tls_cert.empty()) return server;
  server.tls = rpc::TlsFiles{.certificate_chain = options.tls_cert,
                             .private_key = options.tls_key,
                             .client_ca = options.tls_client_ca,
                             .require_client_certificate = !options.tls_client_ca.empty()};
  return server;
}

}  // namespace

class Installation::PeersPass : public rpc::Limiter {
 public:
  explicit PeersPass(double calls_per_second) : limiter_({.calls_per_second = calls_per_second}) {}
  absl::Status Admit(const auth::Caller& caller) override {
    return caller.role == auth::Role::kService ? absl::OkStatus() : limiter_.Admit(caller);
  }

 private:
  auth::RateLimiter limiter_;
};

Installation::Installation(const Options& options)
    : options_(options), log_(telemetry::Log::ToStderr(options.log_level)) {}

Installation::~Installation() {
  if (running_) Stop().IgnoreError();
}

std::optional<Failure> Installation::Start(StopSignals& signals) {
  if (auto failure = OpenDatabases(signals)) return failure;
  if (auto failure = KnowPeers()) return failure;
  if (auto failure = HostServices()) return failure;
  std::vector<rpc::Service*> tables;
  for (const auto& host : hosts_) {
    for (rpc::Service* table : host->tables()) tables.push_back(table);
  }
  if (auto failure = MakePolicy(tables)) return failure;
  if (auto failure = Serve(std::move(tables))) return failure;
  if (auto failure = ServePages()) return failure;
  for (const auto& host : hosts_) host->Follow();
  return std::nullopt;
}

std::optional<Failure> Installation::OpenDatabases(StopSignals& signals) {
  if (!options_.mysql.has_value()) {
    absl::StatusOr<DataDirectory> directory = DataDirectory::Lock(options_.data_dir);
    if (!directory.ok()) {
      return Failed(absl::IsAlreadyExists(directory.status()) ? kInUse : kFailed,
                    directory.status());
    }
    directory_.emplace(*std::move(directory));
  }
  const auto told_to_stop = [&](absl::Duration time) { return signals.WaitFor(time); };
  for (const std::string& service : options_.services) {
    if (service == "web") continue;  // has no database
    auto storage = Storage::Open(options_, service, SchemasOf(service), log_.get());
    if (!storage.ok()) return Failed(kDatabase, storage.status());
    const absl::Status prepared = (*storage)->Prepare(options_.database_wait, told_to_stop);
    if (!prepared.ok()) return Failed(kDatabase, prepared);
    storages_[service] = *std::move(storage);
  }
  return std::nullopt;
}

std::optional<Failure> Installation::KnowPeers() {
  std::string secret = auth::NewPeerSecret();  // nobody outside of this process needs it
  if (!options_.peer_secret_file.empty()) {
    absl::StatusOr<std::string> text = ReadSecretFile(options_.peer_secret_file);
    if (!text.ok()) return Failed(kBadOptions, text.status());
    if (!IsPeerSecret(*text)) {
      return Failure{kBadOptions, absl::StrCat(options_.peer_secret_file,
                                               " must hold 32 to 128 letters and digits, made for "
                                               "example by: openssl rand -hex 32")};
    }
    secret = *std::move(text);
  }
  std::string ca;
  if (!options_.peer_ca.empty()) {
    absl::StatusOr<std::string> text = ReadSecretFile(options_.peer_ca);
    if (!text.ok()) return Failed(kBadOptions, text.status());
    ca = *std::move(text);
  }
  peers_ = std::make_unique<Peers>(options_, std::move(secret), std::move(ca));
  return std::nullopt;
}

std::optional<Failure> Installation::HostServices() {
  if (options_.hosts("access")) {
    std::unique_ptr<AccessHost> access =
        HostAccess(storage("access"), [this](absl::string_view key) {
          if (authenticator_ != nullptr) authenticator_->Forget(key);
        });
    if (auto failure = ShowRootKey(*access)) return failure;
    credentials_ = access->source();
    hosts_.push_back(std::move(access));
  } else {
    credentials_ =
        auth::RemoteCredentialSource(access::v1::AccessService::NewStub(peers_->Channel("access")),
                                     options_.services.front(), peers_->secret());
  }
  if (options_.hosts("events")) hosts_.push_back(HostEvents(storage("events"), *peers_, *log_));
  if (options_.hosts("registrations")) {
    auto registrations = HostRegistrations(
        storage("registrations"), *peers_, options_, [this] { return pages_url(); }, *log_);
    if (!registrations.ok()) return Failed(kBadOptions, registrations.status());
    hosts_.push_back(*std::move(registrations));
  }
  if (options_.hosts("dialogues"))
    hosts_.push_back(HostDialogues(storage("dialogues"), *peers_, [this] { return pages_url(); }));
  for (const auto& host : hosts_) host->Start();
  running_ = true;
  return std::nullopt;
}

// The one moment at which the key is known. Not through the log, which redacts keys.
std::optional<Failure> Installation::ShowRootKey(AccessHost& access) {
  absl::StatusOr<std::optional<std::string>> key = access.EnsureRootKey();
  if (!key.ok()) return Failed(kDatabase, key.status());
  if (!key->has_value()) return std::nullopt;
  absl::Status written = absl::OkStatus();
  if (!options_.root_key_file.empty()) {
    written = WriteSecretFile(options_.root_key_file, **key);
    if (written.ok()) return std::nullopt;
  }
  std::fprintf(stderr,
               "%s%sThe operator's root key, shown this once. Keep it safe; it opens everything:\n"
               "%s\n",
               std::string(written.message()).c_str(), written.ok() ? "" : "\n", (*key)->c_str());
  return std::nullopt;
}

std::optional<Failure> Installation::MakePolicy(const std::vector<rpc::Service*>& tables) {
  authenticator_ = std::make_unique<auth::Authenticator>(credentials_, peers_->secret());
  std::vector<auth::Permission> all;
  for (const auto& host : hosts_) {
    for (auth::Permission& permission : host->permissions()) all.push_back(std::move(permission));
  }
  absl::StatusOr<auth::PermissionTable> table = auth::PermissionTable::Create(all);
  if (!table.ok()) return Failed(kFailed, table.status());
  permissions_.emplace(*std::move(table));
  // A cell of a guest list that is no text costs its record a verdict, not the whole run.
  const resource::ValidationLimits limits{
      .left_to_handlers = {"colloquy.registrations.v1.ImportRecord.cells"}};
  for (const rpc::Service* service : tables) {
    const auto* descriptor =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service->name());
    for (int i = 0; i < descriptor->method_count(); ++i) {
      const google::protobuf::Descriptor* type = descriptor->method(i)->input_type();
      validators_.try_emplace(type, *type, limits);
    }
  }
  if (options_.rate_limit > 0) limiter_ = std::make_unique<PeersPass>(options_.rate_limit);
  return std::nullopt;
}

absl::Status Installation::Validate(const google::protobuf::Message& request) const {
  const auto validator = validators_.find(request.GetDescriptor());
  return validator == validators_.end() ? absl::OkStatus() : validator->second.Validate(request);
}

std::optional<Failure> Installation::Serve(std::vector<rpc::Service*> tables) {
  rpc::Policy policy;
  policy.authenticator = authenticator_.get();
  policy.authorizer = &*permissions_;
  policy.validator = [this](const google::protobuf::Message& request) { return Validate(request); };
  policy.limiter = limiter_.get();
  policy.log = log_.get();
  policy.metrics = &metrics_;
  if (!options_.metrics_listen.empty()) {
    const absl::StatusOr<int> port = metrics_.Expose(options_.metrics_listen);
    if (!port.ok()) {
      return Failed(absl::IsUnavailable(port.status()) ? kInUse : kBadOptions, port.status());
    }
  }
  auto server = rpc::Server::Start(ServerOptionsOf(options_), policy, std::move(tables));
  if (!server.ok()) {
    return Failed(absl::IsUnavailable(server.status()) ? kInUse : kFailed, server.status());
  }
  server_ = *std::move(server);
  peers_->HostHere(server_->InProcessChannel());
  return std::nullopt;
}

std::optional<Failure> Installation::ServePages() {
  if (!options_.hosts("web")) return std::nullopt;
  web::SiteOptions site;
  site.server.listen = options_.web_listen;
  site.server.trusted_proxies = {options_.web_trusted_proxies.begin(),
                                 options_.web_trusted_proxies.end()};
  site.calls.access = peers_->Channel("access");
  site.calls.events = peers_->Channel("events");
  site.calls.registrations = peers_->Channel("registrations");
  site.calls.dialogues = peers_->Channel("dialogues");
  site.calls.identify = [this](grpc::ClientContext& context) { peers_->Identify("web", context); };
  site.public_url = options_.public_url;
  site.log = log_.get();
  site.metrics = &metrics_;
  auto started = web::Site::Start(std::move(site));
  if (!started.ok()) {
    return Failed(absl::IsUnavailable(started.status()) ? kInUse : kBadOptions, started.status());
  }
  site_ = *std::move(started);
  return std::nullopt;
}

absl::Status Installation::Stop() {
  running_ = false;
  // First, because it asks the services.
  if (site_ != nullptr) site_->Stop(options_.shutdown_grace);
  site_.reset();
  for (const auto& host : hosts_) host->Unfollow();
  if (server_ != nullptr) COLLOQUY_RETURN_IF_ERROR(server_->Stop(options_.shutdown_grace));
  for (const auto& host : hosts_) host->Stop();
  return absl::OkStatus();
}

std::string Installation::pages_url() const {
  if (!options_.public_url.empty()) return options_.public_url;
  const std::string here = web_url();
  return here.empty() ? absl::StrCat("http://", options_.web_listen) : here;
}

std::string Installation::web_url() const { return site_ == nullptr ? "" : site_->public_url(); }

Storage& Installation::storage(absl::string_view service) {
  return *storages_.find(service)->second;
}

std::string Installation::address() const {
  return absl::StrCat(options_.listen.substr(0, options_.listen.rfind(':') + 1), server_->port());
}

}  // namespace colloquy::colloquyd
