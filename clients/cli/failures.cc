#include "clients/cli/failures.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "clients/cli/terminal.h"
#include "colloquy/sdk/errors.h"

namespace colloquy::cli {
namespace {

namespace reasons = errors::v1;

constexpr absl::string_view kUsagePayload = "colloquy.cli/usage";

struct Hint {
  reasons::ErrorReason reason;
  const char* text;
};

// The way out, by reason. {key} is replaced by the error's metadata.
constexpr Hint kHints[] = {
    {reasons::FIELD_MASK_INVALID,
     "Leave the field out, or see `colloquy events template` for those there are."},
    {reasons::FILTER_INVALID,
     "Quote texts, as in --filter 'kind = TRAINING AND country = \"DE\"'; see `--help` for the "
     "fields."},
    {reasons::ORDER_BY_INVALID,
     "Write fields separated by commas, each with ` desc` if wanted: --order-by 'start_time "
     "desc'."},
    {reasons::PAGE_TOKEN_INVALID, "Run the command again from the start."},
    {reasons::RESOURCE_NAME_INVALID,
     "Give the id alone, or the full name such as organizers/acme/events/lasers. Ids are small "
     "letters, digits and '-'."},
    {reasons::REQUEST_ID_REUSED, "Use another request id, or the very same request."},
    {reasons::CREDENTIALS_MISSING,
     "Give a key: --key-file FILE, COLLOQUY_API_KEY, or `colloquy context set NAME --key-file "
     "FILE`."},
    {reasons::CREDENTIALS_INVALID,
     "The key may have expired or been revoked. Ask an owner for a new one (`colloquy keys "
     "create`)."},
    {reasons::PERMISSION_DENIED,
     "`colloquy whoami` says what this key may do. A resource that it may not see looks the same "
     "as one that does not exist."},
    {reasons::RESOURCE_NOT_FOUND, "Look for it with the group's `list` command."},
    {reasons::RESOURCE_ALREADY_EXISTS, "Choose another id, or change what is there with `update`."},
    {reasons::ETAG_MISMATCH,
     "Somebody changed it in the meantime. Look at it again (`get`) and repeat the command."},
    {reasons::STATE_INVALID, "`get` shows the state it is in now."},
    {reasons::RESOURCE_HAS_CHILDREN, "Delete what is below it first, or add --force."},
    {reasons::SESSION_CONFLICT,
     "Choose another time, room or speaker, or add --force to keep both."},
    {reasons::REGISTRATION_CLOSED,
     "`colloquy registrations availability EVENT` says what is open. Staff can register anyway "
     "with --force."},
    {reasons::SOLD_OUT,
     "Raise the capacity, or open a waiting list: `colloquy events update EVENT --waiting-list "
     "strict`."},
    {reasons::ADDRESS_ALREADY_REGISTERED,
     "Find it: `colloquy registrations list EVENT --filter 'email = \"…\"'`."},
    {reasons::DEADLINE_PASSED, "Only staff can do that now."},
    {reasons::ADDRESS_NOT_ADMITTED,
     "The event's --allowed-domain list decides; staff can register anyway with --force."},
    {reasons::CAPACITY_BELOW_TAKEN,
     "{taken} seats are taken in {pool}. Add --force: nobody is thrown out, and nothing is sold "
     "until it fits."},
    {reasons::INVITATION_REQUIRED, "Staff can register anyway with --force."},
    {reasons::RATE_LIMITED, "Wait a moment, and send fewer calls at once."},
    {reasons::OVERLOADED, "The server is busy. Try again in a moment."},
    {reasons::DATABASE_UNAVAILABLE,
     "The server's database is away; it recovers by itself. Try again in a moment."},
    {reasons::OUTCOME_UNKNOWN,
     "It is not known whether the change was made: look with `get` before you repeat it."},
    {reasons::PEER_UNAVAILABLE,
     "The service {service} is away; it recovers by itself. Try again in a moment."},
    {reasons::CONFLICT, "Try again."},
    {reasons::DATABASE_FULL, "The operator must free space on the server."},
    {reasons::DEADLINE_EXCEEDED, "Allow more time with --timeout, such as --timeout 2m."},
    {reasons::CURSOR_TOO_OLD,
     "Read the resources themselves (`list`), then stream with --from-now."},
    {reasons::CURSOR_AHEAD, "Read the resources themselves (`list`), then stream with --from-now."},
    {reasons::SERVER_STOPPING, "The server is being restarted. Try again in a moment."},
    {reasons::INTERNAL, "A defect of the server; its log has the error id {error_id}."},
};

// Which flag fills a field; what lies below a field is found too.
constexpr std::pair<absl::string_view, absl::string_view> kFlags[] = {
    {"event.venue", "--venue, --city and --country"},
    {"event.kind", "--kind"},
    {"event.mode", "--mode"},
    {"event.title", "--title"},
    {"event.time_zone", "--zone"},
    {"event.civil_start", "--start"},
    {"event.civil_end", "--end"},
    {"event.online_uri", "--online-uri"},
    {"session.title", "--title"},
    {"session.start_time", "--start"},
    {"session.end_time", "--end"},
    {"registration.attendee.email", "--email"},
    {"registration.category", "--category"},
    {"registration.party_size", "--party-size"},
    {"registration.answers", "--answer FIELD=VALUE"},
};

// "Flags: event.venue by --venue, …" for the fields that were refused.
std::string FlagsFor(const absl::Status& status) {
  const auto detail = sdk::DetailOf<google::rpc::BadRequest>(status);
  std::vector<std::string> flags;
  for (const auto& [field, flag] : kFlags) {
    const bool refused =
        detail.has_value() &&
        std::any_of(detail->field_violations().begin(), detail->field_violations().end(),
                    [field = field](const auto& violation) {
                      absl::string_view rest = violation.field();
                      return absl::ConsumePrefix(&rest, field) && (rest.empty() || rest[0] == '.');
                    });
    if (refused) flags.push_back(absl::StrCat(field, " by ", flag));
  }
  return flags.empty() ? "" : absl::StrCat("Set ", absl::StrJoin(flags, ", "), ".");
}

std::string HintFor(const absl::Status& status, absl::string_view server) {
  const reasons::ErrorReason reason = sdk::ReasonOf(status);
  for (const Hint& hint : kHints) {
    if (hint.reason != reason) continue;
    std::string text = hint.text;
    const auto info = sdk::DetailOf<google::rpc::ErrorInfo>(status);
    for (const auto& [key, value] : info->metadata()) {
      text = absl::StrReplaceAll(text, {{absl::StrCat("{", key, "}"), value}});
    }
    return text;
  }
  if (reason != reasons::ERROR_REASON_UNSPECIFIED) return FlagsFor(status);
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
      return absl::StrCat("Is a server running at ", server,
                          "? Say where it is with --server or `colloquy context set`.");
    case absl::StatusCode::kDeadlineExceeded:
      return "Allow more time with --timeout, such as --timeout 2m.";
    case absl::StatusCode::kResourceExhausted:
      return "A call may carry 4 MiB. Send less at a time, such as --batch-size 50.";
    case absl::StatusCode::kUnimplemented:
      return absl::StrCat("Does ", server, " serve this part of Colloquy, in this version?");
    default:
      return "";
  }
}

struct Line {
  std::string field;
  std::string description;
};

std::vector<Line> FieldLines(const absl::Status& status) {
  std::vector<Line> lines;
  if (const auto detail = sdk::DetailOf<google::rpc::BadRequest>(status)) {
    for (const auto& violation : detail->field_violations()) {
      lines.push_back({violation.field(), violation.description()});
    }
  }
  if (const auto detail = sdk::DetailOf<google::rpc::PreconditionFailure>(status)) {
    for (const auto& violation : detail->violations()) {
      lines.push_back({violation.subject(), violation.description()});
    }
  }
  return lines;
}

std::string CodeWords(absl::StatusCode code) {
  std::string words = absl::StatusCodeToString(code);
  for (char& c : words) c = c == '_' ? ' ' : absl::ascii_tolower(c);
  return words;
}

// gRPC's own words for a server that does not answer are no help: they are shown below ours.
std::string OwnWords(const absl::Status& status, absl::string_view server) {
  if (sdk::ReasonOf(status) != reasons::ERROR_REASON_UNSPECIFIED || server.empty()) return "";
  if (status.code() == absl::StatusCode::kUnavailable) {
    return absl::StrCat("No server can be reached at ", server);
  }
  if (status.code() == absl::StatusCode::kDeadlineExceeded) {
    return absl::StrCat("There was no answer from ", server, " in time");
  }
  return "";
}

std::string MessageOf(const absl::Status& status) {
  return status.message().empty() ? CodeWords(status.code()) : std::string(status.message());
}

}  // namespace

