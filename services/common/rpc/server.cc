#include "services/common/rpc/server.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "grpcpp/ext/channelz_service_plugin.h"
#include "grpcpp/ext/proto_server_reflection_plugin.h"
#include "grpcpp/health_check_service_interface.h"
#include "grpcpp/impl/server_builder_option.h"
#include "grpcpp/impl/server_builder_plugin.h"
#include "grpcpp/resource_quota.h"
#include "grpcpp/security/server_credentials.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "services/common/errors/errors.h"
#include "services/common/rpc/executor.h"
#include "services/common/rpc/internal/stream_call.h"
#include "services/common/rpc/internal/tls.h"
#include "services/common/telemetry/log.h"
#include "services/common/telemetry/metrics.h"

namespace colloquy::rpc {
namespace {

constexpr char kQueueGauge[] = "colloquy_executor_queued";
// Health, reflection and channelz of gRPC 1.51 run on its synchronous API, which starts threads as
// calls come in: this bounds them.
constexpr int kMaxGrpcThreads = 16;

bool IsLoopback(absl::string_view listen) {
  return absl::StartsWith(listen, "127.") || absl::StartsWith(listen, "localhost:") ||
         absl::StartsWith(listen, "[::1]:") || absl::StartsWith(listen, "unix:");
}

// Both plugins register themselves for every server of the process; this leaves the wanted ones.
class ChoosePlugins final : public grpc::ServerBuilderOption {
 public:
  ChoosePlugins(bool reflection, bool channelz) : reflection_(reflection), channelz_(channelz) {}
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    plugins->erase(std::remove_if(plugins->begin(), plugins->end(),
                                  [this](const auto& plugin) {
                                    const std::string name = plugin->name();
                                    return (!reflection_ && name == "proto_server_reflection") ||
                                           (!channelz_ && name == "channelz_service");
                                  }),
                   plugins->end());
  }

 private:
  const bool reflection_;
  const bool channelz_;
};

void InitPlugins() {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::channelz::experimental::InitChannelzService();
}

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(std::clamp<int64_t>(absl::ToInt64Milliseconds(duration), 1, INT32_MAX));
}

void AddArguments(const ServerOptions& options, bool channelz, grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(options.max_message_bytes);
  // Without this a second server on the port would start and take half of the connections.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.AddChannelArgument(GRPC_ARG_ENABLE_CHANNELZ, channelz ? 1 : 0);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(options.keepalive));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 20000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // Clients may ping twice as often as this server does.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             Milliseconds(options.keepalive / 2));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS,
                             Milliseconds(options.max_connection_age));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS,
                             Milliseconds(options.max_connection_grace));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.max_streams_per_connection);
  grpc::ResourceQuota quota("colloquy");
  quota.Resize(options.memory_quota_bytes);
  quota.SetMaxThreads(kMaxGrpcThreads);
  builder.SetResourceQuota(quota);
}

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeCredentials(
    const ServerOptions& options) {
  if (options.tls.has_value()) return internal::MakeTlsCredentials(*options.tls);
  if (!options.allow_plaintext_anywhere && !IsLoopback(options.listen)) {
    return absl::FailedPreconditionError(absl::StrCat(
        options.listen,
        " is not on loopback, and plaintext would show API keys to the network: configure TLS, "
        "listen on 127.0.0.1 behind a proxy, or allow plaintext explicitly"));
  }
  return grpc::InsecureServerCredentials();
}

}  // namespace

// Shared with the thread that shuts gRPC down, which may be left behind with it.
struct Server::Core : std::enable_shared_from_this<Server::Core> {
  Core(ServerOptions o, Policy policy, std::vector<Service*> s)
      : options(std::move(o)),
        services(std::move(s)),
        executor(options.executor_threads, options.executor_queue),
        peer_executor(options.executor_threads, options.executor_queue) {
    runtime = {std::move(policy),        &executor,           &peer_executor, &streams,
               options.default_deadline, options.max_deadline};
  }

  absl::Status Build();
  absl::Status Stop(absl::Duration grace);
  void UpdateHealth();
  void WatchReadiness();

  const ServerOptions options;
  const std::vector<Service*> services;
  Executor executor;
  Executor peer_executor;
  internal::OpenStreams streams;
  internal::Runtime runtime;
  std::unique_ptr<grpc::Server> grpc;
  int port = 0;
  std::thread readiness;
  absl::Notification stopping;
  absl::Notification shut_down;

  absl::Mutex stop_mutex;
  std::optional<absl::Status> stopped ABSL_GUARDED_BY(stop_mutex);
};

