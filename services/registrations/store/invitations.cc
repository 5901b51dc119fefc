#include "services/registrations/store/invitations.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/folding.h"
#include "services/registrations/rules/invitations.h"
#include "services/registrations/store/rows.h"

namespace colloquy::registrations::store {
namespace {

using db::Row;
using db::Rows;
using db::Value;
using v1::Invitation;

constexpr absl::string_view kSelect =
    "SELECT uid, email_key, attendance_mode, import_uid, import_record, message FROM invitations "
    "WHERE event_uid = ?";
// The states that rules::IsOpen names, for the index over them.
constexpr absl::string_view kOpenStates = "state IN (1, 2, 3, 8)";
static_assert(Invitation::CREATED == 1 && Invitation::QUEUED == 2 && Invitation::SENT == 3 &&
              Invitation::OPTED_OUT == 8);

InvitationEntry ToInvitation(const Row& row) {
  return {.uid = UidOf(row, 0),
          .email_key = std::string(row.Text(1)),
          .mode = static_cast<rules::Mode>(row.Int64(2)),
          .import_uid = UidOf(row, 3),
          .import_record = row.Int64(4),
          .message = ParseMessage<Invitation>(row, 5)};
}

std::vector<InvitationEntry> ToInvitations(const Rows& rows) {
  std::vector<InvitationEntry> entries;
  entries.reserve(rows.size());
  for (const Row row : rows) entries.push_back(ToInvitation(row));
  return entries;
}

// Empty for none, which is what most rows have.
Value ImportKey(const Uid& uid) { return Value::Blob(uid.is_nil() ? "" : uid.bytes()); }

Value EndedKey(const InvitationEntry& entry) {
  return Value::Blob(rules::IsLive(entry.message.state()) ? "" : entry.uid.bytes());
}

Value AnswerTime(const Invitation& message) {
  return message.has_answer_time() ? Value(Micros(message.answer_time())) : Value::Null();
}

// Adds what has become of the registrations.
absl::Status ShowRegistrations(db::Transaction& tx, const Uid& event,
                               absl::Span<Invitation* const> invitations) {
  // Two may have led to one: the first was revoked, the guest invited anew.
  absl::flat_hash_map<Uid, std::vector<Invitation*>> led_to;
  std::vector<Uid> uids;
  for (Invitation* invitation : invitations) {
    const absl::string_view name = invitation->registration();
    const std::optional<Uid> uid = Uid::FromId(name.substr(name.rfind('/') + 1), 'r');
    if (!uid.has_value()) continue;
    led_to[*uid].push_back(invitation);
    uids.push_back(*uid);
  }
  return QueryIn(
      tx, "SELECT uid, state FROM registrations WHERE event_uid = ? AND uid", {Key(event)}, uids,
      Key, [&](const Row& row) {
        for (Invitation* invitation : led_to[UidOf(row, 0)])
          invitation->set_registration_state(static_cast<v1::Registration::State>(row.Int64(1)));
      });
}

std::string SearchText(const Invitation& message) {
  const auto& guest = message.guest();
  return resource::FoldText(absl::StrCat(guest.given_name(), " ", guest.family_name(), " ",
                                         guest.email(), " ", guest.organisation()));
}

}  // namespace

InvitationRow RowOf(const Uid& event, const InvitationEntry& entry) {
  const Invitation& message = entry.message;
  return {Key(event),
          Key(entry.uid),
          message.state(),
          message.group(),
          message.category(),
          entry.mode,
          message.party_size(),
          rules::HeldSeats(message),
          entry.email_key,
          EndedKey(entry),
          ImportKey(entry.import_uid),
          entry.import_record,
          Micros(message.create_time()),
          Micros(message.update_time()),
          AnswerTime(message),
          SearchText(message),
          Value::Blob(message.SerializeAsString())};
}

absl::Status InsertInvitations(db::Transaction& tx, absl::Span<const InvitationRow> rows) {
  return tx.InsertRows("invitations",
                       {"event_uid", "uid", "state", "guest_group", "category", "attendance_mode",
                        "people", "held", "email_key", "ended", "import_uid", "import_record",
                        "create_time", "update_time", "answer_time", "search", "message"},
                       rows);
}

absl::Status UpdateInvitation(db::Transaction& tx, const Uid& event, const InvitationEntry& entry) {
  const Invitation& message = entry.message;
  return tx
      .Execute(
          "UPDATE invitations SET state = ?, guest_group = ?, category = ?, people = ?, held = ?, "
          "ended = ?, import_uid = ?, import_record = ?, update_time = ?, answer_time = ?, "
          "search = ?, message = ? WHERE event_uid = ? AND uid = ?",
          {message.state(), message.group(), message.category(), message.party_size(),
           rules::HeldSeats(message), EndedKey(entry), ImportKey(entry.import_uid),
           entry.import_record, Micros(message.update_time()), AnswerTime(message),
           SearchText(message), Value::Blob(message.SerializeAsString()), Key(event),
           Key(entry.uid)})
      .status();
}

absl::StatusOr<std::vector<InvitationEntry>> LoadInvitations(db::Transaction& tx, const Uid& event,
                                                             absl::Span<const Uid> uids) {
  std::vector<InvitationEntry> entries;
  COLLOQUY_RETURN_IF_ERROR(QueryIn(tx, absl::StrCat(kSelect, " AND uid"), {Key(event)}, uids, Key,
                                   [&](const Row& row) { entries.push_back(ToInvitation(row)); }));
  return entries;
}

absl::StatusOr<std::vector<InvitationEntry>> LoadLiveInvitations(
    db::Transaction& tx, const Uid& event, absl::Span<const std::string> email_keys) {
  // The index answers this alone. Asked for whole rows SQLite would rather read all of the event's.
  std::vector<Uid> uids;
  COLLOQUY_RETURN_IF_ERROR(QueryIn(
      tx, "SELECT uid FROM invitations WHERE event_uid = ? AND ended = ? AND email_key",
      {Key(event), Value::Blob("")}, email_keys, [](const std::string& key) { return Value(key); },
      [&](const Row& row) { uids.push_back(UidOf(row, 0)); }));
  return LoadInvitations(tx, event, uids);
}

absl::StatusOr<std::optional<Invitation>> FindInvitation(db::Transaction& tx,
                                                         absl::string_view organizer,
                                                         absl::string_view event_id, const Uid& uid,
                                                         absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query("SELECT i.message, e.start_time, e.event_uid FROM seat_events e JOIN invitations "
               "i ON i.event_uid = e.event_uid "
               "WHERE e.organizer = ? AND e.event_id = ? AND i.uid = ?",
               {organizer, event_id, Key(uid)}));
  if (rows.empty()) return std::nullopt;
  Invitation message = ParseMessage<Invitation>(rows[0], 0);
  rules::ShowExpiry(rows[0].Time(1), now, message);
  COLLOQUY_RETURN_IF_ERROR(ShowRegistrations(tx, UidOf(rows[0], 2), {&message}));
  return message;
}

