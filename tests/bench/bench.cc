// Speed, side by side: a method of a running colloquyd, and what it is compared with.
//
//   bench get_event|get_any_event|register_burst|list_events|vote SERVER KEY CALLERS SECONDS
//   bench opinion.vote SERVER KEY CALLERS SECONDS
//     how long votes take to be seen; its own number of callers
//   bench live.fanout SERVER KEY CALLERS SECONDS PROCESS
//     what a room of a thousand costs the server, which is the process PROCESS
//   bench etcd.put SERVER KEY CALLERS SECONDS ETCD
//   bench guest_list COUNT           writes one, as CSV
//   bench insert DATABASE COUNT      its rows into a table; prints the rows a second
//
// SERVER is a colloquyd with an empty database and KEY its root key. The first five run beside an
// RPC that does nothing but answer the same bytes, in a process of its own; the last compares puts
// to an etcd with registrations. Prints one JSON line.
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "colloquy/access/v1/access.grpc.pb.h"
#include "colloquy/dialogues/v1/dialogues.pb.h"
#include "colloquy/dialogues/v1/seats.pb.h"
#include "colloquy/dialogues/v1/statements.pb.h"
#include "colloquy/events/v1/events.grpc.pb.h"
#include "colloquy/registrations/v1/registrations.grpc.pb.h"
#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "services/common/resource/ids.h"
#include "tests/bench/counterpart.h"
#include "tests/bench/fanout.h"
#include "tests/bench/guest_list.h"
#include "tests/bench/load.h"
#include "tests/bench/room.h"

