// Gathers what a dialogue's report tells and renders it (rules/report).
#ifndef COLLOQUY_SERVICES_DIALOGUES_REPORT_H_
#define COLLOQUY_SERVICES_DIALOGUES_REPORT_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "colloquy/dialogues/v1/opinion.pb.h"
#include "services/common/db/database.h"
#include "services/dialogues/live_rooms.h"
#include "services/dialogues/room_book.h"
#include "services/dialogues/rules/opinion/votes.h"
#include "services/dialogues/rules/opinion_message.h"
#include "services/dialogues/rules/report/report_data.h"
#include "services/dialogues/store/rooms.h"

namespace colloquy::dialogues {

// A report before its votes are analysed, which takes a second in a large dialogue: too long to
// keep a transaction open.
struct ReportDraft {
  rules::report::ReportData data;  // without opinion
  rules::opinion::Snapshot votes;
  rules::OpinionContext context;
};

// INVALID_ARGUMENT for a format that there is not.
absl::Status CheckReportFormat(v1::ReportFormat format);

// All of a dialogue at one moment, if the transaction is a Read. `now` is the report's time. Errors
// are the transaction's.
absl::StatusOr<ReportDraft> GatherReport(db::Transaction& tx, const store::Room& room,
                                         absl::Time now);

// `newest`, which may be null, saves the analysis if it is of the same votes. Where it is not,
// those of POLIS_COMPATIBLE, which has a memory, are analysed from a cold start.
v1::RenderReportResponse RenderReport(ReportDraft draft, const v1::Opinion* newest,
                                      v1::ReportFormat format);

// All of it for a handler: the report of the room that `check`, in the same transaction, lets the
// caller read it of.
absl::StatusOr<v1::RenderReportResponse> WriteReport(
    const rpc::CallContext& call, const RoomKey& key, const RoomBook& book, LiveRooms& rooms,
    v1::ReportFormat format,
    absl::FunctionRef<absl::Status(db::Transaction& tx, const store::Room& room)> check);

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_REPORT_H_
