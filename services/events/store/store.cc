#include "services/events/store/store.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "google/protobuf/util/time_util.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/folding.h"
#include "services/common/resource/validation.h"

namespace colloquy::events::store {
namespace {

using db::Row;
using db::Rows;
using db::Value;
using v1::Event;
using v1::Session;

Value Key(const Uid& uid) { return Value::Blob(uid.bytes()); }

int64_t Micros(const google::protobuf::Timestamp& time) {
  return google::protobuf::util::TimeUtil::TimestampToMicroseconds(time);
}

Value TextOrNull(const std::string& text) { return text.empty() ? Value::Null() : Value(text); }

std::string LastSegment(absl::string_view name) {
  return std::string(name.substr(name.rfind('/') + 1));
}

// "organizers/a/events/b": the second segment.
std::string OrganizerOf(absl::string_view name) {
  const size_t begin = name.find('/') + 1;
  return std::string(name.substr(begin, name.find('/', begin) - begin));
}

// A word of a token column: folded, without the space that stands between words.
std::string Token(absl::string_view word) {
  return absl::StrReplaceAll(resource::FoldText(word), {{" ", "_"}});
}

// `de-AT` is found by `de` too.
Value Languages(const Event& event) {
  std::string tokens;
  for (const std::string& tag : event.languages()) {
    absl::StrAppend(&tokens, " ", Token(tag));
    if (const size_t dash = tag.find('-'); dash != std::string::npos)
      absl::StrAppend(&tokens, " ", Token(tag.substr(0, dash)));
  }
  return tokens.empty() ? Value::Null() : Value(absl::StrCat(tokens, " "));
}

Value Topics(const Event& event) {
  std::string tokens;
  for (const std::string& topic : event.topics()) absl::StrAppend(&tokens, " ", Token(topic));
  return tokens.empty() ? Value::Null() : Value(absl::StrCat(tokens, " "));
}

void AppendTexts(const v1::LocalizedText& text, std::string* out) {
  for (const auto& [tag, value] : text.texts()) absl::StrAppend(out, " ", value);
}

std::string SearchText(const Event& event) {
  std::string text;
  AppendTexts(event.title(), &text);
  AppendTexts(event.summary(), &text);
  absl::StrAppend(&text, " ", event.venue().display_name(), " ",
                  event.venue().address().locality());
  for (const std::string& topic : event.topics()) absl::StrAppend(&text, " ", topic);
  return resource::FoldText(text);
}

std::string SearchText(const Session& session) {
  std::string text;
  AppendTexts(session.title(), &text);
  return resource::FoldText(text);
}

template <typename Message>
Message Parse(const Row& row, size_t column) {
  Message message;
  const absl::string_view bytes = row.Blob(column);
  message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  return message;
}

// The columns that follow from the message, in the order of kEventColumns.
std::vector<Value> EventValues(const Event& event) {
  const auto& address = event.venue().address();
  return {event.state(),
          event.has_publish_time(),
          event.kind(),
          event.mode(),
          event.visibility(),
          Micros(event.start_time()),
          Micros(event.end_time()),
          TextOrNull(address.region_code()),
          TextOrNull(resource::FoldText(address.locality())),
          TextOrNull(LastSegment(event.series())),
          event.default_language(),
          Languages(event),
          Topics(event),
          SearchText(event),
          Micros(event.create_time()),
          Micros(event.update_time()),
          event.revision(),
          Value::Blob(event.SerializeAsString())};
}

constexpr absl::string_view kEventColumns[] = {
    "uid",         "organizer",        "id",         "state",    "published", "kind",
    "attendance",  "visibility",       "start_time", "end_time", "country",   "city",
    "series",      "default_language", "languages",  "topics",   "search",    "create_time",
    "update_time", "revision",         "message"};

std::vector<Value> SessionValues(const Session& session, int64_t revision) {
  return {Micros(session.start_time()),
          Micros(session.end_time()),
          TextOrNull(resource::FoldText(session.room())),
          TextOrNull(resource::FoldText(session.track())),
          TextOrNull(session.dialogue()),
          SearchText(session),
          revision,
          Value::Blob(session.SerializeAsString())};
}

template <typename Message>
std::vector<Message> ParseAll(const Rows& rows) {
  std::vector<Message> messages;
  messages.reserve(rows.size());
  for (const Row row : rows) messages.push_back(Parse<Message>(row, 0));
  return messages;
}

// The condition for a state that readers see; see rules::StateAt.
absl::StatusOr<resource::SqlFragment> StateCondition(absl::Time now, resource::FilterOp op,
                                                     const resource::FilterValue& value) {
  Event::State state;
  const bool named = !value.wildcard_before && !value.wildcard_after &&
                     Event::State_Parse(value.text, &state) && state != Event::STATE_UNSPECIFIED;
  if (value.any) return resource::SqlFragment{"1=1", {}};
  if (!named)
    return absl::InvalidArgumentError(
        "state is one of DRAFT, PUBLISHED, IN_PROGRESS, COMPLETED, CANCELLED, ARCHIVED");
  resource::SqlFragment fragment;
  switch (state) {
    case Event::PUBLISHED:
      fragment = {"(state = 2 AND start_time > ?)", {now}};
      break;
    case Event::IN_PROGRESS:
      fragment = {"(state = 2 AND start_time <= ? AND end_time > ?)", {now, now}};
      break;
    case Event::COMPLETED:
      fragment = {"(state = 2 AND end_time <= ?)", {now}};
      break;
    default:
      fragment = {"(state = ?)", {state}};
  }
  if (op == resource::FilterOp::kEqual) return fragment;
  if (op != resource::FilterOp::kNotEqual)
    return absl::InvalidArgumentError("state takes = and !=");
  return resource::SqlFragment{absl::StrCat("(NOT ", fragment.sql, ")"), fragment.params};
}

absl::StatusOr<std::string> UpperCountry(absl::string_view code) {
  std::string upper = std::string(code);
  std::transform(upper.begin(), upper.end(), upper.begin(),
                 [](unsigned char c) { return std::toupper(c); });
  return upper;
}

// Who finds what, as rules::CanFind says for one event.
resource::SqlFragment ScopeCondition(const Scope& scope) {
  resource::SqlFragment fragment{"1=1", {}};
  if (!scope.organizer.empty()) fragment = {"organizer = ?", {scope.organizer}};
  if (scope.audience == rules::Audience::kPartner)
    absl::StrAppend(&fragment.sql, " AND published = 1");
  if (scope.audience == rules::Audience::kPublic) {
    absl::StrAppend(&fragment.sql, " AND visibility = ", static_cast<int>(Event::PUBLIC),
                    " AND published = 1 AND state <> ", static_cast<int>(Event::ARCHIVED));
  }
  return fragment;
}

void Append(const resource::SqlFragment& fragment, std::vector<Value>* parameters) {
  parameters->insert(parameters->end(), fragment.params.begin(), fragment.params.end());
}

}  // namespace

Uid UidOf(const std::string& uuid) { return Uid::FromUuid(uuid).value_or(Uid()); }

absl::Status Insert(db::Transaction& tx, const Event& event) {
  std::vector<Value> values = {Key(UidOf(event.uid())), OrganizerOf(event.name()),
                               LastSegment(event.name())};
  for (Value& value : EventValues(event)) values.push_back(std::move(value));
  return tx.InsertRows("events", kEventColumns, {values});
}

absl::StatusOr<std::optional<Event>> Find(db::Transaction& tx, absl::string_view organizer,
                                          absl::string_view id, bool lock) {
  constexpr absl::string_view kSelect = "SELECT message FROM events WHERE organizer = ? AND id = ?";
  COLLOQUY_ASSIGN_OR_RETURN(const Rows rows,
                            lock ? tx.Query(absl::StrCat(kSelect, tx.for_update()), {organizer, id})
                                 : tx.Query(kSelect, {organizer, id}));
  if (rows.empty()) return std::nullopt;
  return Parse<Event>(rows[0], 0);
}

absl::Status Update(db::Transaction& tx, const Event& event) {
  std::vector<Value> values = EventValues(event);
  values.push_back(Key(UidOf(event.uid())));
  values.push_back(event.revision() - 1);
  COLLOQUY_ASSIGN_OR_RETURN(const int64_t matched,
                            tx.Execute("UPDATE events SET state = ?, published = ?, kind = ?, "
                                       "attendance = ?, visibility = ?, start_time = ?, "
                                       "end_time = ?, country = ?, city = ?, series = ?, "
                                       "default_language = ?, languages = ?, topics = ?, "
                                       "search = ?, create_time = ?, update_time = ?, revision = "
                                       "?, message = ? WHERE uid = ? AND revision = ?",
                                       values));
  return matched == 1 ? absl::OkStatus() : db::RunAgain();
}

absl::Status Delete(db::Transaction& tx, const Event& event) {
  return tx.Execute("DELETE FROM events WHERE uid = ?", {Key(UidOf(event.uid()))}).status();
}

absl::StatusOr<EventPage> List(db::Transaction& tx, const Scope& scope,
                               const resource::SqlFragment& filter, const resource::OrderBy& order,
                               const resource::PagePosition& after, int limit) {
  COLLOQUY_ASSIGN_OR_RETURN(const resource::SqlFragment start, order.After(after));
  const resource::SqlFragment who = ScopeCondition(scope);
  std::vector<Value> parameters;
  Append(who, &parameters);
  Append(filter, &parameters);
  Append(start, &parameters);
  parameters.push_back(limit + 1);
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query(
          absl::StrCat("SELECT message, ", order.Columns(), " FROM events WHERE ", who.sql, " AND ",
                       filter.sql, " AND ", start.sql, " ORDER BY ", order.Clause(), " LIMIT ?"),
          parameters));
  EventPage page;
  const size_t count = std::min<size_t>(rows.size(), static_cast<size_t>(limit));
  page.events.reserve(count);
  for (size_t i = 0; i < count; ++i) page.events.push_back(Parse<Event>(rows[i], 0));
  if (rows.size() > count) page.next = order.PositionOf(rows[count - 1], 1);
  return page;
}

