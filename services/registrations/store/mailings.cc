#include "services/registrations/store/mailings.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/resource/folding.h"
#include "services/registrations/store/rows.h"

namespace colloquy::registrations::store {
namespace {

using db::Row;
using db::Value;
using resource::Uid;
using v1::Delivery;
using v1::Mailing;

constexpr absl::string_view kMailings =
    "SELECT uid, organizer, event_uid, event_id, state, work, expanded, resume_after, create_time, "
    "end_time, queued, claimed, sent, retry, failed, suppressed, actor, filter FROM mailings";
constexpr absl::string_view kDeliveries =
    "SELECT d.uid, d.mailing_uid, d.organizer, d.event_uid, m.event_id, d.invitation_uid, d.state, "
    "d.due_time, d.worker, d.attempts, d.smtp_code, d.uncertain, d.create_time, d.update_time, "
    "d.email_key, d.email, d.message_id, d.reason FROM deliveries d JOIN mailings m "
    "ON m.uid = d.mailing_uid";

google::protobuf::Timestamp ToProto(absl::Time time) {
  google::protobuf::Timestamp proto;
  const int64_t micros = absl::ToUnixMicros(time);
  proto.set_seconds(micros / 1'000'000);
  proto.set_nanos(static_cast<int32_t>(micros % 1'000'000 * 1000));
  return proto;
}

std::optional<absl::Time> TimeOf(const Row& row, size_t column) {
  if (row.IsNull(column)) return std::nullopt;
  return row.Time(column);
}
Value Cell(const std::optional<absl::Time>& time) {
  return time.has_value() ? Value(*time) : Value();
}
Value Cell(const std::optional<Uid>& uid) { return uid.has_value() ? Key(*uid) : Value(); }
Value WorkCell(bool work) { return work ? Value(1) : Value(); }

MailingRow ToMailingRow(const Row& row) {
  MailingRow mailing{.uid = UidOf(row, 0),
                     .organizer = std::string(row.Text(1)),
                     .event_uid = UidOf(row, 2),
                     .event_id = std::string(row.Text(3)),
                     .state = static_cast<Mailing::State>(row.Int64(4)),
                     .work = !row.IsNull(5),
                     .expanded = row.Bool(6),
                     .resume_after = UidOf(row, 7),
                     .create_time = row.Time(8),
                     .end_time = TimeOf(row, 9),
                     .actor = std::string(row.Text(16)),
                     .filter = std::string(row.Text(17))};
  for (int state = Delivery::QUEUED; state <= Delivery::SUPPRESSED; ++state)
    mailing.counts[static_cast<size_t>(state)] = row.Int64(static_cast<size_t>(9 + state));
  return mailing;
}

DeliveryRow ToDeliveryRow(const Row& row) {
  return {.uid = UidOf(row, 0),
          .mailing_uid = UidOf(row, 1),
          .organizer = std::string(row.Text(2)),
          .event_uid = UidOf(row, 3),
          .event_id = std::string(row.Text(4)),
          .invitation_uid = UidOf(row, 5),
          .state = static_cast<Delivery::State>(row.Int64(6)),
          .due_time = TimeOf(row, 7),
          .worker = row.IsNull(8) ? std::nullopt : std::optional<Uid>(UidOf(row, 8)),
          .attempts = row.Int64(9),
          .smtp_code = row.Int64(10),
          .uncertain = row.Bool(11),
          .create_time = row.Time(12),
          .update_time = row.Time(13),
          .email_key = std::string(row.Text(14)),
          .email = std::string(row.Text(15)),
          .message_id = std::string(row.Text(16)),
          .reason = std::string(row.Text(17))};
}

std::vector<DeliveryRow> ToDeliveryRows(const db::Rows& rows) {
  std::vector<DeliveryRow> deliveries;
  deliveries.reserve(rows.size());
  for (const Row row : rows) deliveries.push_back(ToDeliveryRow(row));
  return deliveries;
}

std::vector<Uid> ToUids(const db::Rows& rows) {
  std::vector<Uid> uids;
  for (const Row row : rows) uids.push_back(UidOf(row, 0));
  return uids;
}

}  // namespace

absl::Status InsertMailing(db::Transaction& tx, const MailingRow& row) {
  return tx.InsertRows("mailings",
                       {"uid", "organizer", "event_uid", "event_id", "state", "work", "expanded",
                        "resume_after", "create_time", "end_time", "queued", "claimed", "sent",
                        "retry", "failed", "suppressed", "actor", "filter"},
                       {{Key(row.uid), row.organizer, Key(row.event_uid), row.event_id, row.state,
                         WorkCell(row.work), row.expanded, Key(row.resume_after), row.create_time,
                         Cell(row.end_time), 0, 0, 0, 0, 0, 0, row.actor, row.filter}});
}

absl::Status UpdateMailing(db::Transaction& tx, const MailingRow& row) {
  return tx
      .Execute(
          "UPDATE mailings SET state = ?, work = ?, expanded = ?, resume_after = ?, end_time = ? "
          "WHERE uid = ?",
          {row.state, WorkCell(row.work), row.expanded, Key(row.resume_after), Cell(row.end_time),
           Key(row.uid)})
      .status();
}

absl::Status AddDeliveryCounts(db::Transaction& tx, const Uid& mailing,
                               const DeliveryCounts& deltas) {
  return tx
      .Execute(
          "UPDATE mailings SET queued = queued + ?, claimed = claimed + ?, sent = sent + ?, "
          "retry = retry + ?, failed = failed + ?, suppressed = suppressed + ? WHERE uid = ?",
          {deltas[Delivery::QUEUED], deltas[Delivery::CLAIMED], deltas[Delivery::SENT],
           deltas[Delivery::RETRY], deltas[Delivery::FAILED], deltas[Delivery::SUPPRESSED],
           Key(mailing)})
      .status();
}

absl::StatusOr<std::optional<MailingRow>> FindMailing(db::Transaction& tx, const Uid& uid,
                                                      absl::string_view lock) {
  COLLOQUY_ASSIGN_OR_RETURN(const db::Rows rows,
                            tx.Query(absl::StrCat(kMailings, " WHERE uid = ?", lock), {Key(uid)}));
  if (rows.empty()) return std::nullopt;
  return ToMailingRow(rows[0]);
}

absl::StatusOr<std::vector<MailingRow>> ListMailings(db::Transaction& tx,
                                                     absl::string_view organizer, const Uid& before,
                                                     int limit) {
  const Value end = before.is_nil() ? Value::Blob(std::string(Uid::kSize, '\xff')) : Key(before);
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query(
          absl::StrCat(kMailings, " WHERE organizer = ? AND uid < ? ORDER BY uid DESC LIMIT ?"),
          {organizer, end, limit}));
  std::vector<MailingRow> mailings;
  for (const Row row : rows) mailings.push_back(ToMailingRow(row));
  return mailings;
}

