// `invitations`, `mailings`, `deliveries` and `suppressions` against servers that record what they
// were asked.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "clients/cli/cli.h"
#include "clients/cli/failures.h"
#include "colloquy/registrations/v1/invitations.grpc.pb.h"
#include "colloquy/registrations/v1/mailings.grpc.pb.h"
#include "gmock/gmock.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"
#include "services/common/errors/errors.h"
#include "services/common/rpc/status.h"

namespace colloquy::cli {
namespace {

namespace pb = registrations::v1;
using ::testing::HasSubstr;

// Rejects what has no '@' and what is defective; remembers addresses.
class FakeInvitations : public pb::InvitationsService::Service {
 public:
  grpc::Status StartInvitationImport(grpc::ServerContext*,
                                     const pb::StartInvitationImportRequest* request,
                                     google::longrunning::Operation* operation) override {
    start = *request;
    operation->set_name("operations/1");
    pb::InvitationImportMetadata metadata;
    metadata.set_done_count(done_before);
    operation->mutable_metadata()->PackFrom(metadata);
    return grpc::Status::OK;
  }
  grpc::Status ImportInvitations(grpc::ServerContext*, const pb::ImportInvitationsRequest* request,
                                 pb::ImportInvitationsResponse* response) override {
    const absl::MutexLock lock(&mutex);
    if (unavailable-- > 0) return grpc::Status(grpc::StatusCode::UNAVAILABLE, "away");
    arrived.insert(request->first_record());
    if (request->first_record() != next) {
      ++refused;
      return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "out of turn");
    }
    if (expects_two && !request->last()) {
      const auto second = [&] { return arrived.contains(request->first_record() + 1000); };
      EXPECT_TRUE(mutex.AwaitWithTimeout(absl::Condition(&second), absl::Seconds(30)));
    }
    next = request->last() ? 1 : next + request->records_size();
    runs.push_back(*request);
    if (denied) return grpc::Status(grpc::StatusCode::PERMISSION_DENIED, "no");
    for (const pb::ImportRecord& record : request->records()) {
      pb::RecordVerdict* verdict = response->add_verdicts();
      verdict->set_verdict(pb::RecordVerdict::CREATED);
      const std::string address = record.cells().empty() ? "" : record.cells(0);
      if (absl::StrContains(address, "@") && record.defect() == 0) continue;
      verdict->set_verdict(pb::RecordVerdict::REJECTED);
      verdict->set_reason(pb::RecordVerdict::ADDRESS_INVALID);
      verdict->set_column(1);
      verdict->set_message("has no '@'");
    }
    return grpc::Status::OK;
  }
  grpc::Status CreateInvitation(grpc::ServerContext*, const pb::CreateInvitationRequest* request,
                                pb::Invitation* invitation) override {
    create = *request;
    *invitation = request->invitation();
    return grpc::Status::OK;
  }
  grpc::Status RevokeInvitation(grpc::ServerContext*, const pb::RevokeInvitationRequest* request,
                                pb::Invitation*) override {
    revoked.push_back(request->name());
    return grpc::Status::OK;
  }
  pb::StartInvitationImportRequest start;
  std::vector<pb::ImportInvitationsRequest> runs;
  pb::CreateInvitationRequest create;
  std::vector<std::string> revoked;
  int64_t done_before = 0;
  int unavailable = 0;
  bool denied = false;
  // Runs are answered only while another one is on its way behind them.
  bool expects_two = false;
  absl::Mutex mutex;
  std::set<int64_t> arrived;
  int64_t next = 1;
  int refused = 0;
};

class FakeMailings : public pb::MailingsService::Service {
 public:
  grpc::Status SendInvitations(grpc::ServerContext*, const pb::SendInvitationsRequest* request,
                               pb::Mailing* mailing) override {
    sends.push_back(*request);
    Fill("m1", 3, pb::Delivery::QUEUED, mailing);
    return grpc::Status::OK;
  }
  grpc::Status GetMailing(grpc::ServerContext*, const pb::GetMailingRequest*,
                          pb::Mailing* mailing) override {
    Fill("m1", 2, pb::Delivery::SENT, mailing);
    if (++polls < 3) return grpc::Status::OK;
    mailing->set_state(pb::Mailing::DONE);
    mailing->add_counts()->set_state(pb::Delivery::FAILED);
    mailing->mutable_counts(1)->set_deliveries(failed);
    return grpc::Status::OK;
  }
  grpc::Status ListMailings(grpc::ServerContext*, const pb::ListMailingsRequest*,
                            pb::ListMailingsResponse* response) override {
    Fill("m1", 0, pb::Delivery::SENT, response->add_mailings());
    Fill("m2", 0, pb::Delivery::SENT, response->add_mailings());
    response->mutable_mailings(1)->set_event("organizers/a/events/other");
    return grpc::Status::OK;
  }
  grpc::Status ListDeliveries(grpc::ServerContext*, const pb::ListDeliveriesRequest* request,
                              pb::ListDeliveriesResponse* response) override {
    lists.push_back(*request);
    pb::Delivery* delivery = response->add_deliveries();
    delivery->set_name(request->parent() + "/deliveries/d");
    delivery->set_reason("mailbox full");
    return grpc::Status::OK;
  }
  grpc::Status RetryDeliveries(grpc::ServerContext*, const pb::RetryDeliveriesRequest* request,
                               pb::RetryDeliveriesResponse* response) override {
    retried = request->parent();
    response->set_delivery_count(7);
    return grpc::Status::OK;
  }
  grpc::Status ListSuppressions(grpc::ServerContext*, const pb::ListSuppressionsRequest* request,
                                pb::ListSuppressionsResponse* response) override {
    if (request->filter() == "email = \"ada@x.org\"") {
      response->add_suppressions()->set_name("organizers/a/suppressions/s");
    }
    return grpc::Status::OK;
  }
  grpc::Status DeleteSuppression(grpc::ServerContext*, const pb::DeleteSuppressionRequest* request,
                                 google::protobuf::Empty*) override {
    deleted = request->name();
    return grpc::Status::OK;
  }
  static void Fill(const std::string& id, int count, pb::Delivery::State state,
                   pb::Mailing* mailing) {
    mailing->set_name("organizers/a/mailings/" + id);
    mailing->set_event("organizers/a/events/lasers");
    mailing->set_state(pb::Mailing::SENDING);
    mailing->add_counts()->set_state(state);
    mailing->mutable_counts(0)->set_deliveries(count);
  }
  std::vector<pb::SendInvitationsRequest> sends;
  std::vector<pb::ListDeliveriesRequest> lists;
  std::string retried, deleted;
  int polls = 0;
  int failed = 0;
};

class InvitationsTest : public testing::Test {
 protected:
  InvitationsTest() : folder_(absl::StrCat(testing::TempDir(), "colloquy-invitations-", getpid())) {
    std::filesystem::create_directories(folder_);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&invitations_);
    builder.RegisterService(&mailings_);
    server_ = builder.BuildAndStart();
    env_ = {{"COLLOQUY_CONFIG", folder_ + "/config.yaml"},
            {"COLLOQUY_SERVER", absl::StrCat("127.0.0.1:", port_)},
            {"COLLOQUY_ORGANIZER", "a"},
            {"COLLOQUY_API_KEY", "clq_x_secret"}};
  }
  ~InvitationsTest() override {
    server_->Shutdown();
    std::filesystem::remove_all(folder_);
  }

