#include "services/common/feed/feed.h"

#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/api/resource.pb.h"
#include "google/protobuf/descriptor.h"
#include "services/common/errors/errors.h"
#include "services/common/feed/hub.h"
#include "services/common/feed/sequencer.h"
#include "services/common/feed/store.h"
#include "services/common/resource/filter_sql.h"
#include "services/common/rpc/service.h"

namespace colloquy::feed {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// A thousand slow readers may hold 256 MB in all.
constexpr rpc::StreamLimits kLimits{.messages = 512, .bytes = 256 << 10};

// On SQLite every commit is this process's own, so looking without being told is a precaution only.
constexpr absl::Duration kSqlitePoll = absl::Seconds(1);

// "organizers/acme" of "organizers/acme/events/x"; empty for names of no organizer.
std::string OrganizerOf(absl::string_view name) {
  constexpr absl::string_view kPrefix = "organizers/";
  if (!absl::StartsWith(name, kPrefix)) return "";
  return std::string(name.substr(0, name.find('/', kPrefix.size())));
}

resource::FilterSchema MakeFilterSchema(db::Engine engine) {
  using resource::FieldType;
  return resource::FilterSchema({
      {.name = "resource", .column = "resource"},
      {.name = "resource_type", .column = "resource_type"},
      {.name = "kind",
       .column = "kind",
       .type = FieldType::kEnum,
       .enumeration = Change::Kind_descriptor()},
      {.name = "new_state", .column = "new_state"},
      {.name = "actor", .column = "actor"},
      {.name = "cause", .column = "cause"},
      {.name = "change_time", .column = "change_time", .type = FieldType::kTime},
      {.name = "sequence", .column = std::string(SequenceColumn(engine)), .type = FieldType::kInt},
  });
}

Hub::Options HubOptions(const Feed::Options& options, db::Engine engine) {
  Hub::Options hub;
  hub.poll = engine == db::Engine::kSqlite ? kSqlitePoll : options.poll;
  hub.retention = options.retention;
  hub.may_see_payload = options.may_see_payload;
  hub.now = options.now;
  return hub;
}

}  // namespace

Record MakeRecord(Change::Kind kind, const Message& resource, absl::string_view actor,
                  absl::string_view cause, absl::Time now, absl::string_view old_state,
                  absl::string_view new_state) {
  const FieldDescriptor* name_field = resource.GetDescriptor()->FindFieldByName("name");
  if (name_field == nullptr) std::abort();  // not a resource: a defect of the calling code
  Record record;
  Change& change = record.change;
  change.set_kind(kind);
  change.set_resource(resource.GetReflection()->GetString(resource, name_field));
  change.set_resource_type(
      resource.GetDescriptor()->options().GetExtension(google::api::resource).type());
  change.set_organizer(OrganizerOf(change.resource()));
  change.set_actor(std::string(actor));
  change.set_cause(std::string(cause));
  change.set_old_state(std::string(old_state));
  change.set_new_state(std::string(new_state));
  const int64_t micros = absl::ToUnixMicros(now);
  change.mutable_change_time()->set_seconds(micros / 1'000'000);
  change.mutable_change_time()->set_nanos(static_cast<int32_t>(micros % 1'000'000) * 1000);
  change.mutable_payload()->PackFrom(resource);
  return record;
}

Feed::Feed(db::Database& db, const resource::PageTokens& tokens, Options options)
    : db_(db),
      tokens_(tokens),
      options_(std::move(options)),
      filter_(MakeFilterSchema(db.engine())),
      hub_(std::make_unique<Hub>(db, HubOptions(options_, db.engine()))) {
  if (db.engine() == db::Engine::kMysql) {
    sequencer_ =
        std::make_unique<Sequencer>(db, options_.poll, [hub = hub_.get()] { hub->Expect(); });
  }
}

Feed::Feed(db::Database& db, const resource::PageTokens& tokens) : Feed(db, tokens, Options()) {}

Feed::~Feed() { Stop(); }