absl::StatusOr<InvitationPage> ListInvitations(db::Transaction& tx, const EventRow& event,
                                               const resource::SqlFragment& filter,
                                               const resource::OrderBy& order,
                                               const resource::PagePosition& after, int limit,
                                               absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(const resource::SqlFragment start, order.After(after));
  std::vector<Value> parameters = {Key(event.uid)};
  parameters.insert(parameters.end(), filter.params.begin(), filter.params.end());
  parameters.insert(parameters.end(), start.params.begin(), start.params.end());
  parameters.push_back(limit + 1);
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query(absl::StrCat("SELECT message, ", order.Columns(),
                            " FROM invitations WHERE event_uid = ? AND ", filter.sql, " AND ",
                            start.sql, " ORDER BY ", order.Clause(), " LIMIT ?"),
               parameters));
  InvitationPage page;
  const size_t count = std::min<size_t>(rows.size(), static_cast<size_t>(limit));
  for (size_t i = 0; i < count; ++i) {
    Invitation& message = page.invitations.emplace_back(ParseMessage<Invitation>(rows[i], 0));
    rules::ShowExpiry(event.start_time, now, message);
  }
  if (rows.size() > count) page.next = order.PositionOf(rows[count - 1], 1);
  std::vector<Invitation*> shown;
  for (Invitation& message : page.invitations) shown.push_back(&message);
  COLLOQUY_RETURN_IF_ERROR(ShowRegistrations(tx, event.uid, shown));
  return page;
}

