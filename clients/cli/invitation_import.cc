#include "clients/cli/invitation_import.h"

#include <algorithm>
#include <future>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "clients/cli/failures.h"
#include "clients/cli/guest_list/header.h"
#include "clients/cli/guest_list/rejected_file.h"
#include "clients/cli/names.h"
#include "clients/cli/patience.h"
#include "clients/cli/progress.h"
#include "clients/cli/terminal.h"
#include "services/common/errors/errors.h"

namespace colloquy::cli {
namespace {

namespace pb = registrations::v1;

constexpr size_t kRunRecords = 1000;
// A request may have 4 MiB.
constexpr size_t kRunBytes = 1 << 20;
constexpr size_t kShownRecords = 3;
constexpr size_t kShownColumns = 40;
constexpr int kShownRejections = 5;
constexpr size_t kMaxFileName = 200;

size_t BytesOf(const Record& record) {
  size_t bytes = 16;
  for (const std::string& cell : record.cells) bytes += cell.size() + 4;
  return bytes;
}

void AddRecord(const Record& record, size_t columns, pb::ImportInvitationsRequest* request) {
  pb::ImportRecord* added = request->add_records();
  added->set_line(record.line);
  added->set_defect(record.defect);
  // Its verdict is certain; nobody needs 64 KiB of it.
  if (record.defect == pb::ImportRecord::TOO_LONG) return;
  const size_t count = std::min(record.cells.size(), columns);
  for (size_t i = 0; i < count; ++i) added->add_cells(record.cells[i]);
}

absl::Status ShowList(Session& session, GuestList& list, const std::string& path) {
  const Dialect& dialect = list.dialect();
  session.Note(absl::StrCat(path, ": ", dialect.encoding.name,
                            dialect.encoding.mark.empty() ? "" : " with byte order mark",
                            ", delimiter ", DelimiterWord(dialect.delimiter), ", ",
                            list.byte_count(), " bytes."));
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<Record> first, list.Peek(kShownRecords));
  int width = 6;
  const size_t count = std::min(list.titles().size(), kShownColumns);
  for (size_t i = 0; i < count; ++i) {
    width = std::max(width, DisplayWidth(CutToWidth(Visible(list.titles()[i]), 30)));
  }
  for (size_t i = 0; i < count; ++i) {
    const std::string title = CutToWidth(Visible(list.titles()[i]), 30);
    const std::string field = FieldWord(list.columns()[i].field());
    std::vector<std::string> cells;
    for (const Record& record : first) {
      cells.push_back(i < record.cells.size() ? CutToWidth(Visible(record.cells[i]), 24) : "");
    }
    session.io().err << "  " << title << std::string(width - DisplayWidth(title) + 2, ' ') << field
                     << std::string(13 - field.size(), ' ') << absl::StrJoin(cells, " | ") << "\n";
  }
  if (list.titles().size() > count) {
    session.Note(absl::StrCat("  and ", list.titles().size() - count, " columns more"));
  }
  return absl::OkStatus();
}

// One import under way: what was sent, and what became of it.
class Importer {
 public:
  Importer(Session& session, const InvitationImport& import, GuestList& list)
      : session_(session),
        import_(import),
        list_(list),
        rejected_(RejectedPath(import.path), &list) {}

  absl::Status Run() {
    COLLOQUY_RETURN_IF_ERROR(Start());
    const absl::Status status = SendAll();
    if (!status.ok()) {
      session_.Note(absl::StrCat(Counted(done_, "record is", "records are"),
                                 " done. The same command goes on from there."));
      return status;
    }
    COLLOQUY_RETURN_IF_ERROR(rejected_.Finish());
    return Conclude();
  }

