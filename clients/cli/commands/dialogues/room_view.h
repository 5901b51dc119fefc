// A room as its stream tells of it, and how that looks in a terminal. Knows no server.
#ifndef COLLOQUY_CLIENTS_CLI_COMMANDS_DIALOGUES_ROOM_VIEW_H_
#define COLLOQUY_CLIENTS_CLI_COMMANDS_DIALOGUES_ROOM_VIEW_H_

#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "colloquy/dialogues/v1/live.pb.h"

namespace colloquy::cli {

// Follows the rules of RoomUpdate: entries are set by name, `deleted` ones go, `reset` forgets all.
class RoomView {
 public:
  // Takes the next update and gives a line for each thing that happened, for a log; none for what a
  // reset holds, but how much it is.
  std::vector<std::string> Apply(const dialogues::v1::RoomUpdate& update);

  // The screen, at most `height` lines of `width` cells: state and clock, what is on the agenda,
  // the queue, the statements that were voted on last, groups, open polls. Texts are safe for a
  // terminal. `now` is the server's time.
  std::vector<std::string> Screen(absl::Time now, int width, int height) const;

 private:
  void ApplyTally(const dialogues::v1::StatementTally& tally);
  void AddAgenda(absl::Time now, std::vector<std::string>* lines) const;
  void AddQueue(absl::Time now, std::vector<std::string>* lines) const;
  void AddStatements(std::vector<std::string>* lines) const;
  void AddGroups(std::vector<std::string>* lines) const;

  dialogues::v1::Dialogue dialogue_;
  // By number, so in their order.
  std::map<int, dialogues::v1::Statement> statements_;
  std::map<int, dialogues::v1::AgendaItem> agenda_;
  std::map<int, dialogues::v1::SpeakerRequest> speakers_;
  std::map<int, dialogues::v1::Poll> polls_;
  dialogues::v1::Opinion opinion_;
  std::vector<int> touched_;  // statements in the order of their last vote, newest first
  int watchers_ = 0;
};

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_COMMANDS_DIALOGUES_ROOM_VIEW_H_
