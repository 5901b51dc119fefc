#include "services/events/rules/lifecycle.h"

#include <array>
#include <cstdint>

#include "services/common/errors/errors.h"
#include "services/events/rules/civil_time.h"

namespace colloquy::events::rules {
namespace {

using v1::Event;

constexpr uint8_t Bit(Event::State state) { return static_cast<uint8_t>(1u << state); }

constexpr uint8_t kLive = Bit(Event::PUBLISHED) | Bit(Event::IN_PROGRESS);
constexpr uint8_t kEditable = Bit(Event::DRAFT) | kLive | Bit(Event::COMPLETED);
constexpr uint8_t kAny = kEditable | Bit(Event::CANCELLED) | Bit(Event::ARCHIVED);

struct Rule {
  Method method;
  absl::string_view name;
  uint8_t states;
  bool never_published;
  absl::string_view needed;
};

// The state machine: the README draws it.
constexpr std::array<Rule, 9> kRules = {{
    {Method::kUpdateEvent, "UpdateEvent", kEditable, false,
     "DRAFT, PUBLISHED, IN_PROGRESS or COMPLETED"},
    {Method::kDeleteEvent, "DeleteEvent", kAny, true, "an event that was never published"},
    {Method::kPublishEvent, "PublishEvent", Bit(Event::DRAFT), false, "DRAFT"},
    {Method::kCancelEvent, "CancelEvent", Bit(Event::DRAFT) | kLive, false,
     "DRAFT, PUBLISHED or IN_PROGRESS"},
    {Method::kArchiveEvent, "ArchiveEvent", Bit(Event::COMPLETED) | Bit(Event::CANCELLED), false,
     "COMPLETED or CANCELLED"},
    {Method::kCreateEventSeries, "CreateEventSeries", Bit(Event::DRAFT) | kLive, false,
     "DRAFT, PUBLISHED or IN_PROGRESS"},
    {Method::kCreateSession, "CreateSession", kEditable, false,
     "an event that is DRAFT, PUBLISHED, IN_PROGRESS or COMPLETED"},
    {Method::kUpdateSession, "UpdateSession", kEditable, false,
     "an event that is DRAFT, PUBLISHED, IN_PROGRESS or COMPLETED"},
    {Method::kDeleteSession, "DeleteSession", kEditable, false,
     "an event that is DRAFT, PUBLISHED, IN_PROGRESS or COMPLETED"},
}};

const Rule& RuleOf(Method method) { return kRules[static_cast<size_t>(method)]; }

}  // namespace

absl::string_view MethodName(Method method) { return RuleOf(method).name; }

Event::State StateAt(const Event& event, absl::Time now) {
  if (event.state() != Event::PUBLISHED) return event.state();
  if (now < FromProto(event.start_time())) return Event::PUBLISHED;
  return now < FromProto(event.end_time()) ? Event::IN_PROGRESS : Event::COMPLETED;
}

absl::Time StateGoodUntil(const Event& shown) {
  if (shown.state() == Event::PUBLISHED) return FromProto(shown.start_time());
  if (shown.state() == Event::IN_PROGRESS) return FromProto(shown.end_time());
  return absl::InfiniteFuture();
}

bool Allows(Method method, Event::State state, bool published) {
  const Rule& rule = RuleOf(method);
  return (rule.states & Bit(state)) != 0 && !(rule.never_published && published);
}

absl::Status CheckAllowed(Method method, const Event& event, absl::Time now) {
  Event::State state = StateAt(event, now);
  if (Allows(method, state, WasPublished(event))) return absl::OkStatus();
  return errors::IllegalTransition(event.name(), Event::State_Name(state), MethodName(method),
                                   RuleOf(method).needed);
}

}  // namespace colloquy::events::rules
