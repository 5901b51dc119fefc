// Guest lists, run by run: verdicts, and what happens when runs are lost, repeated or out of order.
#include <thread>

#include "absl/strings/str_cat.h"
#include "google/longrunning/operations.pb.h"
#include "services/registrations/operations.h"
#include "tests/conformance/registrations/invited_fixture.h"

namespace colloquy::registrations {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using v1::ImportColumn;
using v1::Invitation;
using v1::RecordVerdict;

class ImportTest : public InvitedTest {
 protected:
  absl::StatusOr<std::string> Start(
      const std::string& list, const std::function<void(v1::StartInvitationImportRequest&)>& edit) {
    v1::StartInvitationImportRequest request;
    request.set_parent(kEvent);
    request.set_fingerprint(list + std::string(32 - list.size(), '.'));
    for (const auto field : {ImportColumn::EMAIL, ImportColumn::FAMILY_NAME,
                             ImportColumn::FIELD_UNSPECIFIED, ImportColumn::PARTY_SIZE})
      request.add_columns()->set_field(field);
    if (edit) edit(request);
    COLLOQUY_ASSIGN_OR_RETURN(const auto operation,
                              invitations_->StartInvitationImport(
                                  *Call(auth::Role::kManager, "StartInvitationImport"), request));
    return operation.name();
  }
  std::string Start(const std::string& list) {
    const auto name = Start(list, {});
    EXPECT_TRUE(name.ok()) << name.status();
    return name.value_or("");
  }

  using Records = std::vector<std::vector<std::string>>;
  absl::StatusOr<v1::ImportInvitationsResponse> Run(const std::string& operation, int64_t first,
                                                    const Records& records, bool last = true) {
    v1::ImportInvitationsRequest request;
    request.set_parent(kEvent);
    request.set_operation(operation);
    request.set_first_record(first);
    request.set_last(last);
    for (const auto& cells : records) {
      v1::ImportRecord& record = *request.add_records();
      record.set_line(first + request.records_size());
      record.mutable_cells()->Assign(cells.begin(), cells.end());
    }
    return invitations_->ImportInvitations(*Call(auth::Role::kManager, "ImportInvitations"),
                                           request);
  }

  // "CREATED", "DUPLICATE 1", "REJECTED ADDRESS_MISSING 1".
  static std::vector<std::string> Texts(
      const absl::StatusOr<v1::ImportInvitationsResponse>& response) {
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> texts;
    if (!response.ok()) return texts;
    for (const RecordVerdict& verdict : response->verdicts()) {
      std::string& text = texts.emplace_back(RecordVerdict::Verdict_Name(verdict.verdict()));
      if (verdict.duplicate_of() > 0) absl::StrAppend(&text, " ", verdict.duplicate_of());
      if (verdict.reason() == RecordVerdict::REASON_UNSPECIFIED) continue;
      absl::StrAppend(&text, " ", RecordVerdict::Reason_Name(verdict.reason()), " ",
                      verdict.column());
      EXPECT_THAT(verdict.message(), testing::Not(IsEmpty()));
    }
    return texts;
  }

