// Every method × every kind of caller: who may is let in, who may not is refused in the documented
// way and learns nothing about what exists.
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "tests/integration/access_table.h"
#include "tests/integration/fixture.h"

namespace colloquy::test {
namespace {

constexpr char kMissing[] = "UNAUTHENTICATED CREDENTIALS_MISSING";
constexpr char kInvalid[] = "UNAUTHENTICATED CREDENTIALS_INVALID";
constexpr char kDenied[] = "PERMISSION_DENIED PERMISSION_DENIED";

// All services that the contract declares: its files are listed by CMake.
std::vector<const google::protobuf::ServiceDescriptor*> ServicesOfContract() {
  std::vector<const google::protobuf::ServiceDescriptor*> services;
  std::vector<std::string> files = absl::StrSplit(COLLOQUY_CONTRACT_FILES, ',');
  files.emplace_back("google/longrunning/operations.proto");
  for (const std::string& name : files) {
    const auto* file = google::protobuf::DescriptorPool::generated_pool()->FindFileByName(name);
    EXPECT_NE(file, nullptr) << name;
    for (int i = 0; file != nullptr && i < file->service_count(); ++i) {
      services.push_back(file->service(i));
    }
  }
  return services;
}

class AccessTest : public WorldTest {
 protected:
  // What the table expects of this caller.
  static std::string Expected(const MethodAccess& row, const CallerKind& kind) {
    if ((row.allowed & kind.bit) != 0) return row.outcome;
    if (kind.bit == kNone) return kMissing;
    return kind.bit == kForeign ? row.foreign : kDenied;
  }