  int Colloquy(std::vector<std::string> arguments, const std::string& input = "") {
    std::istringstream in(input);
    std::ostringstream out, err;
    Io io{.in = in,
          .out = out,
          .err = err,
          .in_is_terminal = !input.empty(),
          .env = [this](const char* name) { return env_[name]; }};
    const int code = cli::Run(arguments, io);
    out_ = out.str();
    err_ = err.str();
    return code;
  }
  std::string Write(const std::string& name, const std::string& content) {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << content;
    return folder_ + "/" + name;
  }

  const std::string folder_;
  std::string out_, err_;
  std::map<std::string, std::string> env_;
  int port_ = 0;
  FakeInvitations invitations_;
  FakeMailings mailings_;
  std::unique_ptr<grpc::Server> server_;
};

TEST_F(InvitationsTest, ShowsTheListAndAsksBeforeAnything) {
  const std::string list = Write("l.csv", "E-Mail;Vorname\r\nada@x.org;Ada\r\n");
  EXPECT_EQ(Colloquy({"invitations", "import", "lasers", list}, "n\n"), kUsage);
  EXPECT_THAT(err_, HasSubstr("UTF-8, delimiter semicolon"));
  EXPECT_THAT(err_, HasSubstr("given_name"));
  EXPECT_THAT(err_, HasSubstr("ada@x.org"));
  EXPECT_EQ(Colloquy({"invitations", "import", "lasers", list}), kUsage) << "nobody to ask";
  EXPECT_TRUE(invitations_.runs.empty());
  EXPECT_EQ(Colloquy({"invitations", "import", "lasers", list}, "y\n"), kSuccess) << err_;
  EXPECT_EQ(invitations_.start.parent(), "organizers/a/events/lasers");
  EXPECT_EQ(invitations_.start.fingerprint().size(), 32u);
  EXPECT_EQ(invitations_.start.file_name(), "l.csv");
  ASSERT_EQ(invitations_.runs.size(), 1u);
  EXPECT_TRUE(invitations_.runs[0].last());
  EXPECT_EQ(invitations_.runs[0].records(0).line(), 2);
}