resource::FilterSchema EventFilters(absl::Time now) {
  using resource::FieldType;
  const auto token = [](absl::string_view word) -> absl::StatusOr<std::string> {
    return Token(word);
  };
  return resource::FilterSchema({
      {.name = "state",
       .type = FieldType::kComputed,
       .compute =
           [now](resource::FilterOp op, const resource::FilterValue& value) {
             return StateCondition(now, op, value);
           }},
      {.name = "kind",
       .column = "kind",
       .type = FieldType::kEnum,
       .enumeration = Event::Kind_descriptor()},
      {.name = "mode",
       .column = "attendance",
       .type = FieldType::kEnum,
       .enumeration = Event::Mode_descriptor()},
      {.name = "visibility",
       .column = "visibility",
       .type = FieldType::kEnum,
       .enumeration = Event::Visibility_descriptor()},
      {.name = "country", .column = "country", .normalize = UpperCountry},
      {.name = "city", .column = "city", .fold = true},
      {.name = "languages", .column = "languages", .type = FieldType::kTokens, .normalize = token},
      {.name = "topics", .column = "topics", .type = FieldType::kTokens, .normalize = token},
      {.name = "start_time", .column = "start_time", .type = FieldType::kTime},
      {.name = "end_time", .column = "end_time", .type = FieldType::kTime},
      {.name = "create_time", .column = "create_time", .type = FieldType::kTime},
      {.name = "update_time", .column = "update_time", .type = FieldType::kTime},
      {.name = "series",
       .column = "series",
       .normalize = [](absl::string_view name) -> absl::StatusOr<std::string> {
         return LastSegment(name);
       }},
      {.name = "default_language", .column = "default_language"},
      {.name = "", .column = "search", .type = FieldType::kTextSearch},
  });
}