const char kExitCodeHelp[] =
    "Exit codes:\n"
    "    0  done\n"
    "    1  something unexpected, such as a defect of the server\n"
    "    2  the command line is wrong, or a file cannot be read or written\n"
    "    3  not found\n"
    "    4  not allowed, or no valid key\n"
    "    5  the state of things does not allow it: sold out, already exists, changed meanwhile\n"
    "    6  the server or the reader of a file refused a value\n"
    "    7  the server is away, too busy or too slow\n"
    "    8  partly done: some records of an import were refused\n"
    "  130  interrupted with Ctrl-C\n";

absl::Status UsageError(absl::string_view message) {
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kUsagePayload, absl::Cord());
  return status;
}

ExitCode ExitCodeOf(const absl::Status& status) {
  if (status.GetPayload(kUsagePayload).has_value()) return kUsage;
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kSuccess;
    case absl::StatusCode::kNotFound:
      return kNotFound;
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
      return kDenied;
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return kPrecondition;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return kInvalid;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
      return kUnavailable;
    case absl::StatusCode::kCancelled:
      return kInterrupted;
    default:
      return kUnexpected;
  }
}

std::string RenderFailure(const absl::Status& status, absl::string_view server) {
  const std::string message = MessageOf(status);
  const std::string own = OwnWords(status, server);
  std::string text =
      absl::StrCat("Error: ", own.empty() ? "" : Visible(own) + "\n  ", Visible(message), "\n");
  for (const Line& line : FieldLines(status)) {
    // The message of a single violation says it all already.
    const bool said = absl::StrContains(message, line.description);
    if (said && (message == line.description || absl::StrContains(message, line.field))) {
      continue;
    }
    absl::StrAppend(&text, "  ", Visible(line.field), ": ", Visible(line.description), "\n");
  }
  if (const std::string hint = HintFor(status, server); !hint.empty()) {
    absl::StrAppend(&text, "Hint: ", Visible(hint), "\n");
  }
  if (const auto retry = sdk::DetailOf<google::rpc::RetryInfo>(status)) {
    const double seconds = retry->retry_delay().seconds() + retry->retry_delay().nanos() / 1e9;
    absl::StrAppendFormat(&text, "Retry: in %.3g s\n", seconds);
  }
  const auto info = sdk::DetailOf<google::rpc::ErrorInfo>(status);
  std::vector<std::string> trace;
  if (info.has_value()) trace.push_back(Visible(info->reason()));
  if (const std::string id = sdk::RequestIdOf(status); !id.empty()) {
    trace.push_back(absl::StrCat("request ", Visible(id)));
  }
  if (!trace.empty()) absl::StrAppend(&text, "(", absl::StrJoin(trace, ", "), ")\n");
  return text;
}

std::string FailureLine(const absl::Status& status) {
  std::vector<std::string> parts;
  for (const Line& line : FieldLines(status)) {
    parts.push_back(absl::StrCat(line.field, ": ", line.description));
  }
  return Visible(parts.empty() ? MessageOf(status) : absl::StrJoin(parts, "; "));
}

}  // namespace colloquy::cli
