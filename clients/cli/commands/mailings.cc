// `colloquy mailings …`, `colloquy deliveries …` and `colloquy suppressions …`
#include "clients/cli/mailings.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "clients/cli/command.h"
#include "clients/cli/failures.h"
#include "clients/cli/names.h"
#include "clients/cli/patience.h"
#include "clients/cli/progress.h"
#include "services/common/errors/errors.h"

namespace colloquy::cli {
namespace {

namespace pb = registrations::v1;
constexpr char kEvent[] = "organizers/*/events/*";
constexpr char kMailing[] = "organizers/*/mailings/*";
constexpr char kSuppression[] = "organizers/*/suppressions/*";

struct Args {
  std::string name, state, filter, email;
  bool all = false;
  ListFlags list;
};
std::shared_ptr<Args> NewArgs() { return std::make_shared<Args>(); }

// The mailings that `typed` means: one by its id or name, or all of an event.
absl::StatusOr<std::vector<std::string>> MailingsOf(Session& session, const std::string& typed) {
  if (absl::StrContains(typed, "mailings/")) {
    COLLOQUY_ASSIGN_OR_RETURN(const std::string name, session.Name(typed, kMailing));
    return std::vector<std::string>{name};
  }
  COLLOQUY_ASSIGN_OR_RETURN(const std::string event, session.Name(typed, kEvent));
  COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session.Client());
  COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session.Call());
  pb::ListMailingsRequest request;
  request.set_parent(event.substr(0, event.find("/events/")));
  request.set_page_size(1000);
  std::vector<std::string> names;
  auto pages = client->List(&sdk::Mailings::ListMailings, request,
                            &pb::ListMailingsResponse::mailings, options);
  for (const pb::Mailing& mailing : pages) {
    if (mailing.event() != event && LastSegment(mailing.name()) != typed) continue;
    names.push_back(mailing.name());
  }
  if (!pages.status().ok()) return pages.status();
  if (names.empty()) session.Note(absl::StrCat("Nothing was mailed for ", typed, " yet."));
  return names;
}

absl::StatusOr<std::string> DeliveryFilter(const Args& args) {
  if (!args.state.empty()) {
    const std::string state = absl::AsciiStrToUpper(args.state);
    pb::Delivery::State parsed;
    if (!pb::Delivery::State_Parse(state, &parsed)) {
      return UsageError("--state is queued, claimed, sent, retry, failed or suppressed.");
    }
    return absl::StrCat("state = ", state,
                        args.filter.empty() ? "" : absl::StrCat(" AND (", args.filter, ")"));
  }
  if (args.all || !args.filter.empty()) return args.filter;
  return std::string("state != SENT");
}

absl::Status ListDeliveries(Session& session, const Args& args) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::string filter, DeliveryFilter(args));
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> mailings,
                            MailingsOf(session, args.name));
  COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session.Client());
  COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session.Call());
  session.printer().Begin({"id", "state", "email", "attempt_count", "smtp_code", "reason",
                           "next_attempt_time", "uncertain"});
  int count = 0;
  for (const std::string& mailing : mailings) {
    pb::ListDeliveriesRequest request;
    request.set_parent(mailing);
    request.set_filter(filter);
    request.set_page_size(args.list.limit > 0 ? std::min(args.list.limit, 1000) : 1000);
    auto pages = client->List(&sdk::Mailings::ListDeliveries, request,
                              &pb::ListDeliveriesResponse::deliveries, options);
    for (const pb::Delivery& delivery : pages) {
      COLLOQUY_RETURN_IF_ERROR(session.printer().Add(delivery));
      if (++count == args.list.limit) break;
      if (pages.at_page_end()) session.printer().Flush();
    }
    if (!pages.status().ok()) return pages.status();
    if (args.list.limit > 0 && count == args.list.limit) break;
  }
  session.printer().End();
  return absl::OkStatus();
}