const resource::SortSchema& EventOrders() {
  using resource::SortType;
  static const auto* const schema = new resource::SortSchema{
      .fields = {{.name = "start_time", .column = "start_time"},
                 {.name = "end_time", .column = "end_time"},
                 {.name = "create_time", .column = "create_time"},
                 {.name = "update_time", .column = "update_time"},
                 {.name = "name", .column = "id", .type = SortType::kText}},
      .unique = {{.name = "", .column = "uid", .type = SortType::kBytes}},
      .default_order = "start_time"};
  return *schema;
}

absl::StatusOr<std::vector<Event>> ListFuture(db::Transaction& tx, absl::Time now, const Uid& after,
                                              int limit) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query("SELECT message FROM events WHERE uid > ? AND start_time > ? ORDER BY uid LIMIT ?",
               {Key(after), now, limit}));
  return ParseAll<Event>(rows);
}

absl::Status InsertSession(db::Transaction& tx, const Uid& event, const Session& session) {
  std::vector<Value> values = {Key(event), Key(UidOf(session.uid())), LastSegment(session.name())};
  for (Value& value : SessionValues(session, 1)) values.push_back(std::move(value));
  return tx.InsertRows("sessions",
                       {"event_uid", "uid", "id", "start_time", "end_time", "room", "track",
                        "dialogue", "search", "revision", "message"},
                       {values});
}