namespace colloquy::bench {
namespace {

using events::v1::Event;

constexpr int64_t kManyEvents = 100'000;
constexpr char kEventsService[] = "/colloquy.events.v1.EventsService/";

template <typename Response, typename Request>
Response Call(const Target& server, const std::string& method, const Request& request) {
  Target target = server;
  target.method = method;
  target.request = [bytes = request.SerializeAsString()](int64_t) { return bytes; };
  Response response;
  response.ParseFromString(CallOnce(target));
  return response;
}

Event Sample(int64_t number) {
  static constexpr const char* kCountries[] = {"AT", "BE", "CH", "DE", "ES", "FR", "IT", "NL"};
  Event event;
  event.set_kind(number % 3 == 0 ? Event::TRAINING : Event::RESEARCH_DIALOGUE);
  event.set_mode(Event::IN_PERSON);
  event.set_default_language("en");
  (*event.mutable_title()->mutable_texts())["en"] =
      absl::StrCat("Heterogeneous integration: a dialogue with industry, part ", number);
  (*event.mutable_summary()->mutable_texts())["en"] =
      "What the cluster should work on next, and with whom.";
  event.set_time_zone("Europe/Berlin");
  const int64_t day = number % 28 + 1;
  const int64_t month = number / 28 % 12 + 1;
  event.set_civil_start(absl::StrFormat("2035-%02d-%02dT14:00:00", month, day));
  event.set_civil_end(absl::StrFormat("2035-%02d-%02dT17:00:00", month, day));
  event.mutable_venue()->mutable_address()->set_region_code(kCountries[number % 8]);
  event.mutable_venue()->mutable_address()->set_locality("Dresden");
  return event;
}

// An organizer on the server, called with its owner's key.
struct Tenant {
  std::string name;
  Target server;
};

Tenant MakeTenant(const std::string& address, const std::string& root) {
  const std::string service = "/colloquy.access.v1.AccessService/";
  const Target operators{.address = address, .key = root};
  access::v1::CreateOrganizerRequest organizer;
  organizer.mutable_organizer()->set_display_name("Bench");
  Tenant tenant;
  tenant.name =
      Call<access::v1::Organizer>(operators, service + "CreateOrganizer", organizer).name();
  access::v1::CreateApiKeyRequest key;
  key.set_parent(tenant.name);
  key.mutable_api_key()->set_display_name("bench");
  key.mutable_api_key()->set_role(access::v1::ApiKey::OWNER);
  tenant.server = {
      .address = address,
      .key = Call<access::v1::ApiKey>(operators, service + "CreateApiKey", key).secret()};
  return tenant;
}

std::string MakeEvent(const Tenant& tenant) {
  events::v1::CreateEventRequest create;
  create.set_parent(tenant.name);
  *create.mutable_event() = Sample(0);
  events::v1::PublishEventRequest publish;
  publish.set_name(
      Call<Event>(tenant.server, absl::StrCat(kEventsService, "CreateEvent"), create).name());
  return Call<Event>(tenant.server, absl::StrCat(kEventsService, "PublishEvent"), publish).name();
}

Target GetEvent(const Tenant& tenant) {
  events::v1::GetEventRequest request;
  request.set_name(MakeEvent(tenant));
  Target target = tenant.server;
  target.method = absl::StrCat(kEventsService, "GetEvent");
  target.request = [bytes = request.SerializeAsString()](int64_t) { return bytes; };
  return target;
}

Target Register(const Tenant& tenant) {
  Target target = tenant.server;
  target.method = "/colloquy.registrations.v1.RegistrationsService/CreateRegistration";
  target.request = [event = MakeEvent(tenant)](int64_t number) {
    registrations::v1::CreateRegistrationRequest request;
    request.set_parent(event);
    request.set_request_id(resource::NewUid().ToUuid());
    auto* attendee = request.mutable_registration()->mutable_attendee();
    attendee->set_email(absl::StrCat("guest", number, "@example.org"));
    attendee->set_given_name("Ada");
    attendee->set_family_name("Lovelace");
    return request.SerializeAsString();
  };
  return target;
}

// "n0", "n1", …
void MakeManyEvents(const Tenant& tenant) {
  Target target = tenant.server;
  target.method = absl::StrCat(kEventsService, "CreateEvent");
  target.request = [&tenant](int64_t number) {
    events::v1::CreateEventRequest create;
    create.set_parent(tenant.name);
    create.set_event_id(absl::StrCat("n", number));
    *create.mutable_event() = Sample(number);
    return create.SerializeAsString();
  };
  if (const Result made = Load(target, 256, 0).RunMany(kManyEvents); made.failed > 0) {
    std::cerr << made.failed << " events could not be made\n";
    std::exit(1);
  }
}

// One after the other of 100,000: none was asked for lately, no two callers ask for one.
Target GetAnyEvent(const Tenant& tenant) {
  MakeManyEvents(tenant);
  Target target = tenant.server;
  target.method = absl::StrCat(kEventsService, "GetEvent");
  target.request = [events = absl::StrCat(tenant.name, "/events/n")](int64_t number) {
    events::v1::GetEventRequest request;
    request.set_name(absl::StrCat(events, number % kManyEvents));
    return request.SerializeAsString();
  };
  return target;
}

// A page of 50 among 100,000 events, with a filter on three fields.
Target ListEvents(const Tenant& tenant) {
  MakeManyEvents(tenant);
  Target target = tenant.server;
  events::v1::ListEventsRequest request;
  request.set_parent(tenant.name);
  request.set_filter(
      R"(kind = TRAINING AND country = "DE" AND start_time >= "2035-03-01T00:00:00Z")");
  target.method = absl::StrCat(kEventsService, "ListEvents");
  target.request = [bytes = request.SerializeAsString()](int64_t) { return bytes; };
  return target;
}

// An OPEN dialogue that admits whoever has its link, with seeds to vote on. Its join token.
std::string MakeDialogue(const Tenant& tenant, int statements) {
  const std::string service = "/colloquy.dialogues.v1.DialoguesService/";
  dialogues::v1::CreateDialogueRequest create;
  create.set_parent(tenant.name);
  create.mutable_dialogue()->set_title("Bench");
  create.mutable_dialogue()->set_admission(dialogues::v1::Dialogue::JOIN_LINK);
  const std::string name =
      Call<dialogues::v1::Dialogue>(tenant.server, service + "CreateDialogue", create).name();
  for (int i = 0; i < statements; ++i) {
    dialogues::v1::CreateStatementRequest seed;
    seed.set_parent(name);
    seed.mutable_statement()->set_text(absl::StrCat("The cluster should work on topic ", i));
    Call<dialogues::v1::Statement>(
        tenant.server, "/colloquy.dialogues.v1.StatementsService/CreateStatement", seed);
  }
  dialogues::v1::OpenDialogueRequest open;
  open.set_name(name);
  Call<dialogues::v1::Dialogue>(tenant.server, service + "OpenDialogue", open);
  dialogues::v1::GetDialogueLinksRequest links;
  links.set_name(name);
  return Call<dialogues::v1::GetDialogueLinksResponse>(tenant.server, service + "GetDialogueLinks",
                                                       links)
      .join_token();
}

constexpr int kPeople = 500, kAudience = 1000, kStatements = 50, kAnswered = 10;
constexpr char kSeatsService[] = "/colloquy.dialogues.v1.SeatsService/";

// Tokens of people with seats in a dialogue of kStatements statements.
std::vector<std::string> TakeSeats(const Tenant& tenant, int people) {
  dialogues::v1::JoinRequest join;
  join.set_join_token(MakeDialogue(tenant, kStatements));
  std::vector<std::string> seats;
  for (int i = 0; i < people; ++i) {
    join.set_seat_id(resource::NewUid().ToUuid());
    seats.push_back(
        Call<dialogues::v1::JoinResponse>(tenant.server, absl::StrCat(kSeatsService, "Join"), join)
            .token());
  }
  return seats;
}

// They answer the statements, again and again, each time otherwise than before; not all alike.
Target Vote(const Tenant& tenant, std::vector<std::string> seats) {
  Target target = tenant.server;
  target.key.clear();
  target.method = absl::StrCat(kSeatsService, "CastVote");
  target.request = [seats = std::move(seats)](int64_t number) {
    const auto people = static_cast<int64_t>(seats.size());
    const int64_t person = number % people;
    const int64_t statement = number / people % kStatements;
    const int64_t pass = number / (people * kStatements);
    dialogues::v1::CastVoteRequest request;
    request.set_token(seats[person]);
    request.set_statement(static_cast<int32_t>(statement));
    request.set_value(static_cast<dialogues::v1::VoteValue>(1 + (pass + person * statement) % 3));
    return request.SerializeAsString();
  };
  return target;
}

// A room of a thousand of whom everybody has answered the first statements.
int Fanout(const Tenant& tenant, pid_t server, const char* self, int seconds) {
  const std::vector<std::string> seats = TakeSeats(tenant, kAudience);
  Load(Vote(tenant, seats), 64, 0).RunMany(kAudience * kAnswered);
  return MeasureFanout(tenant.server.address, server, self, seats, kAnswered, seconds);
}

// etcdserverpb.PutRequest: key is field 1, value is field 2. As large as a registration's request.
Target EtcdPut(const std::string& address, size_t size) {
  const auto put = [size](int64_t number) {
    const std::string key = absl::StrFormat("registrations/%020d", number);
    const std::string value(size - std::min(size, key.size() + 4), 'x');
    std::string bytes;
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream out(&stream);
    out.WriteTag(1 << 3 | 2);
    out.WriteVarint32(static_cast<uint32_t>(key.size()));
    out.WriteString(key);
    out.WriteTag(2 << 3 | 2);
    out.WriteVarint32(static_cast<uint32_t>(value.size()));
    out.WriteString(value);
    out.Trim();
    return bytes;
  };
  return {.address = address, .method = "/etcdserverpb.KV/Put", .key = "", .request = put};
}

void Print(const std::string& name, const Pair& pair, const std::string& of, int callers,
           int seconds) {
  absl::PrintF(
      "{\"name\":\"%s\",\"value\":%.0f,\"unit\":\"calls/s\",\"ratio\":%.2f,\"of\":\"%s: %.0f "
      "calls/s\",\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"failed\":%d,\"conditions\":\"%d callers, client "
      "and server on one machine, best of 3 alternating runs of %d s\"}\n",
      name, pair.measured.per_second, pair.measured.per_second / pair.other.per_second, of,
      pair.other.per_second, pair.measured.p50_ms, pair.measured.p99_ms, pair.measured.failed,
      callers, seconds);
}

int Usage() {
  std::cerr << "usage: bench get_event|get_any_event|register_burst|list_events|vote SERVER KEY "
               "CALLERS SECONDS\n"
               "       bench opinion.vote SERVER KEY CALLERS SECONDS\n"
               "       bench live.fanout SERVER KEY CALLERS SECONDS PROCESS\n"
               "       bench etcd.put SERVER KEY CALLERS SECONDS ETCD\n"
               "       bench guest_list COUNT\n"
               "       bench insert DATABASE COUNT\n";
  return 2;
}

int Main(int argc, char** argv) {
  if (argc == 4 && absl::string_view(argv[1]) == "counterpart")
    return ServeCounterpart(argv[2], argv[3]);
  int64_t count = 0;
  if (argc == 3 && absl::string_view(argv[1]) == "guest_list" && absl::SimpleAtoi(argv[2], &count))
    return WriteGuestList(count);
  if (argc == 4 && absl::string_view(argv[1]) == "insert" && absl::SimpleAtoi(argv[3], &count))
    return InsertGuestList(argv[2], count);
  int callers = 0;
  int seconds = 0;
  if (argc < 6 || !absl::SimpleAtoi(argv[4], &callers) || !absl::SimpleAtoi(argv[5], &seconds)) {
    return Usage();
  }
  const std::string name = argv[1];
  const Tenant tenant = MakeTenant(argv[2], argv[3]);
  if (name == "etcd.put" && argc == 7) {
    const Target ours = Register(tenant);
    const Target etcd = EtcdPut(argv[6], ours.request(0).size());
    Print(name, Alternate(etcd, ours, callers, absl::Seconds(seconds)), "register_burst.sqlite",
          callers, seconds);
    return 0;
  }
  pid_t process = 0;
  if (name == "live.fanout" && argc == 7 && absl::SimpleAtoi(argv[6], &process)) {
    return Fanout(tenant, process, argv[0], seconds);
  }
  if (argc != 6) return Usage();
  if (name == "opinion.vote")
    return MeasureRoom(argv[2], TakeSeats(tenant, kPeople), kStatements, seconds);
  Target target;
  if (name == "get_event") {
    target = GetEvent(tenant);
  } else if (name == "get_any_event") {
    target = GetAnyEvent(tenant);
  } else if (name == "register_burst") {
    target = Register(tenant);
  } else if (name == "list_events") {
    target = ListEvents(tenant);
  } else if (name == "vote") {
    target = Vote(tenant, TakeSeats(tenant, kPeople));
  } else {
    return Usage();
  }
  const Counterpart noop = Counterpart::Answer(argv[0], CallOnce(target));
  Target nothing = target;
  nothing.address = noop.address();
  nothing.method = kNoopMethod;
  Print(name, Alternate(target, nothing, callers, absl::Seconds(seconds)),
        "an RPC that does nothing, same payload", callers, seconds);
  return 0;
}

}  // namespace
}  // namespace colloquy::bench

int main(int argc, char** argv) { return colloquy::bench::Main(argc, argv); }
