#include "clients/cli/commands/dialogues/room_view.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "clients/cli/commands/dialogues/opinion_text.h"
#include "clients/cli/names.h"
#include "clients/cli/terminal.h"
#include "clients/cli/times.h"

namespace colloquy::cli {
namespace {

namespace pb = dialogues::v1;
constexpr size_t kShownStatements = 8;
constexpr size_t kShownSpeakers = 6;
constexpr int kBar = 20;  // cells
// More are not remembered: only the newest are shown.
constexpr size_t kMostTouched = 100;

int NumberOf(absl::string_view name) {
  int number = -1;
  return absl::SimpleAtoi(LastSegment(name), &number) ? number : -1;
}

std::string Clock(absl::Duration span) {
  const int64_t seconds = absl::ToInt64Seconds(span);
  const int64_t all = seconds < 0 ? -seconds : seconds;
  return absl::StrFormat("%s%d:%02d", seconds < 0 ? "-" : "", all / 60, all % 60);
}

std::string TallyWords(const pb::StatementTally& tally) {
  return absl::StrCat("+", tally.agree_count(), " -", tally.disagree_count(), " ~",
                      tally.pass_count());
}

// Cells of `width` that `part` of `whole` takes.
int Share(int part, int whole, int width) {
  return whole <= 0 ? 0 : std::min(width, (part * width + whole / 2) / whole);
}

// Agreement from the left, disagreement from the right, passes between; empty without votes.
std::string VoteBar(const pb::StatementTally& tally) {
  const int all = tally.agree_count() + tally.disagree_count() + tally.pass_count();
  if (all == 0) return std::string(kBar, ' ');
  const int agree = Share(tally.agree_count(), all, kBar);
  const int disagree = std::min(Share(tally.disagree_count(), all, kBar), kBar - agree);
  return absl::StrCat(std::string(agree, '+'), std::string(kBar - agree - disagree, '~'),
                      std::string(disagree, '-'));
}

// Sets entries by number; a line for each.
template <typename List, typename Map, typename Words>
void Set(const List& list, Map& map, std::vector<std::string>* lines, const Words& words) {
  for (const auto& one : list) {
    map[NumberOf(one.name())] = one;
    lines->push_back(words(one));
  }
}

template <typename Map>
void Forget(absl::string_view collection, absl::string_view name, Map& map) {
  if (absl::StrContains(name, collection)) map.erase(NumberOf(name));
}

}  // namespace

std::vector<std::string> RoomView::Apply(const pb::RoomUpdate& update) {
  if (update.reset()) *this = RoomView();
  std::vector<std::string> lines;
  if (update.has_dialogue()) {
    dialogue_ = update.dialogue();
    lines.push_back(absl::StrCat("dialogue ", pb::Dialogue::State_Name(dialogue_.state())));
  }
  for (const pb::Statement& one : update.statements()) {
    const int number = NumberOf(one.name());
    statements_[number] = one;
    lines.push_back(absl::StrCat("statement ", number, " ", pb::Statement::State_Name(one.state()),
                                 ": ", one.text()));
  }
  for (const pb::StatementTally& tally : update.tallies()) {
    ApplyTally(tally);
    lines.push_back(absl::StrCat("votes on ", tally.statement(), ": ", TallyWords(tally)));
  }
  Set(update.agenda_items(), agenda_, &lines, [](const pb::AgendaItem& one) {
    return absl::StrCat("agenda ", LastSegment(one.name()), " ",
                        pb::AgendaItem::State_Name(one.state()), ": ", one.title());
  });
  Set(update.speaker_requests(), speakers_, &lines, [](const pb::SpeakerRequest& one) {
    return absl::StrCat("speaker ", LastSegment(one.name()), " ",
                        pb::SpeakerRequest::State_Name(one.state()), ": ", one.pseudonym());
  });
  Set(update.polls(), polls_, &lines, [](const pb::Poll& one) {
    return absl::StrCat("poll ", LastSegment(one.name()), " ", pb::Poll::State_Name(one.state()),
                        ", ", one.ballot_count(), " ballots: ", one.question());
  });
  for (const pb::Decision& one : update.decisions()) {
    lines.push_back(absl::StrCat("decision ", LastSegment(one.name()), ": ", one.text()));
  }
  for (const pb::ActionItem& one : update.action_items()) {
    lines.push_back(absl::StrCat("action ", LastSegment(one.name()), " ",
                                 pb::ActionItem::State_Name(one.state()), ": ", one.title()));
  }
  for (const std::string& name : update.deleted()) {
    Forget("/statements/", name, statements_);
    Forget("/agendaItems/", name, agenda_);
    Forget("/speakerRequests/", name, speakers_);
    Forget("/polls/", name, polls_);
    lines.push_back(absl::StrCat("gone ", name));
  }
  if (update.has_opinion()) {
    opinion_ = update.opinion();
    lines.push_back(absl::StrCat("opinion after vote ", opinion_.vote_sequence(), ": ",
                                 Counted(opinion_.groups_size(), "group")));
  }
  if (update.watcher_count() > 0) watchers_ = update.watcher_count();
  if (update.reset()) {
    lines = {absl::StrCat("room ", pb::Dialogue::State_Name(dialogue_.state()), ": ",
                          Counted(statements_.size(), "statement"), ", ",
                          Counted(agenda_.size(), "agenda item"), ", ",
                          Counted(polls_.size(), "poll"))};
  }
  return lines;
}

void RoomView::ApplyTally(const pb::StatementTally& tally) {
  const auto found = statements_.find(tally.statement());
  if (found != statements_.end()) *found->second.mutable_tally() = tally;
  const auto at = std::find(touched_.begin(), touched_.end(), tally.statement());
  if (at != touched_.end()) touched_.erase(at);
  touched_.insert(touched_.begin(), tally.statement());
  if (touched_.size() > kMostTouched) touched_.pop_back();
}

void RoomView::AddAgenda(absl::Time now, std::vector<std::string>* lines) const {
  for (const auto& [number, item] : agenda_) {
    if (item.state() != pb::AgendaItem::RUNNING) continue;
    const absl::Duration allowed = absl::Minutes(item.planned_minutes() + item.extended_minutes());
    const absl::Duration ran = now - FromProto(item.start_time());
    lines->push_back(absl::StrCat("Agenda ", number, "  ", Visible(item.title()), "  ", Clock(ran),
                                  " of ", Clock(allowed), ran > allowed ? "  OVER" : ""));
  }
}

void RoomView::AddQueue(absl::Time now, std::vector<std::string>* lines) const {
  std::vector<std::pair<int, std::string>> rows;
  for (const auto& [number, one] : speakers_) {
    const std::string who = absl::StrCat(Visible(one.pseudonym()), "  ", Visible(one.topic()));
    if (one.state() == pb::SpeakerRequest::SPEAKING) {
      const absl::Duration spoken =
          absl::Milliseconds(one.spoken_milliseconds()) + (now - FromProto(one.resume_time()));
      rows.emplace_back(-3, absl::StrCat("Speaks ", who, "  ", Clock(spoken)));
    } else if (one.state() == pb::SpeakerRequest::PAUSED) {
      rows.emplace_back(-2, absl::StrCat("Paused ", who));
    } else if (one.state() == pb::SpeakerRequest::CALLED) {
      rows.emplace_back(-1, absl::StrCat("Called ", who));
    } else if (one.state() == pb::SpeakerRequest::WAITING) {
      rows.emplace_back(one.position(), absl::StrCat("  ", one.position(), ". ", who));
    }
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  for (size_t i = 0; i < std::min(rows.size(), kShownSpeakers); ++i) {
    lines->push_back(std::move(rows[i].second));
  }
}

void RoomView::AddStatements(std::vector<std::string>* lines) const {
  std::vector<int> numbers = touched_;
  // Before anybody votes: the newest.
  for (auto at = statements_.rbegin(); at != statements_.rend(); ++at) {
    const bool shown = std::find(numbers.begin(), numbers.end(), at->first) != numbers.end();
    if (numbers.size() >= kShownStatements) break;
    if (!shown) numbers.push_back(at->first);
  }
  size_t count = 0;
  for (const int number : numbers) {
    const auto found = statements_.find(number);
    if (found == statements_.end() || ++count > kShownStatements) continue;
    lines->push_back(absl::StrFormat("%4d  %s  %-14s %s", number, VoteBar(found->second.tally()),
                                     TallyWords(found->second.tally()),
                                     Visible(found->second.text())));
  }
}

void RoomView::AddGroups(std::vector<std::string>* lines) const {
  for (const pb::Opinion::Group& group : opinion_.groups()) {
    const int share = Share(group.participant_count(), opinion_.participant_count(), kBar);
    std::string line =
        absl::StrFormat("%s  %s%s  %d people", GroupWord(group.id()), std::string(share, '#'),
                        std::string(kBar - share, '.'), group.participant_count());
    for (int i = 0; i < std::min(group.representatives_size(), 5); ++i) {
      const pb::Opinion::Representative& one = group.representatives(i);
      absl::StrAppend(&line, i == 0 ? ": " : ", ", one.agree() ? "+" : "-", one.statement());
    }
    lines->push_back(line);
  }
}

std::vector<std::string> RoomView::Screen(absl::Time now, int width, int height) const {
  std::vector<std::string> lines;
  lines.push_back(
      absl::StrCat(Visible(dialogue_.title()), "  ", pb::Dialogue::State_Name(dialogue_.state()),
                   "  ", dialogue_.participant_count(), " participants, ", watchers_, " watching"));
  const auto section = [&](const std::vector<std::string>& its) {
    if (its.empty()) return;
    lines.push_back("");
    lines.insert(lines.end(), its.begin(), its.end());
  };
  std::vector<std::string> agenda, queue, groups, statements, polls;
  AddAgenda(now, &agenda);
  AddQueue(now, &queue);
  AddGroups(&groups);
  AddStatements(&statements);
  for (const auto& [number, poll] : polls_) {
    if (poll.state() != pb::Poll::OPEN) continue;
    polls.push_back(absl::StrCat("Poll ", number, "  ", poll.ballot_count(), " ballots  ",
                                 Visible(poll.question())));
  }
  for (const auto& its : {agenda, queue, polls, groups, statements}) section(its);
  if (static_cast<int>(lines.size()) > height) lines.resize(std::max(height, 1));
  for (std::string& line : lines) line = CutToWidth(line, width);
  return lines;
}

}  // namespace colloquy::cli
