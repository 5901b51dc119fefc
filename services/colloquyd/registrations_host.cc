#include <utility>

#include "colloquy/events/v1/events.grpc.pb.h"
#include "colloquy/registrations/v1/registrations.grpc.pb.h"
#include "google/longrunning/operations.grpc.pb.h"
#include "services/colloquyd/hosts.h"
#include "services/colloquyd/mounted.h"
#include "services/common/feed/consumer.h"
#include "services/registrations/service.h"

namespace colloquy::colloquyd {
namespace {

using events::v1::EventsService;

constexpr char kSelf[] = "registrations";
constexpr char kEvents[] = "events";

registrations::RegistrationsService::Options OptionsWith(const Peers& peers) {
  registrations::RegistrationsService::Options options;
  options.event_source = [&peers](const std::string& name, absl::Time deadline) {
    events::v1::GetEventRequest request;
    request.set_name(name);
    return peers.Call<EventsService>(kSelf, kEvents, &EventsService::StubInterface::GetEvent,
                                     request, deadline);
  };
  return options;
}

class Registrations final : public Host {
 public:
  Registrations(Storage& storage, const Peers& peers)
      : base_(storage, DescriptorOf<registrations::v1::RegistrationsService>()),
        operations_(DescriptorOf<google::longrunning::Operations>()),
        service_(storage.db(), base_.feed, base_.tokens, OptionsWith(peers)),
        consumer_(
            storage.db(),
            [&peers](grpc::ClientContext* context,
                     const changes::v1::StreamChangesRequest& request) {
              peers.Identify(kSelf, *context);
              return EventsService::NewStub(peers.Channel(kEvents))
                  ->StreamChanges(context, request);
            },
            [this](db::Transaction& tx, const changes::v1::Change& change) {
              return service_.Apply(tx, change);
            },
            {.feed = kEvents, .resource_types = {"colloquy/Event"}, .applied = [this](const auto&) {
               service_.WakeEnder();
             }}) {
    service_.Mount(base_.table);
    service_.MountOperations(operations_);
    operations_.SetReadiness([&storage] { return storage.Ready(); });
  }

  std::vector<rpc::Service*> tables() override { return {&base_.table, &operations_}; }
  std::vector<auth::Permission> permissions() const override {
    return registrations::Permissions();
  }
  void Start() override { base_.feed.Start(); }
  void Follow() override { consumer_.Start(); }
  void Unfollow() override { consumer_.Stop(); }
  void Stop() override { base_.feed.Stop(); }

 private:
  Mounted base_;
  rpc::Service operations_;
  registrations::RegistrationsService service_;
  feed::Consumer consumer_;
};

}  // namespace

std::unique_ptr<Host> HostRegistrations(Storage& storage, const Peers& peers) {
  return std::make_unique<Registrations>(storage, peers);
}

}  // namespace colloquy::colloquyd
