// The shortest useful client: who am I, and which events are coming up?
//
//   COLLOQUY_API_KEY=clq_… ./quickstart [host:port]
#include <cstdlib>
#include <iostream>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "colloquy/sdk/client.h"
#include "colloquy/sdk/errors.h"

int main(int argc, char** argv) {
  colloquy::sdk::Options options;
  if (argc > 1) options.server = argv[1];
  if (const char* key = std::getenv("COLLOQUY_API_KEY")) options.api_key = key;
  auto client = colloquy::sdk::Client::Connect(options);
  if (!client.ok()) {
    std::cerr << client.status().message() << "\n";
    return 1;
  }

  auto caller = (*client)->Call(&colloquy::sdk::Access::GetCaller, {});
  if (!caller.ok()) {
    std::cerr << caller.status().message() << " (request "
              << colloquy::sdk::RequestIdOf(caller.status()) << ")\n";
    return 1;
  }
  std::cout << "Role: " << colloquy::access::v1::ApiKey::Role_Name(caller->role()) << "\n";

  colloquy::events::v1::ListEventsRequest request;
  request.set_parent(caller->organizer().empty() ? "organizers/-" : caller->organizer());
  request.set_filter("end_time > \"" +
                     absl::FormatTime("%Y-%m-%d%ET%H:%M:%SZ", absl::Now(), absl::UTCTimeZone()) +
                     "\"");
  request.set_language_code("en");
  auto events = (*client)->List(&colloquy::sdk::Events::ListEvents, request,
                                &colloquy::events::v1::ListEventsResponse::events);
  for (const colloquy::events::v1::Event& event : events) {
    std::cout << event.civil_start() << "  " << event.title().resolved() << "  " << event.name()
              << "\n";
  }
  if (!events.status().ok()) {
    std::cerr << events.status().message() << "\n";
    return 1;
  }
}
