#include "clients/cli/importing.h"

#include <openssl/sha.h>

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "absl/synchronization/mutex.h"
#include "clients/cli/failures.h"
#include "clients/cli/files.h"
#include "clients/cli/names.h"
#include "clients/cli/progress.h"
#include "clients/cli/terminal.h"
#include "colloquy/sdk/errors.h"
#include "services/common/errors/errors.h"

namespace colloquy::cli {
namespace {

namespace reg = registrations::v1;
using events::v1::Event;

struct Verdict {
  const char* word = "skipped";
  std::string name;
  absl::Status status;
};

// Nothing that comes after could fare better.
bool EndsImport(const absl::Status& status) {
  const ExitCode code = ExitCodeOf(status);
  return code == kDenied || code == kUnavailable || code == kInterrupted;
}

std::string Digest(absl::string_view text) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest), sizeof(digest)));
}

std::string EventIdOf(const Event& event, absl::string_view record) {
  if (!event.name().empty()) return std::string(LastSegment(event.name()));
  const std::string title =
      event.title().texts().empty() ? "event" : event.title().texts().begin()->second;
  return absl::StrCat(Slug(title, 50), "-", Digest(record).substr(0, 8));
}

// Shared by the threads of one import.
class EventImporter {
 public:
  EventImporter(Session& session, sdk::Client* client, sdk::CallOptions options,
                std::string organizer, bool publish)
      : session_(session),
        client_(client),
        options_(options),
        organizer_(std::move(organizer)),
        publish_(publish) {}

  Verdict Import(const std::string& record) const {
    events::v1::CreateEventRequest request;
    if (absl::Status status = ParseMessage(record, request.mutable_event()); !status.ok()) {
      return {"refused", "", status};
    }
    request.set_parent(organizer_);
    request.set_event_id(EventIdOf(request.event(), record));
    request.mutable_event()->clear_name();
    request.set_validate_only(session_.flags().dry_run);
    const std::string name = absl::StrCat(organizer_, "/events/", request.event_id());
    const absl::StatusOr<Event> event = client_->Call(&sdk::Events::CreateEvent, request, options_);
    const bool exists = event.status().code() == absl::StatusCode::kAlreadyExists;
    if (!event.ok() && !exists) return {"refused", name, event.status()};
    if (publish_ && !session_.flags().dry_run) {
      if (absl::Status status = Publish(name); !status.ok()) return {"refused", name, status};
    }
    return {exists ? "exists" : "created", name, absl::OkStatus()};
  }

 private:
  absl::Status Publish(const std::string& name) const {
    events::v1::PublishEventRequest request;
    request.set_name(name);
    const absl::Status status =
        client_->Call(&sdk::Events::PublishEvent, request, options_).status();
    // An earlier run published it already.
    return sdk::ReasonOf(status) == errors::v1::STATE_INVALID ? absl::OkStatus() : status;
  }

  Session& session_;
  sdk::Client* const client_;
  const sdk::CallOptions options_;
  const std::string organizer_;
  const bool publish_;
};

void Report(Session& session, size_t number, const Verdict& verdict) {
  const bool refused = !verdict.status.ok();
  // What is asked for in a format has nothing else beside it.
  const bool table = session.flags().format == Format::kTable;
  std::ostream& out = table ? session.io().out : session.io().err;
  if (!refused && !session.flags().verbose) return;
  out << number << "\t" << verdict.word << "\t" << Visible(verdict.name);
  if (refused) out << "\t" << FailureLine(verdict.status);
  out << "\n";
}

void Conclude(Session& session, size_t total, size_t done, size_t created, size_t exists,
              size_t refused) {
  session.Note(absl::StrCat(Counted(total, "record"), ": ", created,
                            session.flags().dry_run ? " would be created, " : " created, ", exists,
                            " were there already, ", refused, " refused",
                            done < total ? absl::StrCat(", ", total - done, " not reached") : "",
                            "."));
  if (refused > 0 || done < total) session.set_exit_code(kPartial);
  const sdk::Cancellation* cancellation = session.io().cancellation;
  if (cancellation != nullptr && cancellation->cancelled()) session.set_exit_code(kInterrupted);
}