const resource::FilterSchema& InvitationFilters() {
  using resource::FieldType;
  static const auto* const schema = new resource::FilterSchema({
      {.name = "state",
       .column = "state",
       .type = FieldType::kEnum,
       .enumeration = Invitation::State_descriptor()},
      {.name = "email",
       .column = "email_key",
       .normalize = [](absl::string_view email) -> absl::StatusOr<std::string> {
         return resource::FoldEmail(email);
       }},
      {.name = "group", .column = "guest_group"},
      {.name = "category", .column = "category"},
      {.name = "create_time", .column = "create_time", .type = FieldType::kTime},
      {.name = "update_time", .column = "update_time", .type = FieldType::kTime},
      {.name = "answer_time", .column = "answer_time", .type = FieldType::kTime},
      {.name = "", .column = "search", .type = FieldType::kTextSearch},
  });
  return *schema;
}

const resource::SortSchema& InvitationOrders() {
  using resource::SortType;
  // The uid is ordered by time, so it stands for create_time and name both, and the primary key
  // serves it.
  static const auto* const schema = new resource::SortSchema{
      .fields = {{.name = "create_time", .column = "uid", .type = SortType::kBytes},
                 {.name = "name", .column = "uid", .type = SortType::kBytes},
                 {.name = "update_time", .column = "update_time"}},
      .unique = {{.name = "", .column = "uid", .type = SortType::kBytes}},
      .default_order = "create_time",
  };
  return *schema;
}

absl::StatusOr<std::vector<InvitationEntry>> LoadUnsent(db::Transaction& tx, const Uid& event,
                                                        const resource::SqlFragment& filter,
                                                        const Uid& after, absl::Time until,
                                                        int limit) {
  std::vector<Value> parameters = {Key(event), Invitation::CREATED, Key(after), until};
  parameters.insert(parameters.end(), filter.params.begin(), filter.params.end());
  parameters.push_back(limit);
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query(absl::StrCat(kSelect, " AND state = ? AND uid > ? AND create_time <= ? AND ",
                            filter.sql, " ORDER BY uid LIMIT ?"),
               parameters));
  return ToInvitations(rows);
}

absl::StatusOr<UnsentCount> CountUnsent(db::Transaction& tx, const Uid& event,
                                        absl::string_view organizer,
                                        const resource::SqlFragment& filter) {
  const auto count = [&](absl::string_view more,
                         std::vector<Value> parameters) -> absl::StatusOr<int64_t> {
    parameters.insert(parameters.end(), filter.params.begin(), filter.params.end());
    COLLOQUY_ASSIGN_OR_RETURN(
        const Rows rows,
        tx.Query(absl::StrCat("SELECT COUNT(*) FROM invitations WHERE event_uid = ? AND state = ?",
                              more, " AND ", filter.sql),
                 parameters));
    return rows[0].Int64(0);
  };
  UnsentCount counts;
  COLLOQUY_ASSIGN_OR_RETURN(counts.all, count("", {Key(event), Invitation::CREATED}));
  COLLOQUY_ASSIGN_OR_RETURN(
      counts.suppressed,
      count(" AND email_key IN (SELECT s.email_key FROM suppressions s WHERE s.organizer = ?)",
            {Key(event), Invitation::CREATED, organizer}));
  return counts;
}

