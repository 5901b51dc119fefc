#include "tests/conformance/opinion/conversation.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "clients/cli/files.h"

namespace colloquy::opinion_conformance {
namespace {

using dialogues::rules::opinion::Vote;
using Row = std::vector<std::string>;

absl::StatusOr<std::string> ReadText(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat(path, " cannot be read"));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// The columns named, of every row after the first.
absl::StatusOr<std::vector<Row>> ReadColumns(const std::string& path, const Row& names) {
  auto text = ReadText(path);
  if (!text.ok()) return text.status();
  auto rows = cli::ParseCsv(*text);
  if (!rows.ok()) return rows.status();
  if (rows->empty()) return absl::InvalidArgumentError(absl::StrCat(path, " is empty"));
  std::vector<size_t> places;
  for (const std::string& name : names) {
    const auto at = std::find(rows->front().begin(), rows->front().end(), name);
    if (at == rows->front().end()) {
      return absl::InvalidArgumentError(absl::StrCat(path, " has no column ", name));
    }
    places.push_back(at - rows->front().begin());
  }
  std::vector<Row> columns;
  for (size_t i = 1; i < rows->size(); ++i) {
    Row& picked = columns.emplace_back();
    for (size_t place : places) {
      if (place >= (*rows)[i].size()) {
        return absl::InvalidArgumentError(absl::StrCat(path, ": row ", i + 1, " is too short"));
      }
      picked.push_back((*rows)[i][place]);
    }
  }
  return columns;
}

std::string FileOf(const std::string& folder, const std::string& name) {
  const std::string special = absl::StrCat(folder, "/", name, "_for_expected_math.csv");
  return std::filesystem::exists(special) ? special : absl::StrCat(folder, "/", name, ".csv");
}

struct TimedVote {
  int64_t time = 0;
  uint32_t participant = 0, statement = 0;
  int vote = 0;
};

absl::Status ReadVotes(const std::string& path, Conversation& conversation) {
  auto rows = ReadColumns(path, {"timestamp", "comment-id", "voter-id", "vote"});
  if (!rows.ok()) return rows.status();
  std::vector<TimedVote> votes;
  for (const Row& row : *rows) {
    TimedVote vote;
    if (!absl::SimpleAtoi(row[0], &vote.time) || !absl::SimpleAtoi(row[3], &vote.vote) ||
        std::abs(vote.vote) > 1) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": row ", votes.size() + 2, " is no vote"));
    }
    vote.statement = conversation.votes.Statement(row[1]);
    vote.participant = conversation.votes.Participant(row[2]);
    votes.push_back(vote);
  }
  std::stable_sort(votes.begin(), votes.end(),
                   [](const TimedVote& a, const TimedVote& b) { return a.time < b.time; });
  for (const TimedVote& vote : votes) {
    conversation.votes.Set(vote.participant, vote.statement, static_cast<Vote>(vote.vote));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Conversation> ReadConversation(const std::string& folder) {
  Conversation conversation;
  if (absl::Status status = ReadVotes(FileOf(folder, "votes"), conversation); !status.ok()) {
    return status;
  }
  auto comments = ReadColumns(FileOf(folder, "comments"), {"comment-id", "moderated"});
  if (!comments.ok()) return comments.status();
  for (const Row& row : *comments) {
    if (row[1] == "-1") conversation.rejected.push_back(row[0]);
  }
  return conversation;
}

absl::StatusOr<nlohmann::json> ReadExpectedMath(const std::string& folder) {
  const std::string path = absl::StrCat(folder, "/expected_math.json");
  auto text = ReadText(path);
  if (!text.ok()) return text.status();
  nlohmann::json parsed = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) return absl::InvalidArgumentError(absl::StrCat(path, " is no object"));
  return parsed;
}

}  // namespace colloquy::opinion_conformance
