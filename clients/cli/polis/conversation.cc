#include "clients/cli/polis/conversation.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "clients/cli/polis/rows.h"
#include "services/common/errors/errors.h"

namespace colloquy::cli::polis {
namespace {

namespace pb = dialogues::v1;

// Below it a timestamp is in seconds: as milliseconds it would be before March 1973.
constexpr int64_t kLeastMilliseconds = 100'000'000'000;
// Year 9999, the end of what a Timestamp holds.
constexpr int64_t kMostMilliseconds = 253'402'300'799'999;
constexpr size_t kRunBytes = 1 << 20;

bool ParseNumber(absl::string_view text, int32_t* number) {
  return absl::SimpleAtoi(text, number) && *number >= 0;
}

// False if there is text that is no time.
bool ParseMoment(absl::string_view text, google::protobuf::Timestamp* time) {
  int64_t stamp = 0;
  if (!absl::SimpleAtoi(text, &stamp) || stamp < 0) return false;
  if (stamp < kLeastMilliseconds) stamp *= 1000;
  if (stamp > kMostMilliseconds) return false;
  time->set_seconds(stamp / 1000);
  time->set_nanos(static_cast<int32_t>(stamp % 1000 * 1'000'000));
  return true;
}

std::optional<pb::VoteValue> ParseVote(absl::string_view text) {
  if (text == "1") return pb::AGREE;
  if (text == "-1") return pb::DISAGREE;
  if (text == "0") return pb::PASS;
  return std::nullopt;
}

std::optional<pb::Statement::State> ParseModerated(absl::string_view text) {
  if (text == "1") return pb::Statement::ACCEPTED;
  if (text == "0" || text.empty()) return pb::Statement::UNDECIDED;
  if (text == "-1") return pb::Statement::REJECTED;
  return std::nullopt;
}

class Reader {
 public:
  explicit Reader(const Files& files) : files_(files) {}

  absl::StatusOr<Conversation> Read() {
    COLLOQUY_RETURN_IF_ERROR(ReadComments());
    COLLOQUY_RETURN_IF_ERROR(ReadVotes());
    ReadParticipants();
    ReadSummary();
    for (auto& [number, statement] : statements_) {
      result_.statements.push_back(std::move(statement));
    }
    for (const int32_t number : participants_) {
      result_.participants.emplace_back().set_number(number);
    }
    return std::move(result_);
  }

 private:
  absl::Status ReadComments() {
    Rows rows("comments.csv", files_.comments);
    COLLOQUY_RETURN_IF_ERROR(rows.Require({"comment-id", "comment-body"}));
    while (rows.Next()) {
      const std::string wrong = AddComment(rows);
      if (!wrong.empty()) LeaveOut(rows, wrong);
    }
    return absl::OkStatus();
  }

  // What is wrong with the row, or empty.
  std::string AddComment(const Rows& rows) {
    pb::ImportedStatement statement;
    int32_t number = 0;
    if (!rows.defect().empty()) return rows.defect();
    if (!ParseNumber(rows.Cell("comment-id"), &number)) return NoNumber(rows, "comment-id");
    if (statements_.contains(number)) {
      return absl::StrCat("comment ", number, " is there already");
    }
    const absl::string_view text = absl::StripAsciiWhitespace(rows.Cell("comment-body"));
    if (text.empty()) return "comment-body is empty";
    const auto state = ParseModerated(rows.Cell("moderated"));
    if (!state.has_value()) return NoNumber(rows, "moderated", "-1, 0 or 1");
    const absl::string_view time = rows.Cell("timestamp");
    if (!time.empty() && !ParseMoment(time, statement.mutable_create_time())) {
      return NoNumber(rows, "timestamp", "a time");
    }
    const absl::string_view author = rows.Cell("author-id");
    int32_t author_number = 0;
    const bool seed = absl::EqualsIgnoreCase(rows.Cell("is-seed"), "true");
    if (!author.empty() && !seed) {
      if (!ParseNumber(author, &author_number)) return NoNumber(rows, "author-id");
      statement.set_author(author_number);
      statement.set_has_author(true);
      participants_.insert(author_number);
    }
    statement.set_number(number);
    statement.set_text(std::string(text));
    statement.set_state(*state);
    statement.set_meta(absl::EqualsIgnoreCase(rows.Cell("is-meta"), "true"));
    NoteDuplicate(rows, text);
    statements_[number] = std::move(statement);
    return "";
  }

  void NoteDuplicate(const Rows& rows, absl::string_view text) {
    const auto [first, inserted] = lines_.emplace(FoldedText(text), rows.line());
    if (inserted) return;
    result_.findings.push_back(
        {rows.file(), rows.line(),
         absl::StrCat("has the words of the comment in line ", first->second), false});
  }