TEST_F(InvitationsTest, RunsAreCutTheSameWayAndSurviveAnAbsentServer) {
  std::string content = "email\n";
  for (int i = 0; i < 2500; ++i) absl::StrAppend(&content, "guest", i, "@x.org\n");
  const std::string list = Write("l.csv", content);
  invitations_.unavailable = 2;
  invitations_.done_before = 1000;
  ASSERT_EQ(Colloquy({"invitations", "import", "lasers", list, "--yes", "-o", "json"}), kSuccess);
  EXPECT_THAT(err_, HasSubstr("cut off after 1000"));
  EXPECT_THAT(out_, HasSubstr("\"createdCount\": \"2500\""));
  ASSERT_EQ(invitations_.runs.size(), 3u);
  EXPECT_EQ(invitations_.runs[1].first_record(), 1001);
  EXPECT_EQ(invitations_.runs[2].records_size(), 500);
  const auto before = invitations_.runs;
  ASSERT_EQ(Colloquy({"invitations", "import", "lasers", list, "--yes"}), kSuccess);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(before[i].SerializeAsString(), invitations_.runs[i + 3].SerializeAsString());
  }
}

TEST_F(InvitationsTest, OneRunIsOnItsWayBehindTheOther) {
  std::string content = "email\n";
  for (int i = 0; i < 4500; ++i) absl::StrAppend(&content, "guest", i, "@x.org\n");
  invitations_.expects_two = true;
  ASSERT_EQ(Colloquy({"invitations", "import", "lasers", Write("l.csv", content), "--yes"}),
            kSuccess);
  EXPECT_THAT(err_, HasSubstr("4500 records: 4500 created"));
  // All but the first arrived too early: they were sent again, and each was imported once, in
  // order.
  EXPECT_EQ(invitations_.refused, 4);
  ASSERT_EQ(invitations_.runs.size(), 5u);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(invitations_.runs[i].first_record(), 1000 * i + 1);
}

TEST_F(InvitationsTest, RejectedRecordsGoToAFileThatFinishesTheJob) {
  const std::string list = Write("l.csv", "email,x\nada@x.org,1\nnobody,2\n\"c@x.org\xff\",3\n");
  EXPECT_EQ(Colloquy({"invitations", "import", "lasers", list, "--yes", "--encoding", "utf-8",
                      "--expire", "2027-03-01T00:00:00Z", "--category", "vip", "--reserve-seats"}),
            kPartial);
  EXPECT_THAT(err_, HasSubstr("3 records: 1 created"));
  EXPECT_THAT(err_, HasSubstr("line 3: email: has no '@'"));
  EXPECT_THAT(err_, HasSubstr("l.rejected.csv"));
  EXPECT_TRUE(invitations_.start.reserve_seats());
  EXPECT_EQ(invitations_.start.category(), "vip");
  EXPECT_TRUE(invitations_.start.has_expire_time());
  EXPECT_EQ(Colloquy({"invitations", "import", "lasers", folder_ + "/l.rejected.csv", "--dry-run"}),
            kPartial);
  EXPECT_TRUE(invitations_.start.dry_run());
  EXPECT_THAT(err_, HasSubstr("2 records"));
  EXPECT_EQ(Colloquy({"invitations", "import", "lasers", folder_ + "/absent", "--yes"}), kUsage);
}

