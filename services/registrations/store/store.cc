#include "services/registrations/store/store.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/folding.h"
#include "services/registrations/store/rows.h"

namespace colloquy::registrations::store {
namespace {

using db::Row;
using db::Rows;
using db::Value;
using v1::Registration;

constexpr absl::string_view kEventColumns =
    "event_uid, organizer, event_id, applied_revision, limit_revision, limit_until, ending, "
    "ending_actor, waiting_count, start_time, invitation_count, ending_at_start";

EventRow ToEvent(const Row& row) {
  return {.uid = UidOf(row, 0),
          .organizer = std::string(row.Text(1)),
          .event_id = std::string(row.Text(2)),
          .applied_revision = row.Int64(3),
          .limit_revision = row.Int64(4),
          .limit_until = row.Time(5),
          .ending = static_cast<EventRow::Ending>(row.Int64(6)),
          .ending_actor = std::string(row.Text(7)),
          .waiting_count = row.Int64(8),
          .start_time = row.Time(9),
          .invitation_count = row.Int64(10),
          .ending_at_start = row.Int64(11)};
}

// When open invitations of the event end with its start.
Value SweepTime(const EventRow& row) {
  const bool waits = row.ending_at_start > 0 && row.start_time != absl::UnixEpoch();
  return waits ? Value(row.start_time) : Value::Null();
}

std::vector<EventRow> ToEvents(const Rows& rows) {
  std::vector<EventRow> events;
  events.reserve(rows.size());
  for (const Row row : rows) events.push_back(ToEvent(row));
  return events;
}

Entry ToEntry(const Row& row) {
  return {.uid = UidOf(row, 0),
          .email_key = std::string(row.Text(1)),
          .message = ParseMessage<Registration>(row, 2)};
}

Value ConfirmTime(const Registration& message) {
  return message.has_confirm_time() ? Value(Micros(message.confirm_time())) : Value::Null();
}

std::string PartnerId(const Registration& message) {
  return message.partner().substr(message.partner().rfind('/') + 1);
}

std::string SearchText(const Registration& message) {
  const auto& attendee = message.attendee();
  return resource::FoldText(absl::StrCat(attendee.given_name(), " ", attendee.family_name(), " ",
                                         attendee.email(), " ", attendee.organisation()));
}

}  // namespace

absl::StatusOr<EventRow> LockEvent(db::Transaction& tx, const Uid& uid, absl::string_view organizer,
                                   absl::string_view event_id) {
  const std::string select = absl::StrCat("SELECT ", kEventColumns,
                                          " FROM seat_events WHERE event_uid = ?", tx.for_update());
  COLLOQUY_ASSIGN_OR_RETURN(const Rows rows, tx.Query(select, {Key(uid)}));
  if (!rows.empty()) return ToEvent(rows[0]);
  const EventRow row{
      .uid = uid, .organizer = std::string(organizer), .event_id = std::string(event_id)};
  const absl::Status inserted =
      tx.InsertRows("seat_events",
                    {"event_uid", "organizer", "event_id", "applied_revision", "limit_revision",
                     "limit_until", "ending", "ending_actor", "waiting_count"},
                    {{Key(uid), organizer, event_id, 0, 0, 0, 0, "", 0}});
  // Another replica made it between the two statements.
  if (absl::IsAlreadyExists(inserted)) return db::RunAgain();
  COLLOQUY_RETURN_IF_ERROR(inserted);
  return row;
}

absl::Status UpdateEvent(db::Transaction& tx, const EventRow& row) {
  return tx
      .Execute(
          "UPDATE seat_events SET applied_revision = ?, limit_revision = ?, limit_until = ?, "
          "ending = ?, "
          "ending_actor = ?, waiting_count = ?, start_time = ?, invitation_count = ?, "
          "ending_at_start = ?, sweep_time = ? WHERE event_uid = ?",
          {row.applied_revision, row.limit_revision, row.limit_until, row.ending, row.ending_actor,
           row.waiting_count, row.start_time, row.invitation_count, row.ending_at_start,
           SweepTime(row), Key(row.uid)})
      .status();
}

absl::StatusOr<std::optional<EventRow>> FindEvent(db::Transaction& tx, absl::string_view organizer,
                                                  absl::string_view event_id) {
  // A deleted draft may have left a row under the same name; the newest uid is the event that
  // lives.
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query(absl::StrCat("SELECT ", kEventColumns,
                            " FROM seat_events WHERE organizer = ? AND event_id = ? "
                            "ORDER BY event_uid DESC LIMIT 1"),
               {organizer, event_id}));
  if (rows.empty()) return std::nullopt;
  return ToEvent(rows[0]);
}