  absl::Status ReadVotes() {
    Rows rows("votes.csv", files_.votes);
    COLLOQUY_RETURN_IF_ERROR(rows.Require({"comment-id", "voter-id", "vote"}));
    while (rows.Next()) {
      const std::string wrong = AddVote(rows);
      if (!wrong.empty()) LeaveOut(rows, wrong);
    }
    const auto moment = [](const pb::Vote& vote) {
      return std::make_pair(vote.vote_time().seconds(), vote.vote_time().nanos());
    };
    std::stable_sort(result_.votes.begin(), result_.votes.end(),
                     [&](const pb::Vote& a, const pb::Vote& b) { return moment(a) < moment(b); });
    return absl::OkStatus();
  }

  std::string AddVote(const Rows& rows) {
    int32_t statement = 0, participant = 0;
    if (!rows.defect().empty()) return rows.defect();
    if (!ParseNumber(rows.Cell("comment-id"), &statement)) return NoNumber(rows, "comment-id");
    if (!ParseNumber(rows.Cell("voter-id"), &participant)) return NoNumber(rows, "voter-id");
    const auto value = ParseVote(rows.Cell("vote"));
    if (!value.has_value()) return NoNumber(rows, "vote", "-1, 0 or 1");
    if (!statements_.contains(statement)) {
      return absl::StrCat("comments.csv has no comment ", statement);
    }
    pb::Vote vote;
    const absl::string_view time = rows.Cell("timestamp");
    if (!time.empty() && !ParseMoment(time, vote.mutable_vote_time())) {
      return NoNumber(rows, "timestamp", "a time");
    }
    vote.set_statement(statement);
    vote.set_participant(participant);
    vote.set_value(*value);
    participants_.insert(participant);
    result_.votes.push_back(std::move(vote));
    return "";
  }

  // Tells who took part without voting or writing; everything else in it follows from the votes.
  void ReadParticipants() {
    Rows rows("participants-votes.csv", files_.participants_votes);
    if (!rows.Require({"participant"}).ok()) return;
    int32_t number = 0;
    while (rows.Next()) {
      if (ParseNumber(rows.Cell("participant"), &number)) {
        participants_.insert(number);
      } else {
        LeaveOut(rows, NoNumber(rows, "participant"));
      }
    }
  }

  void ReadSummary() {
    for (auto& [key, value] : PairsOf(files_.summary)) {
      if (key == "topic") result_.topic = std::move(value);
      if (key == "conversation-description") result_.description = std::move(value);
    }
  }

  static std::string NoNumber(const Rows& rows, absl::string_view column,
                              absl::string_view wanted = "a number from 0") {
    return absl::StrCat(column, " is '", rows.Cell(column).substr(0, 40), "', not ", wanted);
  }

  void LeaveOut(const Rows& rows, const std::string& why) {
    result_.findings.push_back({rows.file(), rows.line(), why, true});
  }

  const Files& files_;
  Conversation result_;
  std::map<int32_t, pb::ImportedStatement> statements_;
  std::set<int32_t> participants_;
  absl::flat_hash_map<std::string, int64_t> lines_;  // of the first comment with these words
};

// Fills requests one after another.
class RunMaker {
 public:
  RunMaker(const std::string& dialogue, int most) : dialogue_(dialogue), most_(most) {}

  // The request that has room for `bytes` more of a kind of which it has `count` records.
  pb::ImportConversationRequest& For(size_t bytes,
                                     int (*count)(const pb::ImportConversationRequest&)) {
    const bool full = runs_.empty() || count(runs_.back()) >= most_ || bytes_ + bytes > kRunBytes;
    if (full) {
      pb::ImportConversationRequest& run = runs_.emplace_back();
      run.set_parent(dialogue_);
      run.set_run(static_cast<int32_t>(runs_.size()));
      bytes_ = 0;
    }
    bytes_ += bytes;
    return runs_.back();
  }

  std::vector<pb::ImportConversationRequest> Take() { return std::move(runs_); }

 private:
  const std::string& dialogue_;
  const int most_;
  size_t bytes_ = 0;
  std::vector<pb::ImportConversationRequest> runs_;
};

}  // namespace

absl::StatusOr<Conversation> ReadConversation(const Files& files) { return Reader(files).Read(); }

std::vector<pb::ImportConversationRequest> RunsOf(const Conversation& conversation,
                                                  const std::string& dialogue, int most) {
  RunMaker runs(dialogue, most);
  for (const pb::ImportedParticipant& participant : conversation.participants) {
    *runs.For(8, [](const auto& run) { return run.participants_size(); }).add_participants() =
        participant;
  }
  for (const pb::ImportedStatement& statement : conversation.statements) {
    *runs.For(statement.ByteSizeLong() + 4, [](const auto& run) { return run.statements_size(); })
         .add_statements() = statement;
  }
  for (const pb::Vote& vote : conversation.votes) {
    *runs.For(vote.ByteSizeLong() + 2, [](const auto& run) { return run.votes_size(); })
         .add_votes() = vote;
  }
  return runs.Take();
}

}  // namespace colloquy::cli::polis
