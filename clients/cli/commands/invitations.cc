// `colloquy invitations …`
#include <memory>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/cli/command.h"
#include "clients/cli/failures.h"
#include "clients/cli/files.h"
#include "clients/cli/invitation_import.h"
#include "clients/cli/mailings.h"
#include "clients/cli/terminal.h"
#include "clients/cli/times.h"
#include "services/common/errors/errors.h"

namespace colloquy::cli {
namespace {

namespace pb = registrations::v1;
constexpr char kEvent[] = "organizers/*/events/*";
constexpr char kInvitation[] = "organizers/*/events/*/invitations/*";

struct Args {
  std::string event, invitation, file, email, given_name, family_name, title, organisation, country,
      language, group, category, note, expire, reason, etag, filter, delimiter;
  std::vector<std::string> placeholders;
  int party = 0;
  bool reserve_seats = false;
  bool wait = false;
  ListFlags list;
  ListOptions reading;
};
std::shared_ptr<Args> NewArgs() { return std::make_shared<Args>(); }

void EventArgument(CLI::App* app, Args* args) {
  app->add_option("event", args->event, "Id or full name of the event")->required();
}

void SeatFlags(CLI::App* app, Args* args) {
  app->add_option("--category", args->category, "Id of the event's category for them");
  app->add_flag("--reserve-seats", args->reserve_seats,
                "Hold their seats until they answer or it expires");
  app->add_option("--expire", args->expire,
                  "When it ends without an answer, such as 2027-03-01; at the event's start if not "
                  "given");
}

absl::Status Create(Session& session, const Args& args) {
  pb::CreateInvitationRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Name(args.event, kEvent));
  pb::Invitation* invitation = request.mutable_invitation();
  if (!args.file.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(const std::string text, ReadFile(session.io(), args.file));
    COLLOQUY_RETURN_IF_ERROR(ParseMessage(text, invitation));
  }
  pb::Attendee* guest = invitation->mutable_guest();
  const std::string country = absl::AsciiStrToUpper(args.country);
  const std::pair<const std::string&, std::string*> texts[] = {
      {args.email, guest->mutable_email()},
      {args.given_name, guest->mutable_given_name()},
      {args.family_name, guest->mutable_family_name()},
      {args.title, guest->mutable_title()},
      {args.organisation, guest->mutable_organisation()},
      {country, guest->mutable_region_code()},
      {args.language, guest->mutable_language_code()},
      {args.group, invitation->mutable_group()},
      {args.category, invitation->mutable_category()},
      {args.note, invitation->mutable_note()}};
  for (const auto& [typed, field] : texts) {
    if (!typed.empty()) *field = typed;
  }
  if (args.party > 0) invitation->set_party_size(args.party);
  if (args.reserve_seats) invitation->set_reserve_seats(true);
  if (!args.expire.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(*invitation->mutable_expire_time(),
                              ParseTime(args.expire, absl::LocalTimeZone()));
  }
  for (const std::string& placeholder : args.placeholders) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(placeholder, absl::MaxSplits('=', 1));
    (*invitation->mutable_placeholders())[parts.first] = parts.second;
  }
  return Mutate(session, &sdk::Invitations::CreateInvitation, request);
}

absl::StatusOr<char> DelimiterOf(const std::string& typed) {
  static constexpr std::pair<absl::string_view, char> kWords[] = {
      {"comma", ','}, {"semicolon", ';'}, {"tab", '\t'}, {"\\t", '\t'}, {"pipe", '|'}};
  if (typed.empty()) return char{0};
  for (const auto& [word, delimiter] : kWords) {
    if (typed == word) return delimiter;
  }
  const bool usable =
      typed.size() == 1 && typed[0] > 0 && typed[0] != '"' && typed[0] != '\r' && typed[0] != '\n';
  if (usable) return typed[0];
  return UsageError("--delimiter is comma, semicolon, tab, pipe, or one character of ASCII.");
}

absl::Status Import(Session& session, const Args& args) {
  InvitationImport import;
  COLLOQUY_ASSIGN_OR_RETURN(import.event, session.Name(args.event, kEvent));
  import.path = args.file;
  import.list = args.reading;
  COLLOQUY_ASSIGN_OR_RETURN(import.list.delimiter, DelimiterOf(args.delimiter));
  import.category = args.category;
  import.reserve_seats = args.reserve_seats;
  if (!args.expire.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(import.expire_time, ParseTime(args.expire, absl::LocalTimeZone()));
  }
  return ImportInvitations(session, import);
}