  Answer AskGhost(absl::string_view who, const MethodAccess& row, bool ghost_organizer) const {
    const std::string text = world_->FillGhosts(row.request, ghost_organizer);
    return Invoke(server_->channel(), row.method, world_->credential(who),
                  RequestOf(row.method, text)->SerializeAsString());
  }
};
INSTANTIATE_WORLDS(AccessTest);

TEST_P(AccessTest, EveryMethodOfTheServerIsInTheTable) {
  std::set<std::string> known;
  for (const MethodAccess& row : AccessTable()) {
    EXPECT_TRUE(known.insert(row.method).second) << row.method << " is there twice";
  }
  for (const auto* service : ServicesOfContract()) {
    for (int i = 0; i < service->method_count(); ++i) {
      const std::string method =
          absl::StrCat("/", service->full_name(), "/", service->method(i)->name());
      // A service that is in the contract and not hosted yet is refused by gRPC itself.
      const bool hosted =
          !absl::IsUnimplemented(Invoke(server_->channel(), method, "nonsense", "").status);
      EXPECT_EQ(known.contains(method), hosted) << method;
    }
  }
}

TEST_P(AccessTest, EveryMethodForEveryCaller) {
  for (const MethodAccess& row : AccessTable()) {
    for (const CallerKind& kind : CallerKinds()) {
      const Answer answer = Ask(kind.who, row.method, row.request);
      EXPECT_EQ(Outcome(answer.status), Expected(row, kind))
          << kind.who << " " << row.method << ": " << answer.status;
      EXPECT_LE(answer.detail_bytes, 4096u) << kind.who << " " << row.method;
    }
  }
}

TEST_P(AccessTest, KeysThatOpenNothingAreAllRefusedAlike) {
  for (const MethodAccess& row : AccessTable()) {
    const std::string request =
        RequestOf(row.method, world_->Fill(row.request))->SerializeAsString();
    const std::string& revoked = world_->credential("revoked");
    const Answer answer = Invoke(server_->channel(), row.method, revoked, request);
    EXPECT_EQ(Outcome(answer.status), kInvalid) << row.method;
    // Right id and wrong secret, an unknown id, no key at all.
    const std::string wrong =
        absl::StrCat(world_->credential("owner").substr(0, 40), revoked.substr(40));
    const std::string forged_peer = absl::StrCat("clqpeer_events_", std::string(52, 'a'));
    for (const std::string& credential :
         {world_->credential("expired"), wrong, forged_peer, std::string("clq_a_b"),
          std::string("nonsense"), std::string(5000, 'x')}) {
      const Answer other = Invoke(server_->channel(), row.method, credential, request);
      EXPECT_EQ(Visible(other.status), Visible(answer.status)) << row.method << " " << credential;
    }
  }
}

// Permission comes before existence: what a caller is refused is refused in the same words whether
// it exists, or not, or its whole organizer does not.
TEST_P(AccessTest, RefusalsDoNotTellWhatExists) {
  for (const MethodAccess& row : AccessTable()) {
    for (const CallerKind& kind : CallerKinds()) {
      if ((row.allowed & kind.bit) != 0) continue;
      const std::string real = world_->Mask(Visible(Ask(kind.who, row.method, row.request).status));
      for (const bool ghost_organizer : {false, true}) {
        EXPECT_EQ(world_->Mask(Visible(AskGhost(kind.who, row, ghost_organizer).status)), real)
            << kind.who << " " << row.method;
      }
    }
  }
}

// Those who may call meet what is not there with a documented answer, never with INTERNAL.
TEST_P(AccessTest, WhatIsNotThereIsNotFound) {
  for (const MethodAccess& row : AccessTable()) {
    for (const CallerKind& kind : CallerKinds()) {
      if ((row.allowed & kind.bit) == 0) continue;
      if (row.request.find('{') == std::string::npos) continue;
      // Streams of an organizer without changes would have nothing to say.
      if (absl::EndsWith(row.method, "StreamChanges")) continue;
      const absl::Status status = AskGhost(kind.who, row, false).status;
      EXPECT_THAT(Outcome(status),
                  testing::AnyOf("OK", "NOT_FOUND RESOURCE_NOT_FOUND", kDenied, row.outcome))
          << kind.who << " " << row.method << ": " << status;
    }
  }
}

// What the table of methods cannot see: rows that a caller may not see look like none.
TEST_P(AccessTest, RowsThatAreHiddenLookLikeNone) {
  struct Hidden {
    std::string who, method, request;
  };
  const std::vector<Hidden> all = {
      {"none", absl::StrCat(kEvents, "GetEvent"), "name: '{draft}'"},
      {"partner", absl::StrCat(kEvents, "GetEvent"), "name: '{draft}'"},
      {"none", absl::StrCat(kEvents, "ListSessions"), "parent: '{draft}'"},
      {"none", absl::StrCat(kEvents, "BatchGetEvents"), "parent: '{organizer}' names: '{draft}'"},
      {"none", absl::StrCat(kEvents, "ExportCalendar"), "parent: '{organizer}' names: '{draft}'"},
      {"partner", absl::StrCat(kRegistrations, "GetRegistration"), "name: '{other}'"},
      {"partner", absl::StrCat(kRegistrations, "CancelRegistration"), "name: '{other}'"},
      {"partner", absl::StrCat(kAccess, "GetPartner"), "name: 'organizers/alpha/partners/rival'"},
  };
  for (const Hidden& hidden : all) {
    const absl::Status real = Ask(hidden.who, hidden.method, hidden.request).status;
    EXPECT_FALSE(real.ok()) << hidden.who << " " << hidden.method;
    const std::string ghost = world_->FillGhosts(
        hidden.request == "name: '{other}'"
            // Another of the same event.
            ? "name: 'organizers/alpha/events/open/registrations/r1a2b3c4d5e6f7g8h9j0kmnpqrs'"
            : hidden.request);
    const absl::Status none =
        Invoke(server_->channel(), hidden.method, world_->credential(hidden.who),
               RequestOf(hidden.method, ghost)->SerializeAsString())
            .status;
    const auto mask = [&](const absl::Status& status) {
      return absl::StrReplaceAll(
          world_->Mask(Visible(status)),
          {{"organizers/alpha/events/open/registrations/r1a2b3c4d5e6f7g8h9j0kmnpqrs", "NAME"},
           {"NAME/registrations/r1a2b3c4d5e6f7g8h9j0kmnpqrs", "NAME"}});
    };
    EXPECT_EQ(mask(real), mask(none)) << hidden.who << " " << hidden.method << hidden.request;
  }
}

// Lists are of the caller's own.
TEST_P(AccessTest, ListsShowNothingOfOthers) {
  const Answer organizers = Ask("foreign", absl::StrCat(kAccess, "ListOrganizers"), "");
  EXPECT_THAT(organizers.bytes, testing::Not(testing::HasSubstr("alpha")));
  EXPECT_THAT(organizers.bytes, testing::HasSubstr("beta"));
  const Answer operations = Ask("foreign", "/google.longrunning.Operations/ListOperations", "");
  EXPECT_EQ(operations.bytes, "");
  const Answer registrations =
      Ask("partner", absl::StrCat(kRegistrations, "ListRegistrations"), "parent: '{event}'");
  EXPECT_THAT(registrations.bytes, testing::HasSubstr("one@example.org"));
  EXPECT_THAT(registrations.bytes, testing::Not(testing::HasSubstr("two@example.org")));
  for (const char* who : {"none", "partner", "foreign"}) {
    const Answer events = Ask(who, absl::StrCat(kEvents, "ListEvents"), "parent: 'organizers/-'");
    EXPECT_THAT(events.bytes, testing::HasSubstr(world_->name("event"))) << who;
    EXPECT_THAT(events.bytes, testing::Not(testing::HasSubstr(world_->name("draft")))) << who;
  }
}

}  // namespace
}  // namespace colloquy::test