absl::StatusOr<std::vector<Uid>> ListMailingsWithWork(db::Transaction& tx, int limit) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query("SELECT uid FROM mailings WHERE work = 1 ORDER BY uid LIMIT ?", {limit}));
  return ToUids(rows);
}

absl::Status InsertDeliveries(db::Transaction& tx, absl::Span<const DeliveryRow> deliveries) {
  std::vector<std::vector<Value>> rows;
  rows.reserve(deliveries.size());
  for (const DeliveryRow& row : deliveries) {
    rows.push_back({Key(row.uid), Key(row.mailing_uid), row.organizer, Key(row.event_uid),
                    Key(row.invitation_uid), row.state, Cell(row.due_time), Cell(row.worker),
                    row.attempts, row.smtp_code, row.uncertain, row.create_time, row.update_time,
                    row.email_key, row.email, row.message_id, row.reason});
  }
  return tx.InsertRows("deliveries",
                       {"uid", "mailing_uid", "organizer", "event_uid", "invitation_uid", "state",
                        "due_time", "worker", "attempts", "smtp_code", "uncertain", "create_time",
                        "update_time", "email_key", "email", "message_id", "reason"},
                       rows);
}

absl::Status UpdateDelivery(db::Transaction& tx, const DeliveryRow& row) {
  return tx
      .Execute(
          "UPDATE deliveries SET state = ?, due_time = ?, worker = ?, attempts = ?, smtp_code = ?, "
          "uncertain = ?, update_time = ?, reason = ? WHERE uid = ?",
          {row.state, Cell(row.due_time), Cell(row.worker), row.attempts, row.smtp_code,
           row.uncertain, row.update_time, row.reason, Key(row.uid)})
      .status();
}