absl::StatusOr<std::optional<Session>> FindSession(db::Transaction& tx, const Uid& event,
                                                   absl::string_view id) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query("SELECT message FROM sessions WHERE event_uid = ? AND id = ?", {Key(event), id}));
  if (rows.empty()) return std::nullopt;
  return Parse<Session>(rows[0], 0);
}

absl::Status UpdateSession(db::Transaction& tx, const Uid& event, const Session& session) {
  return tx
      .Execute(
          "UPDATE sessions SET start_time = ?, end_time = ?, room = ?, track = ?, dialogue = ?, "
          "search = ?, "
          "revision = revision + ?, message = ? WHERE event_uid = ? AND uid = ?",
          [&] {
            std::vector<Value> values = SessionValues(session, 1);
            values.push_back(Key(event));
            values.push_back(Key(UidOf(session.uid())));
            return values;
          }())
      .status();
}

absl::Status DeleteSession(db::Transaction& tx, const Uid& event, const Session& session) {
  return tx
      .Execute("DELETE FROM sessions WHERE event_uid = ? AND uid = ?",
               {Key(event), Key(UidOf(session.uid()))})
      .status();
}

absl::Status DeleteSessions(db::Transaction& tx, const Uid& event) {
  return tx.Execute("DELETE FROM sessions WHERE event_uid = ?", {Key(event)}).status();
}

absl::StatusOr<std::vector<Session>> AllSessions(db::Transaction& tx, const Uid& event) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query("SELECT message FROM sessions WHERE event_uid = ? ORDER BY start_time, uid",
               {Key(event)}));
  return ParseAll<Session>(rows);
}

absl::StatusOr<std::vector<Session>> Overlapping(db::Transaction& tx, const Uid& event,
                                                 const Session& session) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query("SELECT message FROM sessions WHERE event_uid = ? AND start_time < ? AND end_time > "
               "? ORDER BY uid",
               {Key(event), Micros(session.end_time()), Micros(session.start_time())}));
  return ParseAll<Session>(rows);
}

absl::StatusOr<SessionPage> ListSessions(db::Transaction& tx, const Uid& event,
                                         const resource::SqlFragment& filter,
                                         const resource::OrderBy& order,
                                         const resource::PagePosition& after, int limit) {
  COLLOQUY_ASSIGN_OR_RETURN(const resource::SqlFragment start, order.After(after));
  std::vector<Value> parameters = {Key(event)};
  Append(filter, &parameters);
  Append(start, &parameters);
  parameters.push_back(limit + 1);
  COLLOQUY_ASSIGN_OR_RETURN(
      const Rows rows,
      tx.Query(absl::StrCat("SELECT message, ", order.Columns(),
                            " FROM sessions WHERE event_uid = ? AND ", filter.sql, " AND ",
                            start.sql, " ORDER BY ", order.Clause(), " LIMIT ?"),
               parameters));
  SessionPage page;
  const size_t count = std::min<size_t>(rows.size(), static_cast<size_t>(limit));
  for (size_t i = 0; i < count; ++i) page.sessions.push_back(Parse<Session>(rows[i], 0));
  if (rows.size() > count) page.next = order.PositionOf(rows[count - 1], 1);
  return page;
}

const resource::FilterSchema& SessionFilters() {
  using resource::FieldType;
  static const auto* const schema = new resource::FilterSchema({
      {.name = "room", .column = "room", .fold = true},
      {.name = "track", .column = "track", .fold = true},
      {.name = "start_time", .column = "start_time", .type = FieldType::kTime},
      {.name = "end_time", .column = "end_time", .type = FieldType::kTime},
      {.name = "dialogue", .column = "dialogue"},
      {.name = "", .column = "search", .type = FieldType::kTextSearch},
  });
  return *schema;
}

const resource::SortSchema& SessionOrders() {
  using resource::SortType;
  static const auto* const schema = new resource::SortSchema{
      .fields = {{.name = "start_time", .column = "start_time"},
                 {.name = "room", .column = "room", .type = SortType::kText, .nullable = true},
                 {.name = "track", .column = "track", .type = SortType::kText, .nullable = true},
                 {.name = "name", .column = "id", .type = SortType::kText}},
      .unique = {{.name = "", .column = "uid", .type = SortType::kBytes}},
      .default_order = "start_time"};
  return *schema;
}

}  // namespace colloquy::events::store