absl::Status Server::Core::Build() {
  if (runtime.policy.authenticator == nullptr || runtime.policy.authorizer == nullptr) {
    return absl::FailedPreconditionError("a server needs an authenticator and an authorizer");
  }
  for (Service* service : services) {
    COLLOQUY_RETURN_IF_ERROR(service->Check(*runtime.policy.authorizer));
  }
  COLLOQUY_ASSIGN_OR_RETURN(std::shared_ptr<grpc::ServerCredentials> credentials,
                            MakeCredentials(options));
  InitPlugins();
  const bool channelz = options.channelz.value_or(IsLoopback(options.listen));
  grpc::ServerBuilder builder;
  AddArguments(options, channelz, builder);
  builder.SetOption(std::make_unique<ChoosePlugins>(options.reflection, channelz));
  builder.AddListeningPort(options.listen, credentials, &port);
  for (Service* service : services) {
    service->Bind(&runtime);
    builder.RegisterService(service);
  }
  grpc = builder.BuildAndStart();
  if (grpc == nullptr || (port == 0 && !absl::StartsWith(options.listen, "unix:"))) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", options.listen,
                                               ": is the address taken, or not of this machine?"));
  }
  return absl::OkStatus();
}

void Server::Core::UpdateHealth() {
  bool all = true;
  for (Service* service : services) {
    const absl::Status ready = service->Ready();
    if (!ready.ok() && runtime.policy.log != nullptr) {
      runtime.policy.log->Warn("not ready",
                               {{"service", service->name()}, {"error", ready.message()}});
    }
    all = all && ready.ok();
    grpc->GetHealthCheckService()->SetServingStatus(service->name(), ready.ok());
  }
  grpc->GetHealthCheckService()->SetServingStatus("", all);
}

void Server::Core::WatchReadiness() {
  while (!stopping.WaitForNotificationWithTimeout(options.readiness_interval)) UpdateHealth();
}

absl::Status Server::Core::Stop(absl::Duration grace) {
  if (!stopping.HasBeenNotified()) stopping.Notify();
  if (runtime.policy.metrics != nullptr) runtime.policy.metrics->RemoveGauge(kQueueGauge);
  if (grpc == nullptr) return absl::OkStatus();
  grpc->GetHealthCheckService()->Shutdown();
  absl::SleepFor(options.stop_pause);
  streams.EndAll();
  const absl::Time deadline = absl::Now() + grace;
  const absl::Time patience = deadline + options.stop_watchdog;
  // Shutdown() cancels at the deadline, but waits for handlers without limit.
  std::thread shutdown([self = shared_from_this(), deadline] {
    self->grpc->Shutdown(absl::ToChronoTime(deadline));
    if (self->readiness.joinable()) self->readiness.join();
    self->shut_down.Notify();
  });
  if (shut_down.WaitForNotificationWithDeadline(patience)) {
    shutdown.join();
    const bool drained = executor.Stop(patience);
    if (peer_executor.Stop(patience) && drained) return absl::OkStatus();
  } else {
    shutdown.detach();
    executor.Stop(absl::InfinitePast());
    peer_executor.Stop(absl::InfinitePast());
  }
  return absl::DeadlineExceededError(
      "handlers are still running after the grace and the watchdog's time");
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(ServerOptions options, Policy policy,
                                                      std::vector<Service*> services) {
  auto core = std::make_shared<Core>(std::move(options), std::move(policy), std::move(services));
  COLLOQUY_RETURN_IF_ERROR(core->Build());
  core->UpdateHealth();
  core->readiness = std::thread([core = core.get()] { core->WatchReadiness(); });
  if (core->runtime.policy.metrics != nullptr) {
    core->runtime.policy.metrics->AddGauge(
        kQueueGauge, "Calls waiting for a thread of the executor",
        [executor = &core->executor] { return static_cast<double>(executor->queued()); });
  }
  return std::unique_ptr<Server>(new Server(std::move(core)));
}

Server::Server(std::shared_ptr<Core> core) : core_(std::move(core)) {}

Server::~Server() { Stop(absl::ZeroDuration()).IgnoreError(); }

int Server::port() const { return core_->port; }

std::shared_ptr<grpc::Channel> Server::InProcessChannel() {
  return core_->grpc->InProcessChannel(grpc::ChannelArguments());
}

absl::Status Server::Stop(absl::Duration grace) {
  absl::MutexLock lock(&core_->stop_mutex);
  if (!core_->stopped.has_value()) core_->stopped = core_->Stop(grace);
  return *core_->stopped;
}

}  // namespace colloquy::rpc