absl::StatusOr<std::vector<DeliveryRow>> LoadDeliveries(db::Transaction& tx,
                                                        absl::Span<const Uid> uids) {
  std::vector<DeliveryRow> deliveries;
  COLLOQUY_RETURN_IF_ERROR(
      QueryIn(tx, absl::StrCat(kDeliveries, " WHERE d.uid"), {}, uids, Key,
              [&](const Row& row) { deliveries.push_back(ToDeliveryRow(row)); }));
  return deliveries;
}

absl::StatusOr<std::vector<DeliveryRow>> ListDue(db::Transaction& tx, absl::Time now, int limit) {
  // The rows are locked by the index alone, then read: MySQL would lock the mailings, too.
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows due,
      tx.Query(absl::StrCat("SELECT uid FROM deliveries WHERE due_time <= ? ORDER BY due_time "
                            "LIMIT ?",
                            tx.for_update()),
               {now, limit}));
  return LoadDeliveries(tx, ToUids(due));
}

absl::StatusOr<std::optional<absl::Time>> NextDue(db::Transaction& tx) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query("SELECT due_time FROM deliveries WHERE due_time IS NOT NULL ORDER BY due_time "
               "LIMIT 1"));
  if (rows.empty()) return std::nullopt;
  return rows[0].Time(0);
}

absl::StatusOr<std::vector<DeliveryRow>> ListClaimed(db::Transaction& tx, const Uid& worker,
                                                     int limit) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query(absl::StrCat(kDeliveries, " WHERE d.worker = ? LIMIT ?"), {Key(worker), limit}));
  return ToDeliveryRows(rows);
}

absl::StatusOr<std::vector<DeliveryRow>> ListDeliveries(db::Transaction& tx,
                                                        absl::string_view organizer,
                                                        const Uid& mailing,
                                                        const resource::SqlFragment& filter,
                                                        const Uid& after, int limit) {
  std::vector<Value> parameters = {organizer};
  if (!mailing.is_nil()) parameters = {Key(mailing)};
  parameters.push_back(Key(after));
  parameters.insert(parameters.end(), filter.params.begin(), filter.params.end());
  parameters.push_back(limit);
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query(
          absl::StrCat(kDeliveries, " WHERE ", mailing.is_nil() ? "d.organizer" : "d.mailing_uid",
                       " = ? AND d.uid > ? AND ", filter.sql, " ORDER BY d.uid LIMIT ?"),
          parameters));
  return ToDeliveryRows(rows);
}

absl::StatusOr<std::vector<DeliveryRow>> ListWaiting(db::Transaction& tx, const Uid& mailing,
                                                     int limit) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query(absl::StrCat(kDeliveries, " WHERE d.mailing_uid = ? AND d.state IN (?, ?) LIMIT ?"),
               {Key(mailing), Delivery::QUEUED, Delivery::RETRY, limit}));
  return ToDeliveryRows(rows);
}

absl::StatusOr<std::vector<DeliveryRow>> ListFailed(db::Transaction& tx, const Uid& mailing,
                                                    const resource::SqlFragment& filter,
                                                    const Uid& after, int limit) {
  std::vector<Value> parameters = {Key(mailing), Delivery::FAILED, Key(after)};
  parameters.insert(parameters.end(), filter.params.begin(), filter.params.end());
  parameters.push_back(limit);
  COLLOQUY_ASSIGN_OR_RETURN(
      const db::Rows rows,
      tx.Query(
          absl::StrCat(kDeliveries, " WHERE d.mailing_uid = ? AND d.state = ? AND d.uid > ? AND ",
                       filter.sql, " ORDER BY d.uid LIMIT ?"),
          parameters));
  return ToDeliveryRows(rows);
}