absl::Status Revoke(Session& session, const Args& args) {
  pb::RevokeInvitationRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name(args.invitation, kInvitation));
  request.set_reason(args.reason);
  request.set_etag(args.etag);
  COLLOQUY_RETURN_IF_ERROR(
      session.Confirm(absl::StrCat("Revoke ", request.name(), "? Its link stops working.")));
  return Mutate(session, &sdk::Invitations::RevokeInvitation, request);
}

absl::Status Stats(Session& session, const Args& args) {
  pb::SummarizeInvitationsRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Name(args.event, kEvent));
  const Format format = session.flags().format;
  if (format == Format::kJson || format == Format::kYaml) {
    return CallAndShow(session, &sdk::Invitations::SummarizeInvitations, request);
  }
  COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session.Client());
  COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session.Call());
  COLLOQUY_ASSIGN_OR_RETURN(
      const pb::SummarizeInvitationsResponse summary,
      client->Call(&sdk::Invitations::SummarizeInvitations, request, options));
  session.printer().Begin({"state", "group", "invitations", "people"});
  for (const pb::SummarizeInvitationsResponse::Count& count : summary.counts()) {
    COLLOQUY_RETURN_IF_ERROR(session.printer().Add(count));
  }
  session.printer().End();
  session.Note(absl::StrCat(Counted(summary.invitation_count(), "invitation"), "."));
  return absl::OkStatus();
}

absl::Status Send(Session& session, const Args& args) {
  pb::SendInvitationsRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Name(args.event, kEvent));
  request.set_filter(args.filter);
  COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session.Client());
  COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session.Call());
  if (session.flags().dry_run || !session.flags().yes) {
    request.set_validate_only(true);
    COLLOQUY_ASSIGN_OR_RETURN(const pb::Mailing planned,
                              client->Call(&sdk::Mailings::SendInvitations, request, options));
    const int64_t mails = CountOf(planned) - CountOf(planned, pb::Delivery::SUPPRESSED);
    if (session.flags().dry_run) {
      session.Note(absl::StrCat("Dry run: ", Counted(mails, "invitation"), " would be mailed."));
      return session.printer().Object(planned);
    }
    COLLOQUY_RETURN_IF_ERROR(
        session.Confirm(absl::StrCat("Mail ", Counted(mails, "invitation"), "?")));
    request.set_validate_only(false);
    // Another request than the one that only asked.
    request.clear_request_id();
  }
  COLLOQUY_ASSIGN_OR_RETURN(const pb::Mailing mailing,
                            client->Call(&sdk::Mailings::SendInvitations, request, options));
  if (args.wait) return WaitAndShowMailing(session, mailing.name());
  COLLOQUY_RETURN_IF_ERROR(session.printer().Object(mailing));
  session.Note(absl::StrCat("On its way: `colloquy mailings get ", mailing.name(),
                            "` shows how far it is."));
  return absl::OkStatus();
}

void AddCreate(CommandTree& tree, CLI::App* group) {
  auto args = NewArgs();
  CLI::App* app = tree.Add(group, "create", "Invite one guest",
                           "colloquy invitations create lasers --email ada@example.org \\\n"
                           "      --given-name Ada --party-size 2 --reserve-seats",
                           [args](Session& session) { return Create(session, *args); });
  EventArgument(app, args.get());
  app->add_option("-f,--file", args->file, "Invitation as YAML or JSON; - for stdin");
  app->add_option("--email", args->email, "Address");
  app->add_option("--given-name", args->given_name, "Given name");
  app->add_option("--family-name", args->family_name, "Family name");
  app->add_option("--title", args->title, "Title, such as Dr.");
  app->add_option("--organisation", args->organisation, "Where they come from");
  app->add_option("--country", args->country, "ISO 3166 country");
  app->add_option("--write-in", args->language, "Language to write to them in");
  app->add_option("--group", args->group, "Your own grouping, such as research");
  app->add_option("--party-size", args->party, "How many may come on it")
      ->check(CLI::Range(1, 100));
  app->add_option("--note", args->note, "For your eyes");
  app->add_option("--placeholder", args->placeholders, "NAME=TEXT for the mail; repeat")
      ->allow_extra_args(false);
  SeatFlags(app, args.get());
}