 private:
  absl::Status Start() {
    pb::StartInvitationImportRequest request;
    request.set_parent(import_.event);
    request.set_fingerprint(list_.fingerprint());
    const std::string name(LastSegment(import_.path));
    if (name.size() <= kMaxFileName) request.set_file_name(Visible(name));
    for (const pb::ImportColumn& column : list_.columns()) *request.add_columns() = column;
    request.set_dry_run(session_.flags().dry_run);
    request.set_category(import_.category);
    request.set_reserve_seats(import_.reserve_seats);
    if (import_.expire_time.has_value()) *request.mutable_expire_time() = *import_.expire_time;
    request.set_byte_count(list_.byte_count());
    COLLOQUY_ASSIGN_OR_RETURN(
        const google::longrunning::Operation operation,
        CallPatiently(session_, &sdk::Invitations::StartInvitationImport, request));
    operation_ = operation.name();
    pb::InvitationImportMetadata metadata;
    if (operation.metadata().UnpackTo(&metadata) && metadata.done_count() > 0) {
      session_.Note(absl::StrCat("Goes on with the import that was cut off after ",
                                 Counted(metadata.done_count(), "record"), "."));
    }
    return absl::OkStatus();
  }

  using Answer = absl::StatusOr<pb::ImportInvitationsResponse>;
  // A run on its way to the server.
  struct SentRun {
    pb::ImportInvitationsRequest request;
    std::vector<Record> records;
    std::future<Answer> answer;
  };