  google::longrunning::Operation Operation(const std::string& name) {
    google::longrunning::GetOperationRequest request;
    request.set_name(name);
    const auto answer =
        service_->operations().Get(*Call(auth::Role::kManager, "GetOperation"), request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer.value_or(google::longrunning::Operation());
  }
};
INSTANTIATE_ENGINES(ImportTest);

TEST_P(ImportTest, EveryRecordHasAVerdict) {
  const std::string operation = Start("list");
  EXPECT_THAT(Texts(Run(operation, 1,
                        {{"a@example.org", "Ampère"},
                         {"A@Example.org", "Ampère"},
                         {"", "Nobody"},
                         {"b@example.org", "Bell\x01"},
                         {"no address", "Curie"},
                         {"c@example.org", "Curie", "whatever", "0"},
                         {"d@example.org\r\nBcc: victim@example.org"},
                         {"e@example.org", std::string(5000, 'x')},
                         {"f@example.org", "", "", "2"}})),
              ElementsAre("CREATED", "DUPLICATE 1", "REJECTED ADDRESS_MISSING 1",
                          "REJECTED CONTROL_CHARACTERS 2", "REJECTED ADDRESS_INVALID 1",
                          "REJECTED PARTY_SIZE_INVALID 4", "REJECTED CONTROL_CHARACTERS 1",
                          "REJECTED CELL_TOO_LONG 2", "CREATED"));
  const std::vector<Invitation> made = Invitations();
  ASSERT_EQ(made.size(), 2u);
  EXPECT_EQ(made[0].guest().family_name(), "Ampère");
  EXPECT_EQ(made[1].party_size(), 2);
  const auto done = Operation(operation);
  EXPECT_TRUE(done.done());
  v1::InvitationImportResult result;
  ASSERT_TRUE(done.response().UnpackTo(&result));
  EXPECT_EQ(result.created_count(), 2);
  EXPECT_EQ(result.duplicate_count(), 1);
  EXPECT_EQ(result.rejected_count(), 6);
}

TEST_P(ImportTest, ARunThatWasDecidedIsAnsweredAgain) {
  const std::string operation = Start("list");
  const Records first = {{"a@example.org"}, {"b@example.org"}};
  const Records second = {{"b@example.org"}, {"c@example.org"}};
  const auto one = Run(operation, 1, first, /*last=*/false);
  const auto two = Run(operation, 3, second);
  EXPECT_THAT(Texts(two), ElementsAre("DUPLICATE 2", "CREATED"));
  // The sender was restarted: it begins at the first record, also after the last was answered.
  EXPECT_EQ(Texts(Run(operation, 1, first, /*last=*/false)), Texts(one));
  EXPECT_EQ(Texts(Run(operation, 3, second)), Texts(two));
  EXPECT_EQ(Invitations().size(), 3u);
}

TEST_P(ImportTest, TheSameListGoesOnAndAnotherDoesNot) {
  const std::string operation = Start("list");
  ASSERT_TRUE(Run(operation, 1, {{"a@example.org"}}, /*last=*/false).ok());
  EXPECT_EQ(Start("list"), operation);
  EXPECT_NE(Start("another"), operation);
  ASSERT_TRUE(Run(operation, 2, {{"b@example.org"}}).ok());
  EXPECT_NE(Start("list"), operation) << "it was done";
}

TEST_P(ImportTest, RunsComeInOrderAndUnchanged) {
  const std::string operation = Start("list");
  const auto early = Run(operation, 3, {{"c@example.org"}}, /*last=*/false);
  EXPECT_EQ(ReasonOf(early.status()), ErrorReason::FIELD_INVALID);
  EXPECT_THAT(std::string(early.status().message()), HasSubstr("must be 1"));
  ASSERT_TRUE(Run(operation, 1, {{"a@example.org"}}, /*last=*/false).ok());
  const auto other = Run(operation, 1, {{"b@example.org"}}, /*last=*/false);
  EXPECT_EQ(ReasonOf(other.status()), ErrorReason::FIELD_INVALID);
  EXPECT_EQ(Invitations().size(), 1u);
}

TEST_P(ImportTest, OneRunMayBeSentAheadOfTheAnswerToTheOther) {
  for (int round = 0; round < 20; ++round) {
    const std::string operation = Start(absl::StrCat("list", round));
    const std::string address = absl::StrCat("a", round, "@example.org");
    absl::StatusOr<v1::ImportInvitationsResponse> second;
    std::thread ahead([&] { second = Run(operation, 2, {{address}}); });
    EXPECT_THAT(Texts(Run(operation, 1, {{address}}, /*last=*/false)), ElementsAre("CREATED"));
    ahead.join();
    if (ReasonOf(second.status()) == ErrorReason::FIELD_INVALID)  // it came first of all
      second = Run(operation, 2, {{address}});
    EXPECT_THAT(Texts(second), ElementsAre("DUPLICATE 1"));
  }
}

TEST_P(ImportTest, ImportedAgainNothingIsNew) {
  const Records records = {{"a@example.org", "Ampère"}, {"b@example.org", "Bell"}};
  ASSERT_TRUE(Run(Start("list"), 1, records).ok());
  const std::vector<Invitation> before = Invitations();
  EXPECT_THAT(Texts(Run(Start("list"), 1, records)), ElementsAre("UNCHANGED", "UNCHANGED"));
  EXPECT_THAT(Texts(Run(Start("newer"), 1, {{"a@example.org", "Ampere"}, {"b@example.org", ""}})),
              ElementsAre("UPDATED", "UNCHANGED"))
      << "an empty cell takes nothing away";
  const std::vector<Invitation> after = Invitations();
  ASSERT_EQ(after.size(), 2u);
  EXPECT_EQ(after[0].name(), before[0].name());
  EXPECT_EQ(after[0].guest().family_name(), "Ampere");
  EXPECT_EQ(after[1].SerializeAsString(), before[1].SerializeAsString());
}

TEST_P(ImportTest, ADryRunSaysTheSameAndWritesNothing) {
  ChangeEvent([](auto& event) { event.mutable_registration()->set_capacity(3); });
  const auto dry = Start("list", [](auto& request) {
    request.set_dry_run(true);
    request.set_reserve_seats(true);
  });
  const auto real = Start("list", [](auto& request) { request.set_reserve_seats(true); });
  ASSERT_TRUE(dry.ok() && real.ok());
  const Records first = {{"a@example.org", "", "", "2"}, {"b@example.org", "", "", "2"}};
  const Records second = {{"a@example.org"}, {"c@example.org"}, {"d@example.org"}};
  const auto expect_verdicts = [&](const std::string& operation) {
    EXPECT_THAT(Texts(Run(operation, 1, first, /*last=*/false)),
                ElementsAre("CREATED", "REJECTED NO_SEATS 0"));
    EXPECT_THAT(Texts(Run(operation, 3, second)),
                ElementsAre("DUPLICATE 1", "CREATED", "REJECTED NO_SEATS 0"));
  };
  expect_verdicts(*dry);
  EXPECT_THAT(Invitations(), IsEmpty());
  expect_verdicts(*real);
  EXPECT_EQ(Invitations().size(), 2u);
  EXPECT_EQ(Explain().pools(0).held_by_invitations(), 3);
  EXPECT_THAT(Verify().differences(), IsEmpty());
}

TEST_P(ImportTest, WhoWantsNoMailIsNotInvited) {
  const auto invited = Invite("a@example.org");
  ASSERT_TRUE(invited.ok()) << invited.status();
  ASSERT_TRUE(Unsubscribe(LinkTo(*invited, rules::LinkPurpose::kUnsubscribe)).ok());
  ASSERT_TRUE(Revoke(invited->name()).ok());
  EXPECT_THAT(Texts(Run(Start("list"), 1, {{"a@example.org"}, {"b@example.org"}})),
              ElementsAre("SUPPRESSED", "CREATED"));
}

TEST_P(ImportTest, CancelledItTakesNoMore) {
  const std::string operation = Start("list");
  ASSERT_TRUE(Run(operation, 1, {{"a@example.org"}}, /*last=*/false).ok());
  google::longrunning::CancelOperationRequest cancel;
  cancel.set_name(operation);
  ASSERT_TRUE(
      service_->operations().Cancel(*Call(auth::Role::kManager, "CancelOperation"), cancel).ok());
  EXPECT_TRUE(Operation(operation).has_error());
  EXPECT_EQ(ReasonOf(Run(operation, 2, {{"b@example.org"}}).status()), ErrorReason::STATE_INVALID);
  EXPECT_EQ(Invitations().size(), 1u);
  EXPECT_NE(Start("list"), operation);
}

}  // namespace
}  // namespace colloquy::registrations