// What a refused batch has to do with its record `index`: the violations that name it, if any name
// a record at all.
absl::Status OwnFailure(const absl::Status& status, size_t index) {
  const auto all = sdk::DetailOf<google::rpc::BadRequest>(status);
  const std::string prefix = absl::StrCat("requests[", index, "].");
  const absl::Status bystander =
      absl::FailedPreconditionError("another record of its batch was refused");
  if (!all.has_value()) {
    const bool others = absl::StartsWith(status.message(), "requests[") &&
                        !absl::StartsWith(status.message(), prefix);
    return others ? bystander : status;
  }
  google::rpc::BadRequest own;
  bool names_records = false;
  for (const auto& violation : all->field_violations()) {
    absl::string_view field = violation.field();
    names_records |= absl::StartsWith(field, "requests[");
    if (!absl::ConsumePrefix(&field, prefix)) continue;
    google::rpc::BadRequest::FieldViolation* kept = own.add_field_violations();
    *kept = violation;
    kept->set_field(std::string(field));
  }
  if (!names_records) return status;
  if (own.field_violations().empty()) {
    return bystander;
  }
  absl::Status result(status.code(), status.message());
  sdk::SetDetail(result, own);
  return result;
}

absl::StatusOr<google::protobuf::Value> AnswerOf(const std::string& text) {
  google::protobuf::Value value;
  if (text == "true" || text == "false") {
    value.set_bool_value(text == "true");
  } else {
    value.set_string_value(text);
  }
  return value;
}

absl::Status SetColumn(const std::string& column, const std::string& text,
                       reg::Registration* registration) {
  const auto set = [&](google::protobuf::Message* message) -> absl::StatusOr<bool> {
    const auto* field = message->GetDescriptor()->FindFieldByName(column);
    if (field == nullptr || field->is_repeated()) return false;
    const auto* reflection = message->GetReflection();
    int number;
    switch (field->cpp_type()) {
      case google::protobuf::FieldDescriptor::CPPTYPE_STRING:
        reflection->SetString(message, field, text);
        return true;
      case google::protobuf::FieldDescriptor::CPPTYPE_INT32:
        if (!absl::SimpleAtoi(text, &number)) break;
        reflection->SetInt32(message, field, number);
        return true;
      case google::protobuf::FieldDescriptor::CPPTYPE_ENUM: {
        const auto* value = field->enum_type()->FindValueByName(absl::AsciiStrToUpper(text));
        if (value == nullptr) break;
        reflection->SetEnum(message, field, value);
        return true;
      }
      default:
        return false;
    }
    return absl::InvalidArgumentError(absl::StrCat(column, ": '", text, "' does not fit."));
  };
  if (absl::string_view id = column; absl::ConsumePrefix(&id, "answers.")) {
    COLLOQUY_ASSIGN_OR_RETURN((*registration->mutable_answers()->mutable_fields())[std::string(id)],
                              AnswerOf(text));
    return absl::OkStatus();
  }
  for (google::protobuf::Message* message :
       {static_cast<google::protobuf::Message*>(registration->mutable_attendee()),
        static_cast<google::protobuf::Message*>(registration)}) {
    COLLOQUY_ASSIGN_OR_RETURN(const bool known, set(message));
    if (known) return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("There is no column '", column, "'."));
}

absl::StatusOr<std::vector<reg::Registration>> RegistrationsFromJson(absl::string_view text) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> records, SplitJsonRecords(text));
  std::vector<reg::Registration> registrations(records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    if (absl::Status status = ParseMessage(records[i], &registrations[i]); !status.ok()) {
      return absl::InvalidArgumentError(absl::StrCat("Record ", i + 1, ": ", status.message()));
    }
  }
  return registrations;
}

}  // namespace

std::string UuidOf(absl::string_view text) {
  std::string hex = Digest(text);
  hex[12] = '8';  // RFC 9562: version 8, of one's own making
  hex[16] = "89ab"[(hex[16] >= 'a' ? hex[16] - 'a' + 10 : hex[16] - '0') & 3];
  return absl::StrCat(hex.substr(0, 8), "-", hex.substr(8, 4), "-", hex.substr(12, 4), "-",
                      hex.substr(16, 4), "-", hex.substr(20, 12));
}