absl::Status RetryDeliveries(Session& session, const Args& args) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> mailings,
                            MailingsOf(session, args.name));
  COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session.Client());
  COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session.Call());
  pb::RetryDeliveriesResponse total;
  for (const std::string& mailing : mailings) {
    pb::RetryDeliveriesRequest request;
    request.set_parent(mailing);
    request.set_filter(args.filter);
    request.set_validate_only(session.flags().dry_run);
    COLLOQUY_ASSIGN_OR_RETURN(const pb::RetryDeliveriesResponse response,
                              client->Call(&sdk::Mailings::RetryDeliveries, request, options));
    total.set_delivery_count(total.delivery_count() + response.delivery_count());
  }
  session.Note(absl::StrCat(total.delivery_count(), session.flags().dry_run
                                                        ? " deliveries would be tried again."
                                                        : " deliveries are tried again."));
  return session.printer().Object(total);
}

absl::Status DeleteSuppression(Session& session, const Args& args) {
  pb::DeleteSuppressionRequest request;
  if (absl::StrContains(args.name, "@") && !absl::StartsWith(args.name, "organizers/")) {
    COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session.Client());
    COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session.Call());
    pb::ListSuppressionsRequest list;
    COLLOQUY_ASSIGN_OR_RETURN(*list.mutable_parent(), session.RequiredOrganizer());
    list.set_filter(absl::StrCat(
        "email = \"", absl::StrReplaceAll(args.name, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\""));
    COLLOQUY_ASSIGN_OR_RETURN(const pb::ListSuppressionsResponse found,
                              client->Call(&sdk::Mailings::ListSuppressions, list, options));
    if (found.suppressions().empty()) {
      return errors::NotFound("colloquy/Suppression", args.name);
    }
    request.set_name(found.suppressions(0).name());
  } else {
    COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name(args.name, kSuppression));
  }
  COLLOQUY_RETURN_IF_ERROR(
      session.Confirm(absl::StrCat("Let ", args.name, " get the organizer's mail again?")));
  return Mutate(session, &sdk::Mailings::DeleteSuppression, request);
}

void AddMailingGroup(CommandTree& tree) {
  CLI::App* group = tree.Group("mailings", "What was sent to whom, and how far it is");
  auto list = NewArgs();
  CLI::App* app =
      tree.Add(group, "list", "List the organizer's mailings, the newest first",
               "colloquy mailings list", [list](Session& session) -> absl::Status {
                 pb::ListMailingsRequest request;
                 COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.RequiredOrganizer());
                 return ListAndShow(session, &sdk::Mailings::ListMailings, request,
                                    &pb::ListMailingsResponse::mailings, list->list,
                                    {"id", "state", "event", "create_time", "end_time", "actor"});
               });
  app->add_option("--limit", list->list.limit, "At most this many")->check(Positive());
  auto get = NewArgs();
  app = tree.Add(group, "get", "Show a mailing with its counts", "colloquy mailings get MAILING",
                 [get](Session& session) -> absl::Status {
                   pb::GetMailingRequest request;
                   COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(),
                                             session.Name(get->name, kMailing));
                   return CallAndShow(session, &sdk::Mailings::GetMailing, request);
                 });
  app->add_option("mailing", get->name, "Id or full name of the mailing")->required();
  auto cancel = NewArgs();
  app = tree.Add(
      group, "cancel", "Stop a mailing: what no relay has taken is not sent",
      "colloquy mailings cancel MAILING", [cancel](Session& session) -> absl::Status {
        pb::CancelMailingRequest request;
        COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name(cancel->name, kMailing));
        COLLOQUY_RETURN_IF_ERROR(session.Confirm(absl::StrCat("Stop ", request.name(), "?")));
        return Mutate(session, &sdk::Mailings::CancelMailing, request);
      });
  app->add_option("mailing", cancel->name, "Id or full name of the mailing")->required();
}

void AddDeliveryGroup(CommandTree& tree) {
  CLI::App* group = tree.Group("deliveries", "What became of every single mail");
  auto list = NewArgs();
  CLI::App* app =
      tree.Add(group, "list", "List the mails that have not arrived at a relay, and why",
               "colloquy deliveries list lasers --state failed",
               [list](Session& session) { return ListDeliveries(session, *list); });
  app->add_option("event", list->name, "Event, or mailings/MAILING")->required();
  app->add_option("--state", list->state, "queued, claimed, sent, retry, failed or suppressed");
  app->add_flag("--all", list->all, "Those that were sent too");
  app->add_option("--filter", list->filter, "AIP-160 filter over state, email, smtp_code, …");
  app->add_option("--limit", list->list.limit, "At most this many")->check(Positive());
  auto retry = NewArgs();
  app = tree.Add(group, "retry", "Put failed mails back into the queue",
                 "colloquy deliveries retry lasers",
                 [retry](Session& session) { return RetryDeliveries(session, *retry); });
  app->add_option("event", retry->name, "Event, or mailings/MAILING")->required();
  app->add_option("--filter", retry->filter, "Which of them: AIP-160 filter");
}