absl::StatusOr<std::optional<EventRow>> FindEventByUid(db::Transaction& tx, const Uid& uid) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query(absl::StrCat("SELECT ", kEventColumns, " FROM seat_events WHERE event_uid = ?"),
               {Key(uid)}));
  if (rows.empty()) return std::nullopt;
  return ToEvent(rows[0]);
}

absl::StatusOr<std::vector<EventRow>> ListEvents(db::Transaction& tx, absl::string_view organizer,
                                                 const Uid& after, int limit) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query(
          absl::StrCat(
              "SELECT ", kEventColumns,
              " FROM seat_events WHERE organizer = ? AND event_uid > ? ORDER BY event_uid LIMIT ?"),
          {organizer, Key(after), limit}));
  return ToEvents(rows);
}

absl::StatusOr<int64_t> CountEvents(db::Transaction& tx, absl::string_view organizer) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query("SELECT COUNT(*) FROM seat_events WHERE organizer = ?", {organizer}));
  return rows[0].Int64(0);
}

absl::StatusOr<std::vector<EventRow>> ListEnding(db::Transaction& tx, int limit) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query(absl::StrCat("SELECT ", kEventColumns, " FROM seat_events WHERE ending = 1 LIMIT ?"),
               {limit}));
  return ToEvents(rows);
}

absl::StatusOr<std::vector<EventRow>> ListStarted(db::Transaction& tx, absl::Time now, int limit) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows, tx.Query(absl::StrCat("SELECT ", kEventColumns,
                                             " FROM seat_events WHERE sweep_time <= ? LIMIT ?"),
                                {now, limit}));
  return ToEvents(rows);
}

absl::StatusOr<std::vector<rules::Pool>> LoadPools(db::Transaction& tx, const Uid& event) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query(
          "SELECT pool, seats, taken, pending, held_allotments, held_invitations, waiting, forced "
          "FROM seat_pools WHERE event_uid = ?",
          {Key(event)}));
  std::vector<rules::Pool> pools;
  for (const Row row : rows) {
    pools.push_back({.id = std::string(row.Text(0)),
                     .size = row.IsNull(1) ? std::nullopt : std::optional<int64_t>(row.Int64(1)),
                     .taken = row.Int64(2),
                     .pending = row.Int64(3),
                     .held_allotments = row.Int64(4),
                     .held_invitations = row.Int64(5),
                     .waiting = row.Int64(6),
                     .forced = row.Bool(7)});
  }
  return pools;
}

absl::Status SavePools(db::Transaction& tx, const Uid& event, absl::Span<const rules::Pool> pools) {
  std::vector<std::vector<Value>> rows;
  for (const rules::Pool& pool : pools) {
    if (!pool.dirty) continue;
    rows.push_back({Key(event), pool.id, pool.size.has_value() ? Value(*pool.size) : Value::Null(),
                    pool.taken, pool.pending, pool.held_allotments, pool.held_invitations,
                    pool.waiting, pool.forced});
  }
  return tx.UpsertRows("seat_pools", {"event_uid", "pool"},
                       {"event_uid", "pool", "seats", "taken", "pending", "held_allotments",
                        "held_invitations", "waiting", "forced"},
                       rows);
}