absl::Status ImportEvents(Session& session, const std::string& path, bool publish, int parallel) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::string text, ReadFile(session.io(), path));
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> records, SplitJsonRecords(text));
  COLLOQUY_ASSIGN_OR_RETURN(const std::string organizer, session.RequiredOrganizer());
  COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session.Client());
  COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session.Call());
  const EventImporter importer(session, client, options, organizer, publish);

  std::atomic<size_t> next = 0;
  std::atomic<bool> stop = false;
  absl::Mutex mutex;
  Progress progress(session.io(), "Importing", static_cast<int64_t>(records.size()));
  size_t done = 0, created = 0, exists = 0, refused = 0;
  absl::Status fatal;
  const auto work = [&] {
    for (size_t i = next++; i < records.size() && !stop; i = next++) {
      const Verdict verdict = importer.Import(records[i]);
      absl::MutexLock lock(&mutex);
      if (EndsImport(verdict.status)) {
        fatal = verdict.status;
        stop = true;
        return;
      }
      ++done;
      ++(!verdict.status.ok() ? refused : verdict.word[0] == 'c' ? created : exists);
      Report(session, i + 1, verdict);
      progress.Update(static_cast<int64_t>(done), static_cast<int64_t>(refused));
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < parallel; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  Conclude(session, records.size(), done, created, exists, refused);
  return fatal;
}

absl::StatusOr<std::vector<reg::Registration>> RegistrationsFromCsv(absl::string_view text) {
  COLLOQUY_ASSIGN_OR_RETURN(const auto rows, ParseCsv(text));
  if (rows.empty()) return absl::InvalidArgumentError("The file is empty.");
  std::vector<reg::Registration> registrations;
  for (size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].size() != rows[0].size()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "Record ", i, " has ", rows[i].size(), " cells; the header has ", rows[0].size(), "."));
    }
    reg::Registration& registration = registrations.emplace_back();
    for (size_t j = 0; j < rows[i].size(); ++j) {
      if (rows[i][j].empty()) continue;
      if (!IsUtf8(rows[i][j])) {
        return absl::InvalidArgumentError(
            absl::StrCat("Record ", i, ": ", rows[0][j], " is not UTF-8; save the file as UTF-8."));
      }
      if (absl::Status status = SetColumn(rows[0][j], rows[i][j], &registration); !status.ok()) {
        return absl::InvalidArgumentError(absl::StrCat("Record ", i, ": ", status.message()));
      }
    }
  }
  return registrations;
}

absl::Status ImportRegistrations(Session& session, const RegistrationImport& import) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::string text, ReadFile(session.io(), import.path));
  const absl::string_view start = absl::StripLeadingAsciiWhitespace(text);
  const bool json = absl::StartsWith(start, "[") || absl::StartsWith(start, "{");
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<reg::Registration> records,
                            json ? RegistrationsFromJson(text) : RegistrationsFromCsv(text));
  COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session.Client());
  COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session.Call());

  size_t done = 0, created = 0, refused = 0;
  // The same registrations for the same event in the same order: the same request id, so that a
  // second run replays what the first one did.
  const auto send = [&](size_t begin, size_t end) -> absl::Status {
    reg::BatchCreateRegistrationsRequest request;
    request.set_parent(import.event);
    for (size_t i = begin; i < end; ++i) {
      reg::CreateRegistrationRequest* item = request.add_requests();
      item->set_parent(import.event);
      *item->mutable_registration() = records[i];
    }
    request.set_force(import.force);
    request.set_validate_only(session.flags().dry_run);
    if (!import.fresh && !session.flags().dry_run) {
      request.set_request_id(UuidOf(absl::StrCat(begin, "/", request.SerializeAsString())));
    }
    const auto response =
        client->Call(&sdk::Registrations::BatchCreateRegistrations, request, options);
    if (!response.ok()) return response.status();
    for (int i = 0; i < response->registrations_size(); ++i) {
      const reg::Registration& made = response->registrations(i);
      if (session.flags().format != Format::kTable) {
        COLLOQUY_RETURN_IF_ERROR(session.printer().Add(made));
        continue;
      }
      session.io().out << begin + i + 1 << "\t" << reg::Registration::State_Name(made.state())
                       << "\t" << Visible(made.name()) << "\n";
    }
    created += end - begin;
    return absl::OkStatus();
  };
  const auto refuse = [&](size_t begin, size_t end, const absl::Status& status) {
    for (size_t i = begin; i < end; ++i) {
      Report(session, i + 1, {"refused", "", OwnFailure(status, i - begin)});
    }
    refused += end - begin;
  };
  absl::Status fatal;
  const bool table = session.flags().format == Format::kTable;
  if (!table) session.printer().Begin({"name", "state", "attendee.email"});
  {
    Progress progress(session.io(), "Registering", static_cast<int64_t>(records.size()));
    const size_t step = static_cast<size_t>(import.batch_size);
    for (; done < records.size() && fatal.ok();) {
      const size_t end = std::min(done + step, records.size());
      const absl::Status status = send(done, end);
      if (EndsImport(status)) {
        fatal = status;
        break;
      }
      if (!status.ok() && import.singly) {
        for (; done < end && fatal.ok();) {
          const absl::Status single = send(done, done + 1);
          if (EndsImport(single)) {
            fatal = single;
            break;
          }
          if (!single.ok()) refuse(done, done + 1, single);
          ++done;
        }
      } else if (!status.ok()) {
        refuse(done, end, status);
      }
      if (fatal.ok()) done = end;
      progress.Update(static_cast<int64_t>(done), static_cast<int64_t>(refused));
    }
  }
  if (!table) session.printer().End();
  Conclude(session, records.size(), done, created, 0, refused);
  return fatal;
}

}  // namespace colloquy::cli
