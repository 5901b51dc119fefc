// `colloquy operations …`
#include "clients/cli/operations.h"

#include <memory>

#include "CLI/CLI.hpp"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/cli/command.h"
#include "clients/cli/failures.h"
#include "clients/cli/progress.h"
#include "clients/cli/terminal.h"
#include "services/common/errors/errors.h"

namespace colloquy::cli {
namespace {

namespace lro = google::longrunning;

struct Args {
  std::string name;
  ListFlags list;
};

std::string FullName(const std::string& typed) {
  return absl::StartsWith(typed, "operations/") ? typed : absl::StrCat("operations/", typed);
}

template <typename Request, typename Method>
void AddByName(CommandTree& tree, CLI::App* group, const std::string& verb,
               const std::string& description, Method method) {
  auto args = std::make_shared<Args>();
  CLI::App* app = tree.Add(group, verb, description, "colloquy operations " + verb + " OPERATION",
                           [args, method](Session& session) {
                             Request request;
                             request.set_name(FullName(args->name));
                             return CallAndShow(session, method, request);
                           });
  app->add_option("operation", args->name, "Id or full name of the operation")->required();
}

void ShowProgress(const lro::Operation& operation, Progress& progress) {
  registrations::v1::VerifyAllSeatsMetadata metadata;
  if (!operation.metadata().UnpackTo(&metadata)) return;
  progress.set_total(metadata.total_count());
  progress.Update(metadata.done_count(), metadata.difference_count());
}

absl::Status ErrorOf(const google::rpc::Status& error) {
  absl::Status status(static_cast<absl::StatusCode>(error.code()), error.message());
  for (const google::protobuf::Any& detail : error.details()) {
    status.SetPayload(detail.type_url(), absl::Cord(detail.value()));
  }
  return status;
}

}  // namespace

absl::Status WaitAndShow(Session& session, const std::string& name) {
  COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session.Client());
  COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session.Call());
  lro::GetOperationRequest request;
  request.set_name(name);
  lro::Operation operation;
  sdk::Cancellation never;
  sdk::Cancellation& cancellation = options.cancellation != nullptr ? *options.cancellation : never;
  absl::Duration pause = absl::Milliseconds(50);
  {
    Progress progress(session.io(), name, 0);
    while (true) {
      COLLOQUY_ASSIGN_OR_RETURN(operation,
                                client->Call(&sdk::Operations::GetOperation, request, options));
      ShowProgress(operation, progress);
      if (operation.done()) break;
      if (!cancellation.SleepFor(pause)) return absl::CancelledError();
      pause = std::min(pause * 2, absl::Seconds(2));
    }
  }
  if (operation.has_error()) return ErrorOf(operation.error());
  registrations::v1::VerifyAllSeatsResponse verified;
  if (!operation.response().UnpackTo(&verified)) return session.printer().Object(operation);
  if (!verified.differences().empty()) session.set_exit_code(kUnexpected);
  session.Note(absl::StrCat(Counted(verified.event_count(), "event"), ", ",
                            Counted(verified.registration_count(), "registration"), ", ",
                            Counted(verified.differences_size(), "difference"), "."));
  return session.printer().Object(verified);
}

void AddOperations(CommandTree& tree) {
  CLI::App* group = tree.Group("operations", "Long work on the server");
  auto list = std::make_shared<Args>();
  CLI::App* app = tree.Add(group, "list", "List operations", "colloquy operations list",
                           [list](Session& session) {
                             lro::ListOperationsRequest request;
                             request.set_name("operations");
                             return ListAndShow(session, &sdk::Operations::ListOperations, request,
                                                &lro::ListOperationsResponse::operations,
                                                list->list, {"name", "done", "metadata"});
                           });
  AddListFlags(app, &list->list, "done", Order::kFixed);
  AddByName<lro::GetOperationRequest>(tree, group, "get", "Show an operation",
                                      &sdk::Operations::GetOperation);
  AddByName<lro::CancelOperationRequest>(tree, group, "cancel", "Ask an operation to stop",
                                         &sdk::Operations::CancelOperation);
  AddByName<lro::DeleteOperationRequest>(tree, group, "delete", "Forget an operation that is done",
                                         &sdk::Operations::DeleteOperation);
  auto wait = std::make_shared<Args>();
  app = tree.Add(group, "wait", "Wait for an operation and print its result",
                 "colloquy operations wait OPERATION",
                 [wait](Session& session) { return WaitAndShow(session, FullName(wait->name)); });
  app->add_option("operation", wait->name, "Id or full name of the operation")->required();
}

}  // namespace colloquy::cli
