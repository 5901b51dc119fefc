#include <utility>

#include "absl/strings/str_cat.h"
#include "colloquy/dialogues/v1/agenda.grpc.pb.h"
#include "colloquy/dialogues/v1/dialogues.grpc.pb.h"
#include "colloquy/dialogues/v1/opinion.grpc.pb.h"
#include "colloquy/dialogues/v1/outcomes.grpc.pb.h"
#include "colloquy/dialogues/v1/polls.grpc.pb.h"
#include "colloquy/dialogues/v1/seats.grpc.pb.h"
#include "colloquy/dialogues/v1/statements.grpc.pb.h"
#include "colloquy/events/v1/events.grpc.pb.h"
#include "colloquy/registrations/v1/registrations.grpc.pb.h"
#include "services/colloquyd/hosts.h"
#include "services/colloquyd/mounted.h"
#include "services/common/resource/digest.h"
#include "services/dialogues/agenda_service.h"
#include "services/dialogues/analyst.h"
#include "services/dialogues/dialogues_service.h"
#include "services/dialogues/live_rooms.h"
#include "services/dialogues/opinion_service.h"
#include "services/dialogues/outcomes_service.h"
#include "services/dialogues/polls_service.h"
#include "services/dialogues/reminders.h"
#include "services/dialogues/room_book.h"
#include "services/dialogues/rules/links.h"
#include "services/dialogues/seats_service.h"
#include "services/dialogues/statements_service.h"
#include "services/dialogues/vote_book.h"

namespace colloquy::colloquyd {
namespace {

using events::v1::EventsService;
using registrations::v1::RegistrationsService;

constexpr char kSelf[] = "dialogues";

dialogues::DialoguesService::Options OptionsWith(const Peers& peers,
                                                 std::function<std::string()> web_url) {
  dialogues::DialoguesService::Options options;
  options.check_event = [&peers](const std::string& name, absl::Time deadline) {
    events::v1::GetEventRequest request;
    request.set_name(name);
    return peers
        .Call<EventsService>(kSelf, "events", &EventsService::StubInterface::GetEvent, request,
                             deadline)
        .status();
  };
  options.list_registrations = [&peers](const registrations::v1::ListRegistrationsRequest& request,
                                        absl::Time deadline) {
    return peers.Call<RegistrationsService>(kSelf, "registrations",
                                            &RegistrationsService::StubInterface::ListRegistrations,
                                            request, deadline);
  };
  options.web_url = std::move(web_url);
  return options;
}

// What opens people's seats is no page token's secret, and no guest link's.
dialogues::rules::Links LinksOf(const Storage& storage) {
  return dialogues::rules::Links(
      resource::Sha256(absl::StrCat("colloquy-dialogue-links", storage.page_token_secret())));
}

class Dialogues final : public Host {
 public:
  Dialogues(Storage& storage, const Peers& peers, std::function<std::string()> web_url)
      : base_(storage, DescriptorOf<dialogues::v1::DialoguesService>()),
        statements_table_(DescriptorOf<dialogues::v1::StatementsService>()),
        seats_table_(DescriptorOf<dialogues::v1::SeatsService>()),
        opinion_table_(DescriptorOf<dialogues::v1::OpinionService>()),
        agenda_table_(DescriptorOf<dialogues::v1::AgendaService>()),
        polls_table_(DescriptorOf<dialogues::v1::PollsService>()),
        outcomes_table_(DescriptorOf<dialogues::v1::OutcomesService>()),
        links_(LinksOf(storage)),
        book_(storage.db(), base_.feed, {}),
        rooms_(storage.db(), base_.feed),
        analyst_(storage.db(), rooms_),
        votes_(storage.db(), rooms_),
        dialogues_(book_, links_, base_.tokens, OptionsWith(peers, std::move(web_url))),
        statements_(book_, rooms_, base_.tokens),
        seats_(book_, links_, rooms_, votes_),
        opinion_(book_, rooms_, base_.tokens),
        agenda_(book_, base_.tokens),
        polls_(book_, base_.tokens),
        outcomes_(book_, rooms_, base_.tokens),
        reminders_(book_) {
    dialogues_.Mount(base_.table);
    opinion_.MountWatch(base_.table);
    statements_.Mount(statements_table_);
    seats_.Mount(seats_table_);
    opinion_.Mount(opinion_table_);
    agenda_.Mount(agenda_table_);
    polls_.Mount(polls_table_);
    outcomes_.Mount(outcomes_table_);
    for (rpc::Service* table : tables())
      table->SetReadiness([&storage] { return storage.Ready(); });
  }

  std::vector<rpc::Service*> tables() override {
    return {&base_.table,   &statements_table_, &seats_table_,   &opinion_table_,
            &agenda_table_, &polls_table_,      &outcomes_table_};
  }
  std::vector<auth::Permission> permissions() const override {
    std::vector<auth::Permission> all = dialogues::DialoguesPermissions();
    for (const auto& more : {dialogues::StatementsPermissions(), dialogues::SeatsPermissions(),
                             dialogues::OpinionPermissions(), dialogues::AgendaPermissions(),
                             dialogues::PollsPermissions(), dialogues::OutcomesPermissions()})
      all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  void Start() override {
    base_.feed.Start();
    rooms_.Start();
    analyst_.Start();
    reminders_.Start();
  }
  void Stop() override {
    reminders_.Stop();
    analyst_.Stop();
    rooms_.Stop();
    base_.feed.Stop();
  }

 private:
  Mounted base_;
  rpc::Service statements_table_;
  rpc::Service seats_table_;
  rpc::Service opinion_table_;
  rpc::Service agenda_table_;
  rpc::Service polls_table_;
  rpc::Service outcomes_table_;
  const dialogues::rules::Links links_;
  dialogues::RoomBook book_;
  dialogues::LiveRooms rooms_;
  dialogues::Analyst analyst_;
  dialogues::VoteBook votes_;
  dialogues::DialoguesService dialogues_;
  dialogues::StatementsService statements_;
  dialogues::SeatsService seats_;
  dialogues::OpinionService opinion_;
  dialogues::AgendaService agenda_;
  dialogues::PollsService polls_;
  dialogues::OutcomesService outcomes_;
  dialogues::Reminders reminders_;
};

}  // namespace

std::unique_ptr<Host> HostDialogues(Storage& storage, const Peers& peers,
                                    std::function<std::string()> web_url) {
  return std::make_unique<Dialogues>(storage, peers, std::move(web_url));
}

}  // namespace colloquy::colloquyd