absl::Status Insert(db::Transaction& tx, const Uid& event, absl::Span<const Entry* const> entries) {
  std::vector<std::vector<Value>> rows;
  rows.reserve(entries.size());
  for (const Entry* entry : entries) {
    const Registration& message = entry->message;
    rows.push_back({Key(event), Key(entry->uid), message.state(), message.category(),
                    message.attendance_mode(), message.party_size(), entry->email_key,
                    PartnerId(message), message.priority(), Micros(message.create_time()),
                    Micros(message.update_time()), ConfirmTime(message), SearchText(message),
                    Value::Blob(message.SerializeAsString())});
  }
  return tx.InsertRows(
      "registrations",
      {"event_uid", "uid", "state", "category", "attendance_mode", "people", "email_key", "partner",
       "priority", "create_time", "update_time", "confirm_time", "search", "message"},
      rows);
}

absl::Status Update(db::Transaction& tx, const Uid& event, const Entry& entry) {
  const Registration& message = entry.message;
  return tx
      .Execute(
          "UPDATE registrations SET state = ?, email_key = ?, update_time = ?, confirm_time = ?, "
          "search = ?, message = ? WHERE event_uid = ? AND uid = ?",
          {message.state(), entry.email_key, Micros(message.update_time()), ConfirmTime(message),
           SearchText(message), Value::Blob(message.SerializeAsString()), Key(event),
           Key(entry.uid)})
      .status();
}

absl::StatusOr<std::vector<Entry>> Load(db::Transaction& tx, const Uid& event,
                                        absl::Span<const Uid> uids) {
  std::vector<Entry> entries;
  COLLOQUY_RETURN_IF_ERROR(
      QueryIn(tx, "SELECT uid, email_key, message FROM registrations WHERE event_uid = ? AND uid",
              {Key(event)}, uids, Key, [&](const Row& row) { entries.push_back(ToEntry(row)); }));
  return entries;
}

absl::StatusOr<std::optional<Registration>> LoadWithPosition(db::Transaction& tx, const Uid& event,
                                                             const Uid& uid) {
  COLLOQUY_ASSIGN_OR_RETURN(std::vector<Entry> entries, Load(tx, event, {uid}));
  if (entries.empty()) return std::nullopt;
  Registration& registration = entries[0].message;
  if (registration.state() != Registration::WAITLISTED) return registration;
  COLLOQUY_ASSIGN_OR_RETURN(const int64_t before,
                            CountWaitingBefore(tx, event, -registration.priority(), uid));
  registration.set_waiting_position(static_cast<int32_t>(before + 1));
  return registration;
}

absl::StatusOr<std::vector<std::string>> LiveAddresses(db::Transaction& tx, const Uid& event,
                                                       absl::Span<const std::string> keys) {
  std::vector<std::string> live;
  COLLOQUY_RETURN_IF_ERROR(QueryIn(
      tx,
      absl::StrCat("SELECT email_key FROM registrations WHERE event_uid = ? AND state <> ",
                   static_cast<int>(Registration::CANCELLED), " AND state <> ",
                   static_cast<int>(Registration::REJECTED), " AND email_key"),
      {Key(event)}, keys, [](const std::string& key) { return Value(key); },
      [&](const Row& row) { live.emplace_back(row.Text(0)); }));
  return live;
}

absl::StatusOr<std::optional<Entry>> FindLiveByAddress(db::Transaction& tx, const Uid& event,
                                                       absl::string_view email_key) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      // The index finds the uid alone. Asked for the row SQLite would rather read all of the
      // event's.
      tx.Query(
          "SELECT uid, email_key, message FROM registrations WHERE event_uid = ? AND uid IN "
          "(SELECT uid FROM registrations WHERE event_uid = ? AND email_key = ? AND "
          "state <> ? AND state <> ?) ORDER BY uid LIMIT 1",
          {Key(event), Key(event), email_key, Registration::CANCELLED, Registration::REJECTED}));
  if (rows.empty()) return std::nullopt;
  return ToEntry(rows[0]);
}

