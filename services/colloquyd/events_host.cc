#include <thread>
#include <utility>

#include "colloquy/events/v1/events.grpc.pb.h"
#include "colloquy/registrations/v1/registrations.grpc.pb.h"
#include "services/colloquyd/hosts.h"
#include "services/colloquyd/mounted.h"
#include "services/events/service.h"

namespace colloquy::colloquyd {
namespace {

using registrations::v1::RegistrationsService;

events::EventsService::Options OptionsWith(const Peers& peers) {
  events::EventsService::Options options;
  options.limit_seats = [&peers](const registrations::v1::LimitSeatsRequest& request,
                                 absl::Time deadline) {
    return peers
        .Call<RegistrationsService>("events", "registrations",
                                    &RegistrationsService::StubInterface::LimitSeats, request,
                                    deadline)
        .status();
  };
  return options;
}

class Events final : public Host {
 public:
  Events(Storage& storage, const Peers& peers, telemetry::Log& log)
      : log_(log),
        base_(storage, DescriptorOf<events::v1::EventsService>()),
        service_(storage.db(), base_.feed, base_.tokens, OptionsWith(peers)) {
    service_.Mount(base_.table);
  }

  std::vector<rpc::Service*> tables() override { return {&base_.table}; }
  std::vector<auth::Permission> permissions() const override { return events::Permissions(); }
  void Start() override {
    base_.feed.Start();
    // Many events may have to be read, and none of them keeps callers from being served.
    zones_ = std::thread([this] { FollowZoneRules(); });
  }
  void Stop() override {
    zones_.join();
    base_.feed.Stop();
  }

 private:
  void FollowZoneRules() {
    const absl::StatusOr<int> moved = service_.FollowZoneRules();
    if (!moved.ok()) {
      log_.Error("cannot look for changed time zones", {{"error", moved.status().message()}});
    } else if (*moved > 0) {
      log_.Info("events follow new rules of their time zones", {{"events", *moved}});
    }
  }

  telemetry::Log& log_;
  Mounted base_;
  events::EventsService service_;
  std::thread zones_;
};

}  // namespace

std::unique_ptr<Host> HostEvents(Storage& storage, const Peers& peers, telemetry::Log& log) {
  return std::make_unique<Events>(storage, peers, log);
}

}  // namespace colloquy::colloquyd