TEST_F(InvitationsTest, WhatIsCutOffSaysHowToGoOn) {
  invitations_.denied = true;
  EXPECT_EQ(Colloquy({"invitations", "import", "lasers", Write("l.csv", "email\nx\n"), "--yes"}),
            kDenied);
  EXPECT_THAT(err_, HasSubstr("The same command goes on"));
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/l.rejected.csv"));
}

TEST_F(InvitationsTest, CreatesAndRevokesOne) {
  ASSERT_EQ(Colloquy({"invitations", "create", "lasers", "--email", "ada@x.org", "--party-size",
                      "2", "--placeholder", "table=7", "--dry-run"}),
            kSuccess)
      << err_;
  EXPECT_EQ(invitations_.create.invitation().guest().email(), "ada@x.org");
  EXPECT_EQ(invitations_.create.invitation().party_size(), 2);
  EXPECT_EQ(invitations_.create.invitation().placeholders().at("table"), "7");
  EXPECT_TRUE(invitations_.create.validate_only());
  EXPECT_EQ(Colloquy({"invitations", "revoke", "lasers/i"}), kUsage);
  EXPECT_TRUE(invitations_.revoked.empty());
  EXPECT_EQ(Colloquy({"invitations", "revoke", "lasers/i", "--yes"}), kSuccess);
  EXPECT_THAT(invitations_.revoked,
              testing::ElementsAre("organizers/a/events/lasers/invitations/i"));
}

TEST_F(InvitationsTest, SendingCountsAsksAndWaits) {
  EXPECT_EQ(Colloquy({"invitations", "send", "lasers"}, "n\n"), kUsage);
  EXPECT_THAT(err_, HasSubstr("Mail 3 invitations?"));
  EXPECT_EQ(Colloquy({"invitations", "send", "lasers", "--dry-run"}), kSuccess);
  for (const auto& send : mailings_.sends) EXPECT_TRUE(send.validate_only());
  EXPECT_EQ(Colloquy({"invitations", "send", "lasers", "--yes", "--wait"}), kSuccess) << err_;
  EXPECT_FALSE(mailings_.sends.back().validate_only());
  EXPECT_EQ(mailings_.polls, 3);
  EXPECT_THAT(err_, HasSubstr("2 sent, 0 failed"));
  mailings_.failed = 1;
  EXPECT_EQ(Colloquy({"invitations", "send", "lasers", "--yes", "--wait"}), kPartial);
  EXPECT_THAT(err_, HasSubstr("--state failed"));
}

TEST_F(InvitationsTest, DeliveriesOfAnEventOrAMailing) {
  ASSERT_EQ(Colloquy({"deliveries", "list", "lasers"}), kSuccess) << err_;
  ASSERT_EQ(mailings_.lists.size(), 1u);
  EXPECT_EQ(mailings_.lists[0].parent(), "organizers/a/mailings/m1");
  EXPECT_EQ(mailings_.lists[0].filter(), "state != SENT");
  EXPECT_THAT(out_, HasSubstr("mailbox full"));
  ASSERT_EQ(Colloquy({"deliveries", "list", "mailings/m9", "--state", "failed"}), kSuccess);
  EXPECT_EQ(mailings_.lists[1].parent(), "organizers/a/mailings/m9");
  EXPECT_EQ(mailings_.lists[1].filter(), "state = FAILED");
  ASSERT_EQ(Colloquy({"deliveries", "list", "lasers", "--all", "-o", "json"}), kSuccess);
  EXPECT_EQ(mailings_.lists[2].filter(), "");
  EXPECT_EQ(Colloquy({"deliveries", "list", "lasers", "--state", "lost"}), kUsage);
  ASSERT_EQ(Colloquy({"deliveries", "retry", "lasers"}), kSuccess);
  EXPECT_EQ(mailings_.retried, "organizers/a/mailings/m1");
  EXPECT_THAT(err_, HasSubstr("7 deliveries"));
}

TEST_F(InvitationsTest, SuppressionsAreDeletedByAddress) {
  EXPECT_EQ(Colloquy({"suppressions", "delete", "ada@x.org", "--yes"}), kSuccess) << err_;
  EXPECT_EQ(mailings_.deleted, "organizers/a/suppressions/s");
  EXPECT_EQ(Colloquy({"suppressions", "delete", "bob@x.org", "--yes"}), kNotFound);
}

}  // namespace
}  // namespace colloquy::cli