absl::StatusOr<std::vector<Entry>> LoadLive(db::Transaction& tx, const Uid& event, int limit) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query("SELECT uid, email_key, message FROM registrations WHERE event_uid = ? AND state <> "
               "? AND state <> ? "
               "ORDER BY uid LIMIT ?",
               {Key(event), Registration::CANCELLED, Registration::REJECTED, limit}));
  std::vector<Entry> entries;
  for (const Row row : rows) entries.push_back(ToEntry(row));
  return entries;
}

absl::StatusOr<std::vector<WaitingRow>> LoadWaiting(db::Transaction& tx, const Uid& event,
                                                    const WaitingRow* after, int limit) {
  // The row constructor would say it shorter, but only SQLite uses the index for it.
  const int64_t rank = after == nullptr ? std::numeric_limits<int64_t>::min() : after->rank;
  const Uid uid = after == nullptr ? Uid() : after->uid;
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query("SELECT uid, queue_rank, people, category, attendance_mode FROM waiting WHERE "
               "event_uid = ? AND "
               "queue_rank >= ? AND (queue_rank > ? OR uid > ?) ORDER BY queue_rank, uid LIMIT ?",
               {Key(event), rank, rank, Key(uid), limit}));
  std::vector<WaitingRow> waiting;
  for (const Row row : rows) {
    waiting.push_back({.uid = UidOf(row, 0),
                       .rank = row.Int64(1),
                       .people = row.Int64(2),
                       .category = std::string(row.Text(3)),
                       .mode = static_cast<rules::Mode>(row.Int64(4))});
  }
  return waiting;
}

absl::Status InsertWaiting(db::Transaction& tx, const Uid& event,
                           absl::Span<const WaitingRow> waiting) {
  std::vector<std::vector<Value>> rows;
  rows.reserve(waiting.size());
  for (const WaitingRow& row : waiting) {
    rows.push_back({Key(event), row.rank, Key(row.uid), row.people, row.category, row.mode});
  }
  return tx.InsertRows(
      "waiting", {"event_uid", "queue_rank", "uid", "people", "category", "attendance_mode"}, rows);
}

absl::Status DeleteWaiting(db::Transaction& tx, const Uid& event, int64_t rank, const Uid& uid) {
  return tx
      .Execute("DELETE FROM waiting WHERE event_uid = ? AND queue_rank = ? AND uid = ?",
               {Key(event), rank, Key(uid)})
      .status();
}

absl::StatusOr<int64_t> CountWaitingBefore(db::Transaction& tx, const Uid& event, int64_t rank,
                                           const Uid& uid) {
  COLLOQUY_ASSIGN_OR_RETURN(const Rows rows,
                            tx.Query("SELECT COUNT(*) FROM waiting WHERE event_uid = ? AND "
                                     "queue_rank <= ? AND (queue_rank < ? OR uid < ?)",
                                     {Key(event), rank, rank, Key(uid)}));
  return rows[0].Int64(0);
}

absl::StatusOr<std::optional<Registration>> Find(db::Transaction& tx, absl::string_view organizer,
                                                 absl::string_view event_id, const Uid& uid,
                                                 absl::string_view partner) {
  COLLOQUY_ASSIGN_OR_RETURN(const Rows rows,
                            tx.Query("SELECT r.message, r.partner FROM seat_events e JOIN "
                                     "registrations r ON r.event_uid = e.event_uid "
                                     "WHERE e.organizer = ? AND e.event_id = ? AND r.uid = ?",
                                     {organizer, event_id, Key(uid)}));
  if (rows.empty() || (!partner.empty() && rows[0].Text(1) != partner)) return std::nullopt;
  return ParseMessage<Registration>(rows[0], 0);
}

