// A dialogue with one of everything, for tests of reports.
#ifndef COLLOQUY_TESTS_UNIT_DIALOGUES_REPORT_SAMPLE_H_
#define COLLOQUY_TESTS_UNIT_DIALOGUES_REPORT_SAMPLE_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "services/dialogues/rules/report/report_data.h"

namespace colloquy::dialogues::rules::report {

inline constexpr char kRoom[] = "organizers/a/dialogues/d";

inline v1::StatementTally Tally(int statement, int agree, int disagree, int pass) {
  v1::StatementTally tally;
  tally.set_statement(statement);
  tally.set_agree_count(agree);
  tally.set_disagree_count(disagree);
  tally.set_pass_count(pass);
  return tally;
}

inline void AddStatement(ReportData& data, const std::string& text, v1::Statement::State state) {
  const int number = static_cast<int>(data.statements.size());
  v1::Statement& statement = data.statements.emplace_back();
  statement.set_name(absl::StrCat(kRoom, "/statements/", number));
  statement.set_text(text);
  statement.set_state(state);
  *statement.mutable_tally() = Tally(number, 60 - number, 20 + number, 5);
}

inline void AddGroups(ReportData& data) {
  v1::Opinion& opinion = data.opinion;
  opinion.set_mode(v1::Dialogue::STABLE);
  opinion.set_vote_sequence(250);
  opinion.set_voter_count(60);
  opinion.set_participant_count(58);
  opinion.set_bootstrap_agreement(0.91);
  opinion.set_silhouette_margin(0.12);
  for (int i = 0; i < 60; ++i) {
    const int group = i % 3 == 0 ? 1 : 0;
    v1::Opinion::Position* position = opinion.add_positions();
    position->set_participant(i);
    position->set_group(group);
    position->set_x(static_cast<float>((group == 0 ? -1.5 : 1.8) + 0.1 * (i * 7 % 11)));
    position->set_y(static_cast<float>(0.13 * (i * 5 % 13) - 0.8));
  }
  for (int g = 0; g < 2; ++g) {
    v1::Opinion::Group* group = opinion.add_groups();
    group->set_id(g);
    group->set_participant_count(g == 0 ? 40 : 20);
    group->set_x(g == 0 ? -1.0 : 2.3);
    (*group->mutable_stakeholder_types())["company"] = 12 + g;
    (*group->mutable_stakeholder_types())["research"] = 8;
    *group->add_tallies() = Tally(0, g == 0 ? 38 : 3, g == 0 ? 1 : 15, 1);
    *group->add_tallies() = Tally(1, 17, 2, 1);
    v1::Opinion::Representative* stands = group->add_representatives();
    stands->set_statement(0);
    stands->set_agree(g == 0);
    stands->set_probability(0.93);
    stands->set_significant(g == 0);
  }
  v1::Opinion::Consensus* consensus = opinion.add_consensus();
  consensus->set_statement(1);
  consensus->set_agree(true);
  consensus->set_probability(0.89);
  for (int s = 0; s < 2; ++s) {
    v1::Opinion::StatementOpinion* statement = opinion.add_statements();
    statement->set_statement(s);
    statement->set_extremity(2 - s);
    statement->set_group_aware_consensus(0.2 + 0.6 * s);
  }
  for (const char* type : {"company", "research"}) {
    v1::Opinion::StakeholderOpinion* its = opinion.add_stakeholder_types();
    its->set_stakeholder_type(type);
    *its->add_tallies() = Tally(0, 20, 8, 1);
  }
}

inline void AddMeeting(ReportData& data) {
  const struct {
    const char* title;
    int parent, planned, extended, began, took;
  } items[] = {{"Opening", 0, 10, 0, 0, 8},
               {"Which packaging?", 0, 60, 10, 8, 85},
               {"Glass or polymer", 2, 30, 0, 8, 25},
               {"Outlook", 0, 15, 0, -1, 0}};
  for (const auto& one : items) {
    v1::AgendaItem& item = data.agenda.emplace_back();
    item.set_name(absl::StrCat(kRoom, "/agendaItems/", data.agenda.size()));
    item.set_title(one.title);
    item.set_planned_minutes(one.planned);
    item.set_extended_minutes(one.extended);
    if (one.parent > 0) item.set_parent_item(absl::StrCat(kRoom, "/agendaItems/", one.parent));
    item.set_state(one.began < 0 ? v1::AgendaItem::PLANNED : v1::AgendaItem::FINISHED);
    if (one.began < 0) continue;
    item.mutable_start_time()->set_seconds(1800000000 + 60 * one.began);
    item.mutable_finish_time()->set_seconds(1800000000 + 60 * (one.began + one.took));
  }
  data.agenda[1].set_minutes("First paragraph\nwith two lines.\n\n1. Not a list");
  data.agenda[1].add_document_uris("https://example.org/roadmap.pdf");
  auto* spoken = data.speaking.add_participants();
  spoken->set_pseudonym("Participant 3");
  spoken->set_spoken_milliseconds(185000);
  spoken->set_speech_count(2);
  auto* type = data.speaking.add_stakeholder_types();
  type->set_stakeholder_type("company");
  type->set_spoken_milliseconds(185000);
  type->set_speech_count(2);
  v1::Poll& poll = data.polls.emplace_back();
  poll.set_name(absl::StrCat(kRoom, "/polls/1"));
  poll.set_question("What first?");
  poll.set_state(v1::Poll::CLOSED);
  poll.set_method(v1::Poll::RANKING);
  poll.set_anonymous(true);
  poll.set_ballot_count(41);
  for (const char* text : {"Glass", "Polymer"}) poll.add_options()->set_text(text);
  poll.mutable_options(1)->set_number(1);
  poll.mutable_options(0)->set_statement(absl::StrCat(kRoom, "/statements/0"));
  for (int i = 0; i < 2; ++i) {
    auto* standing = poll.mutable_result()->add_standings();
    standing->set_option(1 - i);
    standing->set_rank(i + 1);
    standing->set_score(1 - i);
  }
  v1::Poll& draft = data.polls.emplace_back();
  draft.set_name(absl::StrCat(kRoom, "/polls/2"));
  draft.set_question("Secret draft");
  draft.set_state(v1::Poll::DRAFT);
}

inline void AddOutcomes(ReportData& data) {
  v1::Decision& decision = data.decisions.emplace_back();
  decision.set_name(absl::StrCat(kRoom, "/decisions/1"));
  decision.set_text("A shared packaging line is planned.");
  decision.set_rationale("Nobody can pay for one alone.");
  decision.set_agenda_item(absl::StrCat(kRoom, "/agendaItems/2"));
  decision.add_polls(absl::StrCat(kRoom, "/polls/1"));
  decision.add_statements(absl::StrCat(kRoom, "/statements/0"));
  decision.set_vote_sequence(212);
  decision.set_action_item_count(1);
  decision.set_progress_percent(40);
  decision.mutable_create_time()->set_seconds(1800004000);
  v1::Decision::Support* support = decision.add_support();
  support->set_statement(absl::StrCat(kRoom, "/statements/0"));
  support->set_text("The words at that moment");
  *support->mutable_all() = Tally(0, 33, 11, 2);
  *support->add_groups() = Tally(0, 30, 1, 1);
  *support->add_groups() = Tally(0, 3, 10, 1);
  (*support->mutable_stakeholder_types())["company"] = Tally(0, 21, 4, 0);
  v1::ActionItem& action = data.actions.emplace_back();
  action.set_name(absl::StrCat(kRoom, "/actionItems/1"));
  action.set_decision(decision.name());
  action.set_title("Write the call");
  action.set_owner("Ada Lovelace");
  action.set_owner_email("secret@example.org");
  action.set_state(v1::ActionItem::IN_PROGRESS);
  action.set_progress_percent(40);
  action.mutable_due_date()->set_year(2027);
  action.mutable_due_date()->set_month(3);
  action.mutable_due_date()->set_day(9);
  action.add_evidence("https://example.org/call");
  action.add_evidence("javascript:alert(1)");
  v1::ModerationEntry& entry = data.moderation.emplace_back();
  entry.set_sequence(1);
  entry.set_statement(absl::StrCat(kRoom, "/statements/2"));
  entry.set_new_state(v1::Statement::REJECTED);
  entry.set_reason("Names a person");
}

inline ReportData SampleReport() {
  ReportData data;
  data.time = absl::FromUnixSeconds(1800010000);
  data.dialogue.set_name(kRoom);
  data.dialogue.set_title("Packaging for photonics: what do we need by 2030?");
  data.dialogue.set_description("Two hours, one question.\n\nThe result goes into the agenda.");
  data.dialogue.set_language_code("en");
  data.dialogue.set_participant_count(64);
  data.dialogue.set_statement_count(3);
  data.dialogue.set_vote_sequence(250);
  data.dialogue.mutable_open_time()->set_seconds(1799990000);
  AddStatement(data, "Glass interposers are ready for pilot lines", v1::Statement::ACCEPTED);
  AddStatement(data, "We need a shared test facility", v1::Statement::UNDECIDED);
  AddStatement(data, "Words nobody must repeat", v1::Statement::REJECTED);
  data.statements[2].set_reason("Names a person");
  (*data.statements[0].mutable_translations())["de"] = "Glas-Interposer sind reif";
  AddGroups(data);
  AddMeeting(data);
  AddOutcomes(data);
  Participation participation;
  for (int i = 0; i < 250; ++i) {
    participation.Add(absl::FromUnixSeconds(1800000000 + i * i / 8), i % 60);
  }
  data.participation = participation.Intervals(60);
  return data;
}

}  // namespace colloquy::dialogues::rules::report

#endif  // COLLOQUY_TESTS_UNIT_DIALOGUES_REPORT_SAMPLE_H_
