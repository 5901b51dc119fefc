// What both forms of a report say: which statements stand out, how each group voted, in which
// words.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_FACTS_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_FACTS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/timestamp.pb.h"
#include "google/type/date.pb.h"
#include "services/dialogues/rules/report/report_data.h"

namespace colloquy::dialogues::rules::report {

// The number at the end of a name such as `…/statements/17`; -1 where there is none.
int NumberOf(absl::string_view name);

// "Group A" for the first; "Group 27" beyond the alphabet.
std::string GroupName(int group);
// "not said" for none.
std::string TypeName(absl::string_view stakeholder_type);
// "accepted", "in progress": a value's name in small letters.
std::string StateWords(absl::string_view enum_name);
std::string MethodWords(v1::Poll::Method method);

// UTC, as a dialogue has no time zone: "2026-11-26 08:30 UTC"; empty where it is not set.
std::string Moment(const google::protobuf::Timestamp& time);
std::string Moment(absl::Time time);
// "2026-11-26"; empty where it is not set.
std::string Day(const google::type::Date& date);
// "1 h 05 min", "12 min", "40 s".
std::string Span(absl::Duration duration);
// "1 vote", "2 votes".
std::string Counted(int64_t count, absl::string_view one, absl::string_view more);
// Of those who voted; 0 where nobody did.
int Percent(int64_t part, int64_t whole);
int64_t VotesOf(const v1::StatementTally& tally);
// How an option of a closed poll did, in words: "12 votes", "strength 1.25".
std::string Score(const v1::Poll& poll, const v1::PollResult::Standing& standing);
// "A and B" of those who hold the first place; empty where there is no result.
std::string Winners(const v1::Poll& poll);

// How long an item has run; zero before it starts.
absl::Duration RanFor(const v1::AgendaItem& item, absl::Time now);

// One line of a statement's votes.
struct Row {
  std::string who;
  v1::StatementTally tally;
};

// Lookups in a report's data, which must outlive it.
class Facts {
 public:
  explicit Facts(const ReportData& data);

  const ReportData& data() const { return data_; }

  // Null where there is none.
  const v1::Statement* Statement(int number) const;
  // Null where there is none of that name.
  const v1::AgendaItem* Item(absl::string_view name) const;
  const v1::Poll* Poll(absl::string_view name) const;
  const v1::Decision* Decision(absl::string_view name) const;

  // The words of a statement that participants see; "(not shown)" for one that was rejected or
  // merged, whose words a report does not repeat.
  std::string WordsOf(int number) const;

  // Statements that participants see, by number.
  const std::vector<const v1::Statement*>& shown() const { return shown_; }
  // Polls that were opened.
  const std::vector<const v1::Poll*>& polls() const { return polls_; }

  // All, each group and, if wanted, each stakeholder type.
  std::vector<Row> RowsOf(const v1::Statement& statement, bool with_types) const;
  // The same at the moment of a decision.
  static std::vector<Row> RowsOf(const v1::Decision::Support& support);

  // Up to `most` statements that participants see, the greatest `value` first.
  std::vector<const v1::Opinion::StatementOpinion*> Top(
      size_t most, double (*value)(const v1::Opinion::StatementOpinion&)) const;

  std::vector<const v1::ActionItem*> ActionsOf(absl::string_view decision) const;

  // How deep an item of the agenda lies: 0 for those of the top.
  int DepthOf(const v1::AgendaItem& item) const;

  // What the figures say about how far the groups can be trusted.
  std::string Certainty() const;

 private:
  const ReportData& data_;
  absl::flat_hash_map<int, const v1::Statement*> statements_;
  absl::flat_hash_map<absl::string_view, const v1::AgendaItem*> items_;
  absl::flat_hash_map<std::pair<int, int>, const v1::StatementTally*> groups_, types_;
  std::vector<const v1::Statement*> shown_;
  std::vector<const v1::Poll*> polls_;
};

}  // namespace colloquy::dialogues::rules::report

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_FACTS_H_