absl::StatusOr<Page> List(db::Transaction& tx, const Uid& event, absl::string_view partner,
                          const resource::SqlFragment& filter, const resource::OrderBy& order,
                          const resource::PagePosition& after, int limit) {
  COLLOQUY_ASSIGN_OR_RETURN(const resource::SqlFragment start, order.After(after));
  std::vector<Value> parameters = {Key(event)};
  std::string own = "1=1";
  if (!partner.empty()) {
    own = "partner = ?";
    parameters.push_back(partner);
  }
  parameters.insert(parameters.end(), filter.params.begin(), filter.params.end());
  parameters.insert(parameters.end(), start.params.begin(), start.params.end());
  parameters.push_back(limit + 1);
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows, tx.Query(absl::StrCat("SELECT message, ", order.Columns(),
                                             " FROM registrations WHERE event_uid = ? AND ", own,
                                             " AND ", filter.sql, " AND ", start.sql, " ORDER BY ",
                                             order.Clause(), " LIMIT ?"),
                                parameters));
  Page page;
  const size_t count = std::min<size_t>(rows.size(), static_cast<size_t>(limit));
  for (size_t i = 0; i < count; ++i)
    page.registrations.push_back(ParseMessage<Registration>(rows[i], 0));
  if (rows.size() > count) page.next = order.PositionOf(rows[count - 1], 1);
  return page;
}

const resource::FilterSchema& Filters() {
  using resource::FieldType;
  static const auto* const schema = new resource::FilterSchema({
      {.name = "state",
       .column = "state",
       .type = FieldType::kEnum,
       .enumeration = Registration::State_descriptor()},
      {.name = "category", .column = "category"},
      {.name = "attendance_mode",
       .column = "attendance_mode",
       .type = FieldType::kEnum,
       .enumeration = Registration::AttendanceMode_descriptor()},
      {.name = "partner",
       .column = "partner",
       .normalize = [](absl::string_view name) -> absl::StatusOr<std::string> {
         return std::string(name.substr(name.rfind('/') + 1));
       }},
      {.name = "email",
       .column = "email_key",
       .normalize = [](absl::string_view email) -> absl::StatusOr<std::string> {
         return resource::FoldEmail(email);
       }},
      {.name = "party_size", .column = "people", .type = FieldType::kInt},
      {.name = "priority", .column = "priority", .type = FieldType::kInt},
      {.name = "create_time", .column = "create_time", .type = FieldType::kTime},
      {.name = "update_time", .column = "update_time", .type = FieldType::kTime},
      {.name = "confirm_time", .column = "confirm_time", .type = FieldType::kTime},
      {.name = "", .column = "search", .type = FieldType::kTextSearch},
  });
  return *schema;
}

const resource::SortSchema& Orders() {
  using resource::SortType;
  // The uid is ordered by time, so it stands for create_time and name both, and the primary key
  // serves it.
  static const auto* const schema = new resource::SortSchema{
      .fields = {{.name = "create_time", .column = "uid", .type = SortType::kBytes},
                 {.name = "name", .column = "uid", .type = SortType::kBytes},
                 {.name = "update_time", .column = "update_time"},
                 {.name = "priority", .column = "priority"}},
      .unique = {{.name = "", .column = "uid", .type = SortType::kBytes}},
      .default_order = "create_time",
  };
  return *schema;
}

absl::StatusOr<std::vector<Count>> CountSeats(db::Transaction& tx, const Uid& event) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query("SELECT category, attendance_mode, state, COUNT(*), SUM(people) FROM registrations "
               "WHERE event_uid = ? GROUP BY category, attendance_mode, state",
               {Key(event)}));
  std::vector<Count> counts;
  for (const Row row : rows) {
    counts.push_back({.category = std::string(row.Text(0)),
                      .mode = static_cast<rules::Mode>(row.Int64(1)),
                      .state = static_cast<rules::State>(row.Int64(2)),
                      .registrations = row.Int64(3),
                      .people = row.Int64(4)});
  }
  return counts;
}

absl::StatusOr<int64_t> CountQueue(db::Transaction& tx, const Uid& event) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows, tx.Query("SELECT COUNT(*) FROM waiting WHERE event_uid = ?", {Key(event)}));
  return rows[0].Int64(0);
}

}  // namespace colloquy::registrations::store