void AddImport(CommandTree& tree, CLI::App* group) {
  auto args = NewArgs();
  CLI::App* app = tree.Add(
      group, "import", "Invite the guests of a list",
      "colloquy invitations import lasers guests.csv --dry-run\n"
      "  colloquy invitations import lasers guests.csv --map 'Mail privat=email' --yes\n\n"
      "Encoding, delimiter and columns are found out and shown before anything is written.\n"
      "Rejected records go to guests.rejected.csv; correct and import that file to finish.\n"
      "An import that was cut off goes on when the same command is given again.\n"
      "Exit code 8 where records were rejected.",
      [args](Session& session) { return Import(session, *args); });
  EventArgument(app, args.get());
  app->add_option("file", args->file, "CSV or TSV, as a spreadsheet saves it")->required();
  app->add_option("--map", args->reading.maps,
                  "COLUMN=FIELD: a title or number, and email, given_name, family_name, title, "
                  "organisation, country, language, group, party_size, note, placeholder or "
                  "ignore; repeat")
      ->allow_extra_args(false);
  app->add_option("--delimiter", args->delimiter, "comma, semicolon, tab, pipe or a character");
  app->add_option("--encoding", args->reading.encoding, "Such as utf-8, windows-1252, utf-16le");
  SeatFlags(app, args.get());
}

void AddSend(CommandTree& tree, CLI::App* group) {
  auto args = NewArgs();
  CLI::App* app =
      tree.Add(group, "send", "Mail the invitations that were not mailed yet",
               "colloquy invitations send lasers --filter 'group = \"research\"' --wait",
               [args](Session& session) { return Send(session, *args); });
  EventArgument(app, args.get());
  app->add_option("--filter", args->filter,
                  "AIP-160 filter over state, email, group, category, create_time, update_time");
  app->add_flag("--wait", args->wait, "Wait until all are sent; exit code 8 where some failed");
}

}  // namespace

void AddInvitations(CommandTree& tree) {
  CLI::App* group = tree.Group("invitations", "Who is asked to come, and what they answered");
  AddImport(tree, group);
  AddCreate(tree, group);

  auto list = NewArgs();
  CLI::App* app = tree.Add(
      group, "list", "List the invitations of an event",
      "colloquy invitations list lasers --filter 'state = DECLINED'",
      [list](Session& session) -> absl::Status {
        pb::ListInvitationsRequest request;
        COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Name(list->event, kEvent));
        return ListAndShow(session, &sdk::Invitations::ListInvitations, request,
                           &pb::ListInvitationsResponse::invitations, list->list,
                           {"id", "state", "guest.email", "guest.given_name", "guest.family_name",
                            "group", "party_size", "registration_state", "answer_time"});
      });
  EventArgument(app, list.get());
  AddListFlags(app, &list->list,
               "state, email, group, category, create_time, update_time, answer_time");

  auto get = NewArgs();
  app = tree.Add(group, "get", "Show an invitation", "colloquy invitations get lasers/INVITATION",
                 [get](Session& session) -> absl::Status {
                   pb::GetInvitationRequest request;
                   COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(),
                                             session.Name(get->invitation, kInvitation));
                   return CallAndShow(session, &sdk::Invitations::GetInvitation, request);
                 });
  app->add_option("invitation", get->invitation, "EVENT/INVITATION or full name")->required();

  auto revoke = NewArgs();
  app = tree.Add(group, "revoke", "Take an invitation back; a registration that came of it stays",
                 "colloquy invitations revoke lasers/INVITATION --reason 'Wrong address'",
                 [revoke](Session& session) { return Revoke(session, *revoke); });
  app->add_option("invitation", revoke->invitation, "EVENT/INVITATION or full name")->required();
  app->add_option("--reason", revoke->reason, "Why, for your eyes");
  app->add_option("--etag", revoke->etag, "Only if this is still its etag");

  auto stats = NewArgs();
  EventArgument(tree.Add(group, "stats", "Count an event's invitations by state and group",
                         "colloquy invitations stats lasers",
                         [stats](Session& session) { return Stats(session, *stats); }),
                stats.get());
  AddSend(tree, group);
}

}  // namespace colloquy::cli
