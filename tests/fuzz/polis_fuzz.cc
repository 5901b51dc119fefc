// Any bytes as comments.csv and votes.csv: reading ends; every vote is on a statement of a known
// participant; votes are in the order of time; runs hold all of it.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <set>

#include "clients/cli/polis/conversation.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace polis = colloquy::cli::polis;
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  // The files lie one after the other, with a zero byte between.
  const size_t first = std::min(bytes.find('\0'), bytes.size());
  polis::Files files;
  files.comments = bytes.substr(0, first);
  files.votes = first < bytes.size() ? bytes.substr(first + 1) : "";
  files.participants_votes = files.votes;
  files.summary = files.comments;
  const auto read = polis::ReadConversation(files);
  if (!read.ok()) return 0;
  std::set<int> statements, participants;
  for (const auto& one : read->statements) statements.insert(one.number());
  for (const auto& one : read->participants) participants.insert(one.number());
  if (statements.size() != read->statements.size()) std::abort();
  for (size_t i = 0; i < read->votes.size(); ++i) {
    const auto& vote = read->votes[i];
    if (!statements.contains(vote.statement())) std::abort();
    if (!participants.contains(vote.participant())) std::abort();
    if (i > 0 && vote.vote_time().seconds() < read->votes[i - 1].vote_time().seconds())
      std::abort();
  }
  size_t votes = 0;
  for (const auto& run : polis::RunsOf(*read, "organizers/a/dialogues/d", 3)) {
    if (run.votes_size() > 3) std::abort();
    votes += run.votes_size();
  }
  if (votes != read->votes.size()) std::abort();
  return 0;
}
