#include "clients/cli/polis/export.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"

namespace colloquy::cli::polis {
namespace {

namespace pb = dialogues::v1;
using google::protobuf::Timestamp;

std::string Cell(absl::string_view text) {
  if (text.find_first_of(",\"\r\n") == absl::string_view::npos) return std::string(text);
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

int NumberOf(absl::string_view name) {
  int number = -1;
  const size_t slash = name.rfind('/');
  if (slash == absl::string_view::npos) return -1;
  return absl::SimpleAtoi(name.substr(slash + 1), &number) ? number : -1;
}

// "1568101622999,Tue Sep 10 07:47:02 UTC 2019"
std::string Moment(const Timestamp& time) {
  const int64_t milliseconds = time.seconds() * 1000 + time.nanos() / 1'000'000;
  return absl::StrCat(milliseconds, ",",
                      absl::FormatTime("%a %b %d %H:%M:%S UTC %Y",
                                       absl::FromUnixSeconds(time.seconds()), absl::UTCTimeZone()));
}

int Sign(pb::VoteValue value) { return value == pb::AGREE ? 1 : value == pb::DISAGREE ? -1 : 0; }

// The last vote of each statement and participant.
using LastVotes = std::map<std::pair<int, int>, pb::VoteValue>;

std::string VotesCsv(std::vector<const pb::Vote*> votes) {
  std::stable_sort(votes.begin(), votes.end(), [](const pb::Vote* a, const pb::Vote* b) {
    return std::make_pair(a->statement(), a->participant()) <
           std::make_pair(b->statement(), b->participant());
  });
  std::string csv = "timestamp,datetime,comment-id,voter-id,vote\n";
  for (const pb::Vote* vote : votes) {
    absl::StrAppend(&csv, Moment(vote->vote_time()), ",", vote->statement(), ",",
                    vote->participant(), ",", Sign(vote->value()));
    csv += '\n';
  }
  return csv;
}

int Moderated(const pb::Statement& statement) {
  switch (statement.state()) {
    case pb::Statement::ACCEPTED:
      return 1;
    case pb::Statement::UNDECIDED:
      return 0;
    default:
      return -1;
  }
}

// Product over the groups of (A+1)/(S+2), in both modes of analysis; empty without groups.
std::string GroupInformedConsensus(const pb::Opinion& opinion, int statement) {
  if (opinion.groups().empty()) return "";
  double product = 1;
  for (const pb::Opinion::Group& group : opinion.groups()) {
    pb::StatementTally its;
    for (const pb::StatementTally& tally : group.tallies()) {
      if (tally.statement() == statement) its = tally;
    }
    const double votes = double{1} * its.agree_count() + its.disagree_count() + its.pass_count();
    product *= (its.agree_count() + 1) / (votes + 2);
  }
  return absl::StrFormat("%.17g", product);
}

std::string CommentsCsv(const std::vector<pb::Statement>& statements, const pb::Opinion& opinion) {
  std::string csv =
      "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,is-meta,is-seed,"
      "group-informed-consensus,comment-body\n";
  for (const pb::Statement& statement : statements) {
    const int number = NumberOf(statement.name());
    const int author = NumberOf(statement.author());
    absl::StrAppend(&csv, Moment(statement.create_time()), ",", number, ",",
                    author < 0 ? "" : absl::StrCat(author), ",");
    absl::StrAppend(&csv, statement.tally().agree_count(), ",", statement.tally().disagree_count(),
                    ",", Moderated(statement), ",", statement.meta() ? "true" : "false");
    absl::StrAppend(&csv, ",", author < 0 ? "true" : "false", ",",
                    GroupInformedConsensus(opinion, number), ",", Cell(statement.text()), "\n");
  }
  return csv;
}

std::string ParticipantsCsv(const std::vector<pb::Statement>& statements, const LastVotes& last,
                            const pb::Opinion& opinion) {
  std::set<int> columns;
  std::map<int, std::map<int, int>> rows;  // by participant: sign by statement
  for (const auto& [pair, value] : last) {
    columns.insert(pair.first);
    rows[pair.second][pair.first] = Sign(value);
  }
  std::map<int, int> groups, written;
  for (const pb::Opinion::Position& one : opinion.positions()) {
    groups[one.participant()] = one.group();
  }
  for (const pb::Statement& statement : statements) ++written[NumberOf(statement.author())];
  std::string csv = "participant,group-id,n-comments,n-votes,n-agree,n-disagree";
  for (const int column : columns) absl::StrAppend(&csv, ",", column);
  csv += '\n';
  for (const auto& [participant, signs] : rows) {
    const auto group = groups.find(participant);
    const bool grouped = group != groups.end() && group->second >= 0;
    int agree = 0, disagree = 0;
    for (const auto& [statement, sign] : signs) {
      agree += sign == 1;
      disagree += sign == -1;
    }
    absl::StrAppend(&csv, participant, ",", grouped ? absl::StrCat(group->second) : "", ",",
                    written[participant], ",");
    absl::StrAppend(&csv, signs.size(), ",", agree, ",", disagree);
    for (const int column : columns) {
      const auto sign = signs.find(column);
      absl::StrAppend(&csv, ",", sign == signs.end() ? "" : absl::StrCat(sign->second));
    }
    csv += '\n';
  }
  return csv;
}

std::string SummaryCsv(const pb::Dialogue& dialogue, const std::vector<pb::Statement>& statements,
                       const LastVotes& last, const pb::Opinion& opinion) {
  std::set<int> voters, authors;
  for (const auto& [pair, value] : last) voters.insert(pair.second);
  for (const pb::Statement& statement : statements) authors.insert(NumberOf(statement.author()));
  authors.erase(-1);
  return absl::StrCat("topic,", Cell(dialogue.title()), "\nurl,", dialogue.name(), "\nviews,",
                      dialogue.participant_count(), "\nvoters,", voters.size(), "\nvoters-in-conv,",
                      voters.size(), "\ncommenters,", authors.size(), "\ncomments,",
                      statements.size(), "\ngroups,", opinion.groups_size(),
                      "\nconversation-description,", Cell(dialogue.description()), "\n");
}

}  // namespace

Exported ExportConversation(const pb::Dialogue& dialogue,
                            const std::vector<pb::Statement>& statements,
                            const std::vector<pb::Vote>& votes, const pb::Opinion& opinion) {
  LastVotes last;
  std::map<std::pair<int, int>, int64_t> taken_back;  // place of the last one
  for (size_t i = 0; i < votes.size(); ++i) {
    const std::pair<int, int> pair(votes[i].statement(), votes[i].participant());
    if (votes[i].value() == pb::VOTE_VALUE_UNSPECIFIED) {
      taken_back[pair] = static_cast<int64_t>(i);
      last.erase(pair);
    } else {
      last[pair] = votes[i].value();
    }
  }
  std::vector<const pb::Vote*> kept;
  for (size_t i = 0; i < votes.size(); ++i) {
    const auto back = taken_back.find({votes[i].statement(), votes[i].participant()});
    const bool counts = back == taken_back.end() || static_cast<int64_t>(i) > back->second;
    if (counts) kept.push_back(&votes[i]);
  }
  Exported exported;
  exported.votes_left_out = static_cast<int64_t>(votes.size() - kept.size());
  exported.files.votes = VotesCsv(std::move(kept));
  exported.files.comments = CommentsCsv(statements, opinion);
  exported.files.participants_votes = ParticipantsCsv(statements, last, opinion);
  exported.files.summary = SummaryCsv(dialogue, statements, last, opinion);
  return exported;
}

}  // namespace colloquy::cli::polis
