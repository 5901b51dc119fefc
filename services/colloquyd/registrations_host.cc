#include <utility>

#include "absl/strings/str_cat.h"
#include "colloquy/access/v1/access.grpc.pb.h"
#include "colloquy/events/v1/events.grpc.pb.h"
#include "colloquy/registrations/v1/guests.grpc.pb.h"
#include "colloquy/registrations/v1/invitations.grpc.pb.h"
#include "colloquy/registrations/v1/mailings.grpc.pb.h"
#include "colloquy/registrations/v1/registrations.grpc.pb.h"
#include "google/longrunning/operations.grpc.pb.h"
#include "services/colloquyd/hosts.h"
#include "services/colloquyd/mounted.h"
#include "services/colloquyd/process.h"
#include "services/common/errors/errors.h"
#include "services/common/feed/consumer.h"
#include "services/common/resource/digest.h"
#include "services/registrations/dispatcher.h"
#include "services/registrations/guests_service.h"
#include "services/registrations/invitations_service.h"
#include "services/registrations/mail/maildir.h"
#include "services/registrations/mail/smtp.h"
#include "services/registrations/mailings_service.h"
#include "services/registrations/rules/links.h"
#include "services/registrations/service.h"

namespace colloquy::colloquyd {
namespace {

using access::v1::AccessService;
using events::v1::EventsService;

constexpr char kSelf[] = "registrations";
constexpr char kAccess[] = "access";
constexpr char kEvents[] = "events";

absl::StatusOr<events::v1::Event> ReadEvent(const Peers& peers, const std::string& name,
                                            const std::string& language, absl::Time deadline) {
  events::v1::GetEventRequest request;
  request.set_name(name);
  request.set_language_code(language);
  return peers.Call<EventsService>(kSelf, kEvents, &EventsService::StubInterface::GetEvent, request,
                                   deadline);
}

absl::StatusOr<std::string> ReadOrganizerName(const Peers& peers, const std::string& name,
                                              absl::Time deadline) {
  access::v1::GetOrganizerRequest request;
  request.set_name(name);
  COLLOQUY_ASSIGN_OR_RETURN(
      const access::v1::Organizer organizer,
      peers.Call<AccessService>(kSelf, kAccess, &AccessService::StubInterface::GetOrganizer,
                                request, deadline));
  return organizer.display_name();
}

registrations::RegistrationsService::Options OptionsWith(const Peers& peers) {
  registrations::RegistrationsService::Options options;
  options.event_source = [&peers](const std::string& name, absl::Time deadline) {
    return ReadEvent(peers, name, "", deadline);
  };
  return options;
}

absl::StatusOr<registrations::mail::TransportFactory> TransportOf(const Options& options) {
  if (options.mail_relay.empty())
    return registrations::mail::ToMaildir(absl::StrCat(options.data_dir, "/mail"));
  using Tls = registrations::mail::RelayOptions::Tls;
  registrations::mail::RelayOptions relay;
  relay.url = options.mail_relay;
  relay.tls = options.mail_tls == "off"          ? Tls::kOff
              : options.mail_tls == "if-offered" ? Tls::kIfOffered
                                                 : Tls::kRequired;
  relay.ca_file = options.mail_ca;
  relay.user = options.mail_user;
  if (!options.mail_password_file.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(relay.password, ReadSecretFile(options.mail_password_file));
  }
  relay.hello = options.mail_from.substr(options.mail_from.rfind('@') + 1);
  return registrations::mail::ToRelay(std::move(relay));
}

registrations::DispatcherOptions DispatcherOptionsWith(
    const Options& options, registrations::mail::TransportFactory transport,
    std::function<std::string()> web_url, telemetry::Log& log) {
  registrations::DispatcherOptions dispatcher;
  dispatcher.transport = std::move(transport);
  dispatcher.connections = options.mail_connections;
  dispatcher.rate = options.mail_rate;
  // Only a maildir goes without an address.
  dispatcher.sender =
      options.mail_from.empty() ? "colloquy@localhost.localdomain" : options.mail_from;
  dispatcher.web_url = std::move(web_url);
  dispatcher.log = &log;
  return dispatcher;
}

// What opens guests' pages is no page token's secret, and cannot be told from one.
registrations::rules::Links LinksOf(const Storage& storage) {
  return registrations::rules::Links(
      resource::Sha256(absl::StrCat("colloquy-guest-links", storage.page_token_secret())));
}

class Registrations final : public Host {
 public:
  Registrations(Storage& storage, const Peers& peers, registrations::DispatcherOptions dispatcher)
      : base_(storage, DescriptorOf<registrations::v1::RegistrationsService>()),
        operations_(DescriptorOf<google::longrunning::Operations>()),
        invitations_table_(DescriptorOf<registrations::v1::InvitationsService>()),
        guests_table_(DescriptorOf<registrations::v1::GuestsService>()),
        mailings_table_(DescriptorOf<registrations::v1::MailingsService>()),
        links_(LinksOf(storage)),
        organizers_([&peers](const std::string& name, absl::Time deadline) {
          return ReadOrganizerName(peers, name, deadline);
        }),
        service_(storage.db(), base_.feed, base_.tokens, OptionsWith(peers)),
        invitations_(storage.db(), base_.feed, base_.tokens, service_.rules()),
        guests_(
            storage.db(), base_.feed, service_.rules(), service_.allocator(), links_, organizers_,
            [&peers](const std::string& name, const std::string& language, absl::Time deadline) {
              return ReadEvent(peers, name, language, deadline);
            }),
        dispatcher_(storage.db(), base_.feed, service_.rules(), links_, organizers_,
                    std::move(dispatcher)),
        mailings_(storage.db(), base_.feed, base_.tokens, service_.rules(),
                  [this] { dispatcher_.Wake(); }),
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
               service_.WakeHousekeeping();
             }}) {
    service_.Mount(base_.table);
    service_.MountOperations(operations_);
    invitations_.Mount(invitations_table_);
    guests_.Mount(guests_table_);
    mailings_.Mount(mailings_table_);
    for (rpc::Service* table :
         {&operations_, &invitations_table_, &guests_table_, &mailings_table_})
      table->SetReadiness([&storage] { return storage.Ready(); });
  }

  std::vector<rpc::Service*> tables() override {
    return {&base_.table, &operations_, &invitations_table_, &guests_table_, &mailings_table_};
  }
  std::vector<auth::Permission> permissions() const override {
    std::vector<auth::Permission> all = registrations::Permissions();
    for (const auto& more :
         {registrations::InvitationsPermissions(), registrations::GuestsPermissions(),
          registrations::MailingsPermissions()})
      all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  void Start() override { base_.feed.Start(); }
  void Follow() override {
    consumer_.Start();
    dispatcher_.Start();
  }
  void Unfollow() override {
    dispatcher_.Stop();
    consumer_.Stop();
  }
  void Stop() override { base_.feed.Stop(); }

 private:
  Mounted base_;
  rpc::Service operations_;
  rpc::Service invitations_table_;
  rpc::Service guests_table_;
  rpc::Service mailings_table_;
  const registrations::rules::Links links_;
  registrations::OrganizerNames organizers_;
  registrations::RegistrationsService service_;
  registrations::InvitationsService invitations_;
  registrations::GuestsService guests_;
  registrations::Dispatcher dispatcher_;
  registrations::MailingsService mailings_;
  feed::Consumer consumer_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Host>> HostRegistrations(Storage& storage, const Peers& peers,
                                                        const Options& options,
                                                        std::function<std::string()> web_url,
                                                        telemetry::Log& log) {
  COLLOQUY_ASSIGN_OR_RETURN(registrations::mail::TransportFactory transport, TransportOf(options));
  return std::make_unique<Registrations>(
      storage, peers,
      DispatcherOptionsWith(options, std::move(transport), std::move(web_url), log));
}

}  // namespace colloquy::colloquyd