  // One run is always on its way behind the one whose answer is waited for: the server reads it
  // while it writes the other.
  absl::Status SendAll() {
    Progress progress(session_.io(), "Importing", 0);
    const sdk::Cancellation* cancellation = session_.io().cancellation;
    COLLOQUY_ASSIGN_OR_RETURN(std::unique_ptr<SentRun> run, Send(1));
    while (run != nullptr) {
      if (cancellation != nullptr && cancellation->cancelled()) return absl::CancelledError();
      std::unique_ptr<SentRun> next;
      if (!run->request.last()) {
        const auto count = static_cast<int64_t>(run->records.size());
        COLLOQUY_ASSIGN_OR_RETURN(next, Send(run->request.first_record() + count));
      }
      COLLOQUY_RETURN_IF_ERROR(Receive(*run));
      // How many there are is known at the end only; bytes tell how many there will be.
      progress.set_total(
          next == nullptr ? done_
                          : static_cast<int64_t>(static_cast<double>(done_) * list_.byte_count() /
                                                 run->request.byte_offset()));
      progress.Update(done_, result_.rejected_count());
      run = std::move(next);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::unique_ptr<SentRun>> Send(int64_t first_record) {
    COLLOQUY_ASSIGN_OR_RETURN(sdk::Client* const client, session_.Client());
    COLLOQUY_ASSIGN_OR_RETURN(const sdk::CallOptions options, session_.Call());
    auto run = std::make_unique<SentRun>();
    run->request.set_parent(import_.event);
    run->request.set_operation(operation_);
    COLLOQUY_RETURN_IF_ERROR(NextRun(list_, first_record, &run->request, &run->records));
    run->answer = std::async(std::launch::async, [client, options, sent = run.get()]() -> Answer {
      return client->Call(&sdk::Invitations::ImportInvitations, sent->request, options);
    });
    return run;
  }

  absl::Status Receive(SentRun& run) {
    Answer answer = run.answer.get();
    // The server was away, or this run overtook the one before: that was answered by now.
    if (absl::IsUnavailable(answer.status()) || absl::IsInvalidArgument(answer.status())) {
      answer = CallPatiently(session_, &sdk::Invitations::ImportInvitations, run.request);
    }
    COLLOQUY_RETURN_IF_ERROR(answer.status());
    COLLOQUY_RETURN_IF_ERROR(Keep(run.records, *answer));
    done_ += static_cast<int64_t>(run.records.size());
    return absl::OkStatus();
  }

  absl::Status Keep(const std::vector<Record>& records,
                    const pb::ImportInvitationsResponse& response) {
    if (response.verdicts().size() != static_cast<int>(records.size())) {
      return absl::InternalError("The server gave no verdict on some of the records.");
    }
    for (int i = 0; i < response.verdicts_size(); ++i) {
      const pb::RecordVerdict& verdict = response.verdicts(i);
      Count(verdict.verdict());
      if (session_.flags().verbose) Show(done_ + i + 1, records[i], verdict);
      if (verdict.verdict() != pb::RecordVerdict::REJECTED) continue;
      const std::string message = MessageOf(verdict);
      if (rejected_.count() < kShownRejections) {
        shown_.push_back(absl::StrCat("  line ", records[i].line, ": ", message));
      }
      COLLOQUY_RETURN_IF_ERROR(
          rejected_.Add(records[i], pb::RecordVerdict::Reason_Name(verdict.reason()), message));
    }
    return absl::OkStatus();
  }

  void Count(pb::RecordVerdict::Verdict verdict) {
    switch (verdict) {
      case pb::RecordVerdict::CREATED:
        return result_.set_created_count(result_.created_count() + 1);
      case pb::RecordVerdict::UNCHANGED:
        return result_.set_unchanged_count(result_.unchanged_count() + 1);
      case pb::RecordVerdict::UPDATED:
        return result_.set_updated_count(result_.updated_count() + 1);
      case pb::RecordVerdict::DUPLICATE:
        return result_.set_duplicate_count(result_.duplicate_count() + 1);
      case pb::RecordVerdict::SUPPRESSED:
        return result_.set_suppressed_count(result_.suppressed_count() + 1);
      default:
        return result_.set_rejected_count(result_.rejected_count() + 1);
    }
  }

  std::string MessageOf(const pb::RecordVerdict& verdict) const {
    const int column = verdict.column();
    if (column < 1 || column > static_cast<int>(list_.titles().size())) return verdict.message();
    return absl::StrCat(list_.columns()[column - 1].header(), ": ", verdict.message());
  }

  void Show(int64_t number, const Record& record, const pb::RecordVerdict& verdict) {
    std::ostream& err = session_.io().err;
    err << number << "\tline " << record.line << "\t"
        << pb::RecordVerdict::Verdict_Name(verdict.verdict());
    if (verdict.duplicate_of() > 0) err << "\tof " << verdict.duplicate_of();
    err << "\n";
  }

  absl::Status Conclude() {
    session_.Note(absl::StrCat(Counted(done_, "record"), ": ", result_.created_count(),
                               " created, ", result_.unchanged_count(), " unchanged, ",
                               result_.updated_count(), " updated, ", result_.duplicate_count(),
                               " duplicate, ", result_.suppressed_count(), " suppressed, ",
                               result_.rejected_count(), " rejected.",
                               session_.flags().dry_run ? " Dry run: nothing was changed." : ""));
    if (result_.rejected_count() > 0) {
      session_.set_exit_code(kPartial);
      for (const std::string& line : shown_) session_.Note(line);
      session_.Note(absl::StrCat("The rejected records are in ", rejected_.path(),
                                 ". Correct and import that file to finish."));
    }
    return session_.printer().Object(result_);
  }

  Session& session_;
  const InvitationImport& import_;
  GuestList& list_;
  RejectedFile rejected_;
  std::string operation_;
  int64_t done_ = 0;
  pb::InvitationImportResult result_;
  std::vector<std::string> shown_;
};

}  // namespace

absl::Status NextRun(GuestList& list, int64_t first_record, pb::ImportInvitationsRequest* request,
                     std::vector<Record>* records) {
  records->clear();
  request->set_first_record(first_record);
  size_t bytes = 0;
  bool more = true;
  while (more && records->size() < kRunRecords && bytes < kRunBytes) {
    Record record;
    COLLOQUY_ASSIGN_OR_RETURN(more, list.Next(&record));
    if (!more) break;
    bytes += BytesOf(record);
    AddRecord(record, list.columns().size(), request);
    records->push_back(std::move(record));
  }
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<Record> next, list.Peek(1));
  request->set_last(next.empty());
  request->set_byte_offset(list.byte_offset());
  return absl::OkStatus();
}

absl::Status ImportInvitations(Session& session, const InvitationImport& import) {
  absl::StatusOr<std::unique_ptr<GuestList>> list = GuestList::Open(import.path, import.list);
  if (!list.ok()) return UsageError(list.status().message());
  COLLOQUY_RETURN_IF_ERROR(ShowList(session, **list, import.path));
  COLLOQUY_RETURN_IF_ERROR(session.Confirm(
      absl::StrCat("Import this list into ", LastSegment(import.event), " as shown?")));
  return Importer(session, import, **list).Run();
}

}  // namespace colloquy::cli
