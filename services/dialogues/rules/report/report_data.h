// Everything that a report of a dialogue tells. Gathered by services/dialogues/report.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_REPORT_DATA_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_REPORT_DATA_H_

#include <vector>

#include "absl/time/time.h"
#include "colloquy/dialogues/v1/agenda.pb.h"
#include "colloquy/dialogues/v1/live.pb.h"
#include "colloquy/dialogues/v1/resources.pb.h"
#include "services/dialogues/rules/report/participation.h"

namespace colloquy::dialogues::rules::report {

// A report is read by participants too: it names nobody but presenters, owners of actions and
// those whom the dialogue itself shows by name, and holds no address.
struct ReportData {
  v1::Dialogue dialogue;
  std::vector<v1::Statement> statements;  // by number, with tallies; whatever their state
  v1::Opinion opinion;
  std::vector<v1::AgendaItem> agenda;  // each item before its children
  v1::SummarizeSpeakingResponse speaking;
  std::vector<v1::Poll> polls;  // closed ones with their results; DRAFT ones are passed over
  std::vector<v1::Decision> decisions;
  std::vector<v1::ActionItem> actions;
  std::vector<v1::ModerationEntry> moderation;
  std::vector<Interval> participation;
  absl::Time time;  // of the report; an item that runs has run until then
};

}  // namespace colloquy::dialogues::rules::report

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_REPORT_DATA_H_