void AddSuppressionGroup(CommandTree& tree) {
  CLI::App* group = tree.Group("suppressions", "Addresses that get no mail from the organizer");
  auto list = NewArgs();
  CLI::App* app = tree.Add(
      group, "list", "List them", "colloquy suppressions list --filter 'source = UNSUBSCRIBED'",
      [list](Session& session) -> absl::Status {
        pb::ListSuppressionsRequest request;
        COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.RequiredOrganizer());
        return ListAndShow(session, &sdk::Mailings::ListSuppressions, request,
                           &pb::ListSuppressionsResponse::suppressions, list->list,
                           {"id", "email", "source", "create_time"});
      });
  app->add_option("--filter", list->list.filter, "AIP-160 filter over email, source, create_time");
  app->add_option("--limit", list->list.limit, "At most this many")->check(Positive());
  auto create = NewArgs();
  app = tree.Add(
      group, "create", "Keep an address from getting mail",
      "colloquy suppressions create ada@example.org", [create](Session& session) -> absl::Status {
        pb::CreateSuppressionRequest request;
        COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.RequiredOrganizer());
        request.mutable_suppression()->set_email(create->email);
        return Mutate(session, &sdk::Mailings::CreateSuppression, request);
      });
  app->add_option("email", create->email, "Address")->required();
  auto remove = NewArgs();
  app = tree.Add(group, "delete", "Let an address get mail again",
                 "colloquy suppressions delete ada@example.org",
                 [remove](Session& session) { return DeleteSuppression(session, *remove); });
  app->add_option("suppression", remove->name, "Address, id or full name")->required();
}

}  // namespace

int64_t CountOf(const pb::Mailing& mailing, pb::Delivery::State state) {
  int64_t count = 0;
  for (const pb::DeliveryCount& its : mailing.counts()) {
    if (its.state() == state) count += its.deliveries();
  }
  return count;
}

int64_t CountOf(const pb::Mailing& mailing) {
  int64_t count = 0;
  for (const pb::DeliveryCount& its : mailing.counts()) count += its.deliveries();
  return count;
}

absl::Status WaitAndShowMailing(Session& session, const std::string& name) {
  pb::GetMailingRequest request;
  request.set_name(name);
  sdk::Cancellation never;
  sdk::Cancellation* const given = session.io().cancellation;
  sdk::Cancellation& cancellation = given != nullptr ? *given : never;
  absl::Duration pause = absl::Milliseconds(50);
  pb::Mailing mailing;
  int64_t sent = 0, failed = 0, suppressed = 0;
  {
    Progress progress(session.io(), "Sending", 0);
    while (true) {
      COLLOQUY_ASSIGN_OR_RETURN(mailing,
                                CallPatiently(session, &sdk::Mailings::GetMailing, request));
      sent = CountOf(mailing, pb::Delivery::SENT);
      failed = CountOf(mailing, pb::Delivery::FAILED);
      suppressed = CountOf(mailing, pb::Delivery::SUPPRESSED);
      progress.set_total(CountOf(mailing));
      progress.Update(sent + failed + suppressed, failed);
      if (mailing.state() != pb::Mailing::SENDING) break;
      if (!cancellation.SleepFor(pause)) {
        session.Note("The mailing goes on without this command.");
        return absl::CancelledError();
      }
      pause = std::min(pause * 2, absl::Milliseconds(500));
    }
  }
  session.Note(absl::StrCat(sent, " sent, ", failed, " failed, ", suppressed, " suppressed",
                            mailing.state() == pb::Mailing::CANCELLED ? "; cancelled." : "."));
  if (failed > 0) {
    session.set_exit_code(kPartial);
    session.Note(absl::StrCat("`colloquy deliveries list ", name, " --state failed` says why."));
  }
  return session.printer().Object(mailing);
}

void AddMailings(CommandTree& tree) {
  AddMailingGroup(tree);
  AddDeliveryGroup(tree);
  AddSuppressionGroup(tree);
}

}  // namespace colloquy::cli
