#include "services/dialogues/rules/report/facts.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"

namespace colloquy::dialogues::rules::report {
namespace {

absl::Time TimeOf(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

v1::StatementTally Named(v1::StatementTally tally, int statement) {
  tally.set_statement(statement);
  return tally;
}

}  // namespace

int NumberOf(absl::string_view name) {
  int number = -1;
  const size_t slash = name.rfind('/');
  const bool is_number =
      slash != absl::string_view::npos && absl::SimpleAtoi(name.substr(slash + 1), &number);
  return is_number ? number : -1;
}

std::string GroupName(int group) {
  if (group < 0 || group >= 26) return absl::StrCat("Group ", group + 1);
  return absl::StrCat("Group ", std::string(1, static_cast<char>('A' + group)));
}

std::string TypeName(absl::string_view stakeholder_type) {
  return stakeholder_type.empty() ? "not said" : std::string(stakeholder_type);
}

std::string StateWords(absl::string_view enum_name) {
  return absl::StrReplaceAll(absl::AsciiStrToLower(enum_name), {{"_", " "}});
}

std::string MethodWords(v1::Poll::Method method) {
  switch (method) {
    case v1::Poll::CHOICE:
      return "Choice: votes counted";
    case v1::Poll::SCORE:
      return "Score: points added";
    case v1::Poll::DOTS:
      return "Dots: added";
    case v1::Poll::RANKING:
      return "Ranking: method of Schulze";
    case v1::Poll::PAIRWISE:
      return "Pairs: Bradley–Terry strengths";
    case v1::Poll::BUDGET:
      return "Budget: Method of Equal Shares";
    default:
      return "Poll";
  }
}

std::string Moment(absl::Time time) {
  return absl::FormatTime("%Y-%m-%d %H:%M UTC", time, absl::UTCTimeZone());
}

std::string Moment(const google::protobuf::Timestamp& time) {
  return time.seconds() == 0 && time.nanos() == 0 ? "" : Moment(TimeOf(time));
}

std::string Day(const google::type::Date& date) {
  if (date.year() == 0) return "";
  return absl::StrFormat("%04d-%02d-%02d", date.year(), date.month(), date.day());
}

std::string Span(absl::Duration duration) {
  const int64_t seconds = std::max<int64_t>(0, absl::ToInt64Seconds(duration));
  if (seconds < 60) return absl::StrCat(seconds, " s");
  const int64_t minutes = (seconds + 30) / 60;
  if (minutes < 60) return absl::StrCat(minutes, " min");
  return absl::StrFormat("%d h %02d min", minutes / 60, minutes % 60);
}

std::string Counted(int64_t count, absl::string_view one, absl::string_view more) {
  return absl::StrCat(count, " ", count == 1 ? one : more);
}

int Percent(int64_t part, int64_t whole) {
  return whole <= 0 ? 0 : static_cast<int>((200 * part + whole) / (2 * whole));
}

int64_t VotesOf(const v1::StatementTally& tally) {
  return int64_t{tally.agree_count()} + tally.disagree_count() + tally.pass_count();
}

std::string Score(const v1::Poll& poll, const v1::PollResult::Standing& standing) {
  const std::string number = absl::StrFormat("%.6g", standing.score());
  switch (poll.method()) {
    case v1::Poll::CHOICE:
      return absl::StrCat(number, standing.score() == 1 ? " vote" : " votes");
    case v1::Poll::SCORE:
      return absl::StrCat(number, " points");
    case v1::Poll::DOTS:
      return absl::StrCat(number, " dots");
    case v1::Poll::RANKING:
      return absl::StrCat("beats ", number);
    case v1::Poll::PAIRWISE:
      return absl::StrFormat("strength %.3g", standing.score());
    case v1::Poll::BUDGET:
      return absl::StrCat("utility ", number, standing.funded() ? ", paid for" : "");
    default:
      return number;
  }
}

std::string Winners(const v1::Poll& poll) {
  std::vector<std::string> winners;
  for (const v1::PollResult::Standing& standing : poll.result().standings()) {
    const bool wins = poll.method() == v1::Poll::BUDGET ? standing.funded() : standing.rank() == 1;
    const bool known = standing.option() >= 0 && standing.option() < poll.options_size();
    if (wins && known) winners.push_back(poll.options(standing.option()).text());
  }
  return absl::StrJoin(winners, " and ");
}

absl::Duration RanFor(const v1::AgendaItem& item, absl::Time now) {
  if (!item.has_start_time()) return absl::ZeroDuration();
  const absl::Time end = item.has_finish_time() ? TimeOf(item.finish_time()) : now;
  return std::max(absl::ZeroDuration(), end - TimeOf(item.start_time()));
}

Facts::Facts(const ReportData& data) : data_(data) {
  for (const v1::Statement& statement : data.statements) {
    statements_[NumberOf(statement.name())] = &statement;
    const bool accepted = statement.state() == v1::Statement::ACCEPTED;
    const bool undecided = statement.state() == v1::Statement::UNDECIDED &&
                           data.dialogue.moderation() != v1::Dialogue::BEFORE;
    if (accepted || undecided) shown_.push_back(&statement);
  }
  for (const v1::AgendaItem& item : data.agenda) items_[item.name()] = &item;
  for (const v1::Poll& poll : data.polls) {
    if (poll.state() != v1::Poll::DRAFT) polls_.push_back(&poll);
  }
  for (int i = 0; i < data.opinion.groups_size(); ++i) {
    for (const v1::StatementTally& tally : data.opinion.groups(i).tallies()) {
      groups_[{i, tally.statement()}] = &tally;
    }
  }
  for (int i = 0; i < data.opinion.stakeholder_types_size(); ++i) {
    for (const v1::StatementTally& tally : data.opinion.stakeholder_types(i).tallies()) {
      types_[{i, tally.statement()}] = &tally;
    }
  }
}

const v1::Statement* Facts::Statement(int number) const {
  const auto found = statements_.find(number);
  return found == statements_.end() ? nullptr : found->second;
}

const v1::AgendaItem* Facts::Item(absl::string_view name) const {
  const auto found = items_.find(name);
  return found == items_.end() ? nullptr : found->second;
}

const v1::Poll* Facts::Poll(absl::string_view name) const {
  const auto found = std::find_if(polls_.begin(), polls_.end(),
                                  [&](const v1::Poll* poll) { return poll->name() == name; });
  return found == polls_.end() ? nullptr : *found;
}

const v1::Decision* Facts::Decision(absl::string_view name) const {
  for (const v1::Decision& decision : data_.decisions) {
    if (decision.name() == name) return &decision;
  }
  return nullptr;
}

std::string Facts::WordsOf(int number) const {
  const auto shown = std::find_if(shown_.begin(), shown_.end(), [&](const v1::Statement* one) {
    return NumberOf(one->name()) == number;
  });
  return shown == shown_.end() ? "(not shown)" : (*shown)->text();
}

std::vector<Row> Facts::RowsOf(const v1::Statement& statement, bool with_types) const {
  const int number = NumberOf(statement.name());
  std::vector<Row> rows = {{"All", Named(statement.tally(), number)}};
  const auto add = [&](std::string who, const auto& tallies, int index) {
    const auto found = tallies.find({index, number});
    rows.push_back({std::move(who),
                    Named(found == tallies.end() ? v1::StatementTally() : *found->second, number)});
  };
  const v1::Opinion& opinion = data_.opinion;
  for (int i = 0; i < opinion.groups_size(); ++i) {
    add(GroupName(opinion.groups(i).id()), groups_, i);
  }
  // One type that is all of them tells nothing.
  for (int i = 0;
       with_types && opinion.stakeholder_types_size() > 1 && i < opinion.stakeholder_types_size();
       ++i) {
    add(TypeName(opinion.stakeholder_types(i).stakeholder_type()), types_, i);
  }
  return rows;
}

std::vector<Row> Facts::RowsOf(const v1::Decision::Support& support) {
  std::vector<Row> rows = {{"All", support.all()}};
  for (int i = 0; i < support.groups_size(); ++i) {
    rows.push_back({GroupName(i), support.groups(i)});
  }
  std::vector<std::pair<std::string, v1::StatementTally>> types(support.stakeholder_types().begin(),
                                                                support.stakeholder_types().end());
  // Maps of protobuf have no order.
  std::sort(types.begin(), types.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [type, tally] : types) rows.push_back({TypeName(type), tally});
  return rows;
}

std::vector<const v1::Opinion::StatementOpinion*> Facts::Top(
    size_t most, double (*value)(const v1::Opinion::StatementOpinion&)) const {
  std::vector<const v1::Opinion::StatementOpinion*> all;
  for (const v1::Opinion::StatementOpinion& one : data_.opinion.statements()) {
    const v1::Statement* const statement = Statement(one.statement());
    const bool counts = statement != nullptr && !statement->meta() &&
                        std::find(shown_.begin(), shown_.end(), statement) != shown_.end();
    if (counts) all.push_back(&one);
  }
  const auto before = [value](const auto* a, const auto* b) {
    return std::make_pair(-value(*a), a->statement()) < std::make_pair(-value(*b), b->statement());
  };
  std::sort(all.begin(), all.end(), before);
  all.resize(std::min(all.size(), most));
  return all;
}

std::vector<const v1::ActionItem*> Facts::ActionsOf(absl::string_view decision) const {
  std::vector<const v1::ActionItem*> actions;
  for (const v1::ActionItem& action : data_.actions) {
    if (action.decision() == decision) actions.push_back(&action);
  }
  return actions;
}

int Facts::DepthOf(const v1::AgendaItem& item) const {
  int depth = 0;
  for (const v1::AgendaItem* parent = Item(item.parent_item()); parent != nullptr && depth < 5;
       parent = Item(parent->parent_item())) {
    ++depth;
  }
  return depth;
}

std::string Facts::Certainty() const {
  const v1::Opinion& opinion = data_.opinion;
  if (opinion.mode() == v1::Dialogue::POLIS_COMPATIBLE) {
    return "Found as the published engine (compdemocracy/polis) finds them; it reports no "
           "uncertainty.";
  }
  const double agreement = opinion.bootstrap_agreement();
  const char* words = agreement >= 0.8   ? "The groups are stable"
                      : agreement >= 0.5 ? "The groups are fairly stable"
                                         : "The groups are uncertain: with other participants they "
                                           "could look different";
  return absl::StrFormat(
      "%s. Groups of resampled participants agree with these by %.2f (adjusted Rand index, 1 is "
      "certain); this number of groups is better than the next by %.3f (mean silhouette).",
      words, agreement, opinion.silhouette_margin());
}

}  // namespace colloquy::dialogues::rules::report