absl::StatusOr<int64_t> CountSentSince(db::Transaction& tx, const Uid& mailing, absl::Time since) {
  COLLOQUY_ASSIGN_OR_RETURN(const db::Rows rows,
                            tx.Query("SELECT COUNT(*) FROM deliveries WHERE mailing_uid = ? AND "
                                     "state = ? AND update_time > ?",
                                     {Key(mailing), Delivery::SENT, since}));
  return rows[0].Int64(0);
}

const resource::FilterSchema& DeliveryFilters() {
  using resource::FieldType;
  static const auto* const schema = new resource::FilterSchema({
      {.name = "state",
       .column = "d.state",
       .type = FieldType::kEnum,
       .enumeration = Delivery::State_descriptor()},
      {.name = "email",
       .column = "d.email_key",
       .normalize = [](absl::string_view email) -> absl::StatusOr<std::string> {
         return resource::FoldEmail(email);
       }},
      {.name = "uncertain", .column = "d.uncertain", .type = FieldType::kBool},
      {.name = "attempt_count", .column = "d.attempts", .type = FieldType::kInt},
      {.name = "smtp_code", .column = "d.smtp_code", .type = FieldType::kInt},
      {.name = "create_time", .column = "d.create_time", .type = FieldType::kTime},
      {.name = "update_time", .column = "d.update_time", .type = FieldType::kTime},
  });
  return *schema;
}

absl::Status RenewLease(db::Transaction& tx, const Uid& dispatcher, absl::Time until) {
  return tx.UpsertRows("dispatchers", {"uid"}, {"uid", "lease_until"}, {{Key(dispatcher), until}});
}

absl::Status DeleteDispatcher(db::Transaction& tx, const Uid& dispatcher) {
  return tx.Execute("DELETE FROM dispatchers WHERE uid = ?", {Key(dispatcher)}).status();
}

absl::StatusOr<std::vector<Uid>> ListLost(db::Transaction& tx, absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(const db::Rows rows,
                            tx.Query("SELECT uid FROM dispatchers WHERE lease_until < ?", {now}));
  return ToUids(rows);
}

std::string MailingName(const MailingRow& row) {
  return absl::StrCat("organizers/", row.organizer, "/mailings/", row.uid.ToId('m'));
}

Mailing ToMailing(const MailingRow& row) {
  Mailing mailing;
  mailing.set_name(MailingName(row));
  mailing.set_state(row.state);
  mailing.set_event(absl::StrCat("organizers/", row.organizer, "/events/", row.event_id));
  for (int state = Delivery::QUEUED; state <= Delivery::SUPPRESSED; ++state) {
    const int64_t count = row.counts[static_cast<size_t>(state)];
    if (count == 0) continue;
    v1::DeliveryCount& out = *mailing.add_counts();
    out.set_state(static_cast<Delivery::State>(state));
    out.set_deliveries(count);
  }
  mailing.set_expanded(row.expanded);
  *mailing.mutable_create_time() = ToProto(row.create_time);
  if (row.end_time.has_value()) *mailing.mutable_end_time() = ToProto(*row.end_time);
  mailing.set_actor(row.actor);
  return mailing;
}

Delivery ToDelivery(const DeliveryRow& row) {
  Delivery delivery;
  delivery.set_name(absl::StrCat("organizers/", row.organizer, "/mailings/",
                                 row.mailing_uid.ToId('m'), "/deliveries/", row.uid.ToId('d')));
  delivery.set_state(row.state);
  delivery.set_invitation(absl::StrCat("organizers/", row.organizer, "/events/", row.event_id,
                                       "/invitations/", row.invitation_uid.ToId('i')));
  delivery.set_email(row.email);
  delivery.set_message_id(row.message_id);
  delivery.set_attempt_count(static_cast<int32_t>(row.attempts));
  delivery.set_reason(row.reason);
  delivery.set_smtp_code(static_cast<int32_t>(row.smtp_code));
  delivery.set_uncertain(row.uncertain);
  if (row.state == Delivery::RETRY && row.due_time.has_value())
    *delivery.mutable_next_attempt_time() = ToProto(*row.due_time);
  *delivery.mutable_create_time() = ToProto(row.create_time);
  *delivery.mutable_update_time() = ToProto(row.update_time);
  return delivery;
}

}  // namespace colloquy::registrations::store
