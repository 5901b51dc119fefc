// Servers that record what they were asked, and whole command lines against them.
#ifndef COLLOQUY_TESTS_UNIT_CLI_COMMANDS_FIXTURE_H_
#define COLLOQUY_TESTS_UNIT_CLI_COMMANDS_FIXTURE_H_

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "clients/cli/cli.h"
#include "clients/cli/terminal.h"
#include "colloquy/access/v1/access.grpc.pb.h"
#include "colloquy/events/v1/events.grpc.pb.h"
#include "colloquy/registrations/v1/registrations.grpc.pb.h"
#include "grpcpp/server_builder.h"
#include "gtest/gtest.h"
#include "services/common/errors/errors.h"
#include "services/common/rpc/status.h"

namespace colloquy::cli {

class FakeAccess : public access::v1::AccessService::Service {
 public:
  grpc::Status GetCaller(grpc::ServerContext* context, const access::v1::GetCallerRequest*,
                         access::v1::Caller* caller) override {
    const auto found = context->client_metadata().find("authorization");
    if (found != context->client_metadata().end()) {
      authorization.assign(found->second.data(), found->second.size());
    }
    caller->set_role(access::v1::ApiKey::OWNER);
    caller->set_organizer("organizers/own");
    return grpc::Status::OK;
  }
  std::string authorization;
};

class FakeEvents : public events::v1::EventsService::Service {
 public:
  grpc::Status CreateEvent(grpc::ServerContext*, const events::v1::CreateEventRequest* request,
                           events::v1::Event* event) override {
    std::lock_guard<std::mutex> lock(mutex);
    creates.push_back(*request);
    if (unavailable-- > 0) {
      return grpc::Status(grpc::StatusCode::UNAVAILABLE, "away");
    }
    if (request->event_id() == "there") {
      return rpc::ToGrpc(errors::AlreadyExists("colloquy/Event", "there"));
    }
    if (request->event_id() == "bad") {
      return rpc::ToGrpc(errors::InvalidField("event.title", "is \x1b[31mrude"));
    }
    *event = request->event();
    event->set_name(absl::StrCat(request->parent(), "/events/", request->event_id()));
    return grpc::Status::OK;
  }
  grpc::Status GetEvent(grpc::ServerContext*, const events::v1::GetEventRequest* request,
                        events::v1::Event* event) override {
    if (request->name() != "organizers/a/events/lasers") {
      return rpc::ToGrpc(errors::NotFound("colloquy/Event", request->name()));
    }
    event->set_name(request->name());
    event->set_etag("\"1\"");
    event->set_time_zone("Europe/Berlin");
    event->set_default_language("en");
    event->mutable_start_time()->set_seconds(1804597200);
    (*event->mutable_title()->mutable_texts())["en"] = "Lasers\x1b[31m";
    return grpc::Status::OK;
  }
  grpc::Status UpdateEvent(grpc::ServerContext*, const events::v1::UpdateEventRequest* request,
                           events::v1::Event* event) override {
    update = *request;
    *event = request->event();
    return grpc::Status::OK;
  }
  grpc::Status ListEvents(grpc::ServerContext*, const events::v1::ListEventsRequest* request,
                          events::v1::ListEventsResponse* response) override {
    list = *request;
    const int page = request->page_token().empty() ? 0 : 1;
    for (int i = 0; i < 2; ++i) {
      response->add_events()->set_name(absl::StrCat(request->parent(), "/events/e", page * 2 + i));
    }
    if (page == 0) response->set_next_page_token("more");
    return grpc::Status::OK;
  }
  grpc::Status DeleteEvent(grpc::ServerContext*, const events::v1::DeleteEventRequest* request,
                           google::protobuf::Empty*) override {
    ++deletes;
    return grpc::Status::OK;
  }

  std::mutex mutex;
  std::vector<events::v1::CreateEventRequest> creates;
  events::v1::UpdateEventRequest update;
  events::v1::ListEventsRequest list;
  int unavailable = 0;
  int deletes = 0;
};

class FakeRegistrations : public registrations::v1::RegistrationsService::Service {
 public:
  grpc::Status GetRegistration(grpc::ServerContext*,
                               const registrations::v1::GetRegistrationRequest* request,
                               registrations::v1::Registration* registration) override {
    registration->set_name(request->name());
    registration->set_etag("\"1\"");
    registration->mutable_attendee()->set_email("ada@example.org");
    auto& answers = *registration->mutable_answers()->mutable_fields();
    answers["meal"].set_string_value("fish");
    answers["diet"].set_string_value("none");
    return grpc::Status::OK;
  }
  grpc::Status UpdateRegistration(grpc::ServerContext*,
                                  const registrations::v1::UpdateRegistrationRequest* request,
                                  registrations::v1::Registration* registration) override {
    update = *request;
    *registration = request->registration();
    return grpc::Status::OK;
  }
  grpc::Status BatchCreateRegistrations(
      grpc::ServerContext*, const registrations::v1::BatchCreateRegistrationsRequest* request,
      registrations::v1::BatchCreateRegistrationsResponse* response) override {
    batches.push_back(*request);
    std::vector<errors::FieldViolation> violations;
    for (int i = 0; i < request->requests_size(); ++i) {
      if (request->requests(i).registration().attendee().email() == "bad") {
        violations.push_back(
            {absl::StrCat("requests[", i, "].registration.attendee.email"), "is no address"});
      }
      response->add_registrations()->set_state(registrations::v1::Registration::CONFIRMED);
    }
    return rpc::ToGrpc(errors::InvalidFields(violations));
  }
  registrations::v1::UpdateRegistrationRequest update;
  std::vector<registrations::v1::BatchCreateRegistrationsRequest> batches;
};

class CommandsTest : public testing::Test {
 protected:
  void SetUp() override {
    // Tests run side by side, each in a process of its own.
    folder_ = absl::StrCat(testing::TempDir(), "colloquy-commands-", getpid());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    grpc::ServerBuilder builder;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port_);
    builder.RegisterService(&access_);
    builder.RegisterService(&events_);
    builder.RegisterService(&registrations_);
    server_ = builder.BuildAndStart();
    env_ = {{"COLLOQUY_CONFIG", folder_ + "/config.yaml"},
            {"COLLOQUY_SERVER", absl::StrCat("127.0.0.1:", port_)},
            {"COLLOQUY_ORGANIZER", "a"},
            {"COLLOQUY_API_KEY", "clq_x_secret"}};
  }
  void TearDown() override {
    server_->Shutdown();
    std::filesystem::remove_all(folder_);
  }

  int Colloquy(std::vector<std::string> arguments, std::string input = "") {
    std::istringstream in(input);
    std::ostringstream out, err;
    if (disk_full_) out.setstate(std::ios::badbit);
    Io io{.in = in,
          .out = out,
          .err = err,
          .out_is_terminal = out_is_terminal_,
          .env = [this](const char* name) { return env_[name]; }};
    const int code = cli::Run(arguments, io);
    out_ = out.str();
    err_ = err.str();
    return code;
  }

  std::string Write(const std::string& name, const std::string& content) {
    std::ofstream(folder_ + "/" + name) << content;
    return folder_ + "/" + name;
  }

  std::string folder_, out_, err_;
  bool disk_full_ = false;
  bool out_is_terminal_ = false;
  std::map<std::string, std::string> env_;
  int port_ = 0;
  FakeAccess access_;
  FakeEvents events_;
  FakeRegistrations registrations_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace colloquy::cli

#endif  // COLLOQUY_TESTS_UNIT_CLI_COMMANDS_FIXTURE_H_
