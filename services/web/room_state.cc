#include "services/web/room_state.h"

#include <algorithm>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/numbers.h"
#include "absl/strings/string_view.h"

namespace colloquy::web {
namespace {

using dialogues::v1::RoomUpdate;
using dialogues::v1::Statement;
using dialogues::v1::StatementTally;
using google::protobuf::RepeatedPtrField;

template <typename Resource>
void Merge(const RepeatedPtrField<Resource>& changed, RepeatedPtrField<Resource>& all) {
  if (changed.empty()) return;
  absl::flat_hash_map<std::string, int> places;
  for (int i = 0; i < all.size(); ++i) places.emplace(all[i].name(), i);
  for (const Resource& each : changed) {
    const auto [place, is_new] = places.emplace(each.name(), all.size());
    if (is_new) all.Add();
    all[place->second] = each;
  }
}

template <typename Resource>
void Remove(const absl::flat_hash_set<std::string>& names, RepeatedPtrField<Resource>& all) {
  const auto kept = std::remove_if(all.begin(), all.end(), [&names](const Resource& each) {
    return names.contains(each.name());
  });
  all.erase(kept, all.end());
}

int NumberOf(absl::string_view name) {
  int number = -1;
  return absl::SimpleAtoi(name.substr(name.rfind('/') + 1), &number) ? number : -1;
}

void Count(const RepeatedPtrField<StatementTally>& tallies, RepeatedPtrField<Statement>& all) {
  absl::flat_hash_map<int, const StatementTally*> changed;
  for (const StatementTally& tally : tallies) changed[tally.statement()] = &tally;
  if (changed.empty()) return;
  for (Statement& statement : all) {
    const auto found = changed.find(NumberOf(statement.name()));
    if (found != changed.end()) *statement.mutable_tally() = *found->second;
  }
}

}  // namespace

void RoomState::Apply(const RoomUpdate& update) {
  if (update.reset()) {
    whole_ = update;
    return;
  }
  whole_.set_cursor(update.cursor());
  if (update.has_dialogue()) *whole_.mutable_dialogue() = update.dialogue();
  if (update.has_opinion()) *whole_.mutable_opinion() = update.opinion();
  if (update.has_server_time()) *whole_.mutable_server_time() = update.server_time();
  Merge(update.statements(), *whole_.mutable_statements());
  Merge(update.agenda_items(), *whole_.mutable_agenda_items());
  Merge(update.speaker_requests(), *whole_.mutable_speaker_requests());
  Merge(update.polls(), *whole_.mutable_polls());
  Merge(update.decisions(), *whole_.mutable_decisions());
  Merge(update.action_items(), *whole_.mutable_action_items());
  Count(update.tallies(), *whole_.mutable_statements());
  if (update.deleted().empty()) return;
  const absl::flat_hash_set<std::string> gone(update.deleted().begin(), update.deleted().end());
  Remove(gone, *whole_.mutable_statements());
  Remove(gone, *whole_.mutable_agenda_items());
  Remove(gone, *whole_.mutable_speaker_requests());
  Remove(gone, *whole_.mutable_polls());
  Remove(gone, *whole_.mutable_decisions());
  Remove(gone, *whole_.mutable_action_items());
}

}  // namespace colloquy::web