absl::StatusOr<std::vector<InvitationCount>> LoadInvitationCounts(db::Transaction& tx,
                                                                  const Uid& event) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query("SELECT guest_group, state, invitations, people FROM invitation_counts "
               "WHERE event_uid = ? AND invitations <> 0 ORDER BY state, guest_group",
               {Key(event)}));
  std::vector<InvitationCount> counts;
  for (const Row row : rows) {
    counts.push_back({.group = std::string(row.Text(0)),
                      .state = static_cast<Invitation::State>(row.Int64(1)),
                      .invitations = row.Int64(2),
                      .people = row.Int64(3)});
  }
  return counts;
}

absl::Status AddInvitationCounts(db::Transaction& tx, const Uid& event,
                                 absl::Span<const InvitationCount> deltas) {
  if (deltas.empty()) return absl::OkStatus();
  std::vector<std::string> groups;
  for (const InvitationCount& delta : deltas) groups.push_back(delta.group);
  std::sort(groups.begin(), groups.end());
  groups.erase(std::unique(groups.begin(), groups.end()), groups.end());
  std::map<std::pair<std::string, int64_t>, std::pair<int64_t, int64_t>> known;
  COLLOQUY_RETURN_IF_ERROR(QueryIn(
      tx,
      "SELECT guest_group, state, invitations, people FROM invitation_counts WHERE event_uid = ? "
      "AND guest_group",
      {Key(event)}, groups, [](const std::string& group) { return Value(group); },
      [&](const Row& row) {
        known[{std::string(row.Text(0)), row.Int64(1)}] = {row.Int64(2), row.Int64(3)};
      }));
  std::vector<std::vector<Value>> rows;
  for (const InvitationCount& delta : deltas) {
    const auto& [invitations, people] = known[{delta.group, delta.state}];
    rows.push_back({Key(event), delta.group, delta.state, invitations + delta.invitations,
                    people + delta.people});
  }
  return tx.UpsertRows("invitation_counts", {"event_uid", "guest_group", "state"},
                       {"event_uid", "guest_group", "state", "invitations", "people"}, rows);
}

absl::StatusOr<std::vector<HeldCount>> CountHeldSeats(db::Transaction& tx, const Uid& event) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query("SELECT category, attendance_mode, SUM(held) FROM invitations "
               "WHERE event_uid = ? AND held > 0 GROUP BY category, attendance_mode",
               {Key(event)}));
  std::vector<HeldCount> counts;
  for (const Row row : rows) {
    counts.push_back({.category = std::string(row.Text(0)),
                      .mode = static_cast<rules::Mode>(row.Int64(1)),
                      .people = row.Int64(2)});
  }
  return counts;
}

absl::Status InsertExpiries(db::Transaction& tx, absl::Span<const Expiry> expiries) {
  std::vector<std::vector<Value>> rows;
  rows.reserve(expiries.size());
  for (const Expiry& expiry : expiries)
    rows.push_back({expiry.time, Key(expiry.event), Key(expiry.uid)});
  return tx.InsertRows("invitation_expiries", {"expire_time", "event_uid", "uid"}, rows);
}

absl::Status DeleteExpiry(db::Transaction& tx, const Expiry& expiry) {
  return tx
      .Execute(
          "DELETE FROM invitation_expiries WHERE expire_time = ? AND event_uid = ? AND uid = ?",
          {expiry.time, Key(expiry.event), Key(expiry.uid)})
      .status();
}

absl::StatusOr<std::vector<Expiry>> ListDueExpiries(db::Transaction& tx, absl::Time now,
                                                    int limit) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query("SELECT expire_time, event_uid, uid FROM invitation_expiries "
               "WHERE expire_time <= ? ORDER BY expire_time, event_uid, uid LIMIT ?",
               {now, limit}));
  std::vector<Expiry> due;
  for (const Row row : rows)
    due.push_back({.time = row.Time(0), .event = UidOf(row, 1), .uid = UidOf(row, 2)});
  return due;
}

absl::StatusOr<std::vector<InvitationEntry>> LoadOpenInvitations(db::Transaction& tx,
                                                                 const Uid& event, int limit) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query(absl::StrCat(kSelect, " AND ", kOpenStates, " LIMIT ?"), {Key(event), limit}));
  return ToInvitations(rows);
}

}  // namespace colloquy::registrations::store