absl::Status Feed::Append(db::Transaction& tx, absl::Span<const Record> records) {
  std::vector<RecordRow> rows;
  rows.reserve(records.size());
  for (const Record& record : records) rows.push_back(RowOf(record));
  return AppendRows(tx, rows);
}

absl::Status Feed::AppendRows(db::Transaction& tx, absl::Span<const RecordRow> rows) {
  if (rows.empty()) return absl::OkStatus();
  COLLOQUY_RETURN_IF_ERROR(InsertRecords(tx, rows));
  // Whoever makes records visible tells the hub.
  if (sequencer_ != nullptr) {
    sequencer_->Expect();
  } else {
    hub_->Expect();
  }
  return absl::OkStatus();
}

absl::Status Feed::Append(db::Transaction& tx, const Record& record) {
  return Append(tx, absl::MakeConstSpan(&record, 1));
}

absl::StatusOr<ListChangesResponse> Feed::List(const rpc::CallContext& call,
                                               const ListChangesRequest& request) {
  const auth::Caller& caller = call.caller();
  EntryQuery query;
  COLLOQUY_ASSIGN_OR_RETURN(query.organizer, OrganizerOfParent(request.parent()));
  COLLOQUY_ASSIGN_OR_RETURN(query.filter, resource::CompileFilter(request.filter(), filter_));
  if (caller.role == auth::Role::kPartner) query.partner = caller.partner;
  COLLOQUY_ASSIGN_OR_RETURN(const int32_t size, resource::NormalizePageSize(request.page_size()));
  query.limit = size + 1;
  const std::string binding = resource::PageBinding(call.method(), caller.actor, request);
  COLLOQUY_ASSIGN_OR_RETURN(const resource::PagePosition position,
                            tokens_.Decode(request.page_token(), binding));
  // The token is signed, so it holds what Encode put in.
  if (!position.empty()) query.after = std::get<int64_t>(position[0].variant());

  std::vector<Entry> entries;
  COLLOQUY_RETURN_IF_ERROR(db_.Read({.deadline = call.deadline(),
                                     .cancelled = [&call] { return call.cancelled(); },
                                     .one_query = true},
                                    [&](db::Transaction& tx) -> absl::Status {
                                      COLLOQUY_ASSIGN_OR_RETURN(entries, ReadEntries(tx, query));
                                      return absl::OkStatus();
                                    }));

  ListChangesResponse response;
  const bool more = entries.size() > static_cast<size_t>(size);
  if (more) entries.pop_back();
  for (Entry& entry : entries) {
    if (options_.may_see_payload && !options_.may_see_payload(caller, entry.change)) {
      entry.change.clear_payload();
    }
    *response.add_changes() = std::move(entry.change);
  }
  if (more) {
    response.set_next_page_token(tokens_.Encode(binding, {response.changes(size - 1).sequence()}));
  }
  return response;
}

absl::Status Feed::Stream(std::shared_ptr<const rpc::CallContext> call,
                          const StreamChangesRequest& request,
                          std::shared_ptr<rpc::StreamWriter<StreamChangesResponse>> writer) {
  return hub_->Add(std::move(call), request, std::move(writer));
}

void Feed::Mount(rpc::Service& service) {
  service.Unary<ListChangesRequest, ListChangesResponse>(
      "ListChanges", rpc::Execution::kPool,
      [this](const rpc::CallContext& call, const ListChangesRequest& request) {
        return List(call, request);
      });
  service.ServerStream<StreamChangesRequest, StreamChangesResponse>(
      "StreamChanges",
      [this](std::shared_ptr<const rpc::CallContext> call, const StreamChangesRequest& request,
             std::shared_ptr<rpc::StreamWriter<StreamChangesResponse>> writer) {
        return Stream(std::move(call), request, std::move(writer));
      },
      rpc::Execution::kPool, kLimits);
}

void Feed::Start() {
  hub_->Start();
  if (sequencer_ != nullptr) sequencer_->Start();
}

void Feed::Stop() {
  if (sequencer_ != nullptr) sequencer_->Stop();
  hub_->Stop();
}

}  // namespace colloquy::feed
