#include "services/registrations/mailings_service.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/email_address.h"
#include "services/common/resource/names.h"
#include "services/common/resource/request_ids.h"
#include "services/common/rpc/db_options.h"
#include "services/registrations/event_ids.h"
#include "services/registrations/mailing.h"
#include "services/registrations/requests.h"
#include "services/registrations/rules/invitations.h"
#include "services/registrations/store/invitations.h"
#include "services/registrations/store/suppressions.h"

namespace colloquy::registrations {
namespace {

using store::MailingRow;
using v1::Delivery;
using v1::Mailing;

constexpr absl::string_view kService = "/colloquy.registrations.v1.MailingsService/";
constexpr int kChunk = 500;
constexpr absl::Duration kRateOver = absl::Seconds(10);

const resource::NamePattern& OrganizerPattern() {
  static const resource::NamePattern pattern("organizers/{organizer}");
  return pattern;
}

struct MailingName {
  std::string organizer;
  Uid uid;  // nil for "-"
};

absl::StatusOr<MailingName> ParseMailing(absl::string_view name, absl::string_view field,
                                         bool may_be_all = false) {
  static const resource::NamePattern pattern("organizers/{organizer}/mailings/{mailing}");
  const absl::string_view id = name.substr(name.rfind('/') + 1);
  if (may_be_all && id == "-") {
    COLLOQUY_ASSIGN_OR_RETURN(
        const std::vector<std::string> ids,
        pattern.Parse(absl::StrCat(name.substr(0, name.size() - 1), "all"), field));
    return MailingName{ids[0], Uid()};
  }
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids, pattern.Parse(name, field));
  const std::optional<Uid> uid = Uid::FromId(ids[1], 'm');
  // Nothing else was ever given out, so it cannot exist.
  if (!uid.has_value()) return errors::NotFound("colloquy/Mailing", name);
  return MailingName{ids[0], *uid};
}

absl::StatusOr<MailingRow> FindMailing(db::Transaction& tx, const MailingName& name,
                                       const std::string& text) {
  COLLOQUY_ASSIGN_OR_RETURN(std::optional<MailingRow> row, store::FindMailing(tx, name.uid));
  if (!row.has_value() || row->organizer != name.organizer)
    return errors::NotFound("colloquy/Mailing", text);
  return *std::move(row);
}

resource::PagePosition PositionOf(const Uid& uid) { return {db::Value::Blob(uid.bytes())}; }

// Positions are made here, so they are what PositionOf makes.
Uid UidOf(const resource::PagePosition& position) {
  if (position.empty()) return Uid();
  const auto* bytes = std::get_if<db::Value::Bytes>(&position[0].variant());
  return bytes == nullptr ? Uid() : Uid::FromBytes(bytes->bytes).value_or(Uid());
}

// What a list begins with, and the token of its next page.
struct Page {
  int32_t size = 0;
  std::string binding;
  Uid after;
};

template <typename Request>
absl::StatusOr<Page> PageOf(const rpc::CallContext& call, const resource::PageTokens& tokens,
                            const Request& request) {
  Page page;
  COLLOQUY_ASSIGN_OR_RETURN(page.size, resource::NormalizePageSize(request.page_size()));
  page.binding = resource::PageBinding(call.method(), call.caller().actor, request);
  COLLOQUY_ASSIGN_OR_RETURN(const resource::PagePosition position,
                            tokens.Decode(request.page_token(), page.binding));
  page.after = UidOf(position);
  return page;
}

// Cuts what was asked for beyond the page; the token if there was some.
template <typename Row>
std::string Cut(std::vector<Row>& rows, const Page& page, const resource::PageTokens& tokens) {
  if (rows.size() <= static_cast<size_t>(page.size)) return "";
  rows.resize(static_cast<size_t>(page.size));
  return tokens.Encode(page.binding, PositionOf(rows.back().uid));
}

// How fast it goes, and when it will be done at that.
absl::Status SetProgress(db::Transaction& tx, const MailingRow& row, absl::Time now,
                         Mailing& mailing) {
  if (row.state != Mailing::SENDING) return absl::OkStatus();
  COLLOQUY_ASSIGN_OR_RETURN(const int64_t sent,
                            store::CountSentSince(tx, row.uid, now - kRateOver));
  const absl::Duration over = std::min(kRateOver, now - row.create_time);
  if (sent == 0 || over <= absl::ZeroDuration()) return absl::OkStatus();
  mailing.set_rate(static_cast<double>(sent) / absl::ToDoubleSeconds(over));
  const int64_t open =
      row.counts[Delivery::QUEUED] + row.counts[Delivery::CLAIMED] + row.counts[Delivery::RETRY];
  if (!row.expanded) return absl::OkStatus();
  const absl::Time end = now + absl::Seconds(static_cast<double>(open) / mailing.rate());
  mailing.mutable_estimated_end_time()->set_seconds(absl::ToUnixSeconds(end));
  return absl::OkStatus();
}

void AddCount(Delivery::State state, int64_t count, Mailing& mailing) {
  if (count == 0) return;
  v1::DeliveryCount& out = *mailing.add_counts();
  out.set_state(state);
  out.set_deliveries(count);
}

}  // namespace

absl::StatusOr<Mailing> MailingsService::WouldSend(const rpc::CallContext& call,
                                                   const events::v1::Event& event,
                                                   const resource::SqlFragment& filter) {
  COLLOQUY_ASSIGN_OR_RETURN(const EventIds ids, IdsOf(event));
  store::UnsentCount count;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(count, store::CountUnsent(tx, ids.uid, ids.organizer, filter));
    return absl::OkStatus();
  }));
  Mailing mailing;
  mailing.set_event(event.name());
  AddCount(Delivery::QUEUED, count.all - count.suppressed, mailing);
  AddCount(Delivery::SUPPRESSED, count.suppressed, mailing);
  return mailing;
}

absl::StatusOr<Mailing> MailingsService::SendInvitations(
    const rpc::CallContext& call, const v1::SendInvitationsRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const resource::SqlFragment filter,
                            resource::CompileFilter(request.filter(), store::InvitationFilters()));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::Once once,
                            resource::Once::Of(call.method(), call.caller().actor, request));
  COLLOQUY_ASSIGN_OR_RETURN(const EventRules::EventPtr event,
                            rules_.Get(request.parent(), absl::Now(), call.deadline()));
  if (request.validate_only()) {
    COLLOQUY_RETURN_IF_ERROR(rules::CheckTakesGuests(*event));
    return WouldSend(call, *event, filter);
  }
  Mailing mailing;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(const bool answered, once.Replay(tx, mailing));
        if (answered) return absl::OkStatus();
        COLLOQUY_RETURN_IF_ERROR(rules::CheckTakesGuests(*event));
        COLLOQUY_ASSIGN_OR_RETURN(
            const MailingRow row,
            StartMailing(tx, feed_, *event, request.filter(), CauseOf(call), absl::Now()));
        mailing = store::ToMailing(row);
        return once.Record(tx, mailing, absl::Now());
      }));
  wake_();
  return mailing;
}

absl::StatusOr<Mailing> MailingsService::GetMailing(const rpc::CallContext& call,
                                                    const v1::GetMailingRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const MailingName name, ParseMailing(request.name(), "name"));
  Mailing mailing;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(const MailingRow row, FindMailing(tx, name, request.name()));
    mailing = store::ToMailing(row);
    return SetProgress(tx, row, absl::Now(), mailing);
  }));
  return mailing;
}

absl::StatusOr<v1::ListMailingsResponse> MailingsService::ListMailings(
    const rpc::CallContext& call, const v1::ListMailingsRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            OrganizerPattern().Parse(request.parent(), "parent"));
  COLLOQUY_ASSIGN_OR_RETURN(const Page page, PageOf(call, tokens_, request));
  std::vector<MailingRow> rows;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(rows, store::ListMailings(tx, ids[0], page.after, page.size + 1));
    return absl::OkStatus();
  }));
  v1::ListMailingsResponse response;
  response.set_next_page_token(Cut(rows, page, tokens_));
  for (const MailingRow& row : rows) {
    Mailing& mailing = *response.add_mailings() = store::ToMailing(row);
    mailing.clear_counts();
  }
  return response;
}

absl::StatusOr<Mailing> MailingsService::CancelMailing(const rpc::CallContext& call,
                                                       const v1::CancelMailingRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const MailingName name, ParseMailing(request.name(), "name"));
  Mailing mailing;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_RETURN_IF_ERROR(FindMailing(tx, name, request.name()).status());
        COLLOQUY_ASSIGN_OR_RETURN(
            const MailingRow row,
            registrations::CancelMailing(tx, feed_, name.uid, CauseOf(call), absl::Now()));
        mailing = store::ToMailing(row);
        return absl::OkStatus();
      }));
  wake_();
  return mailing;
}

absl::StatusOr<v1::ListDeliveriesResponse> MailingsService::ListDeliveries(
    const rpc::CallContext& call, const v1::ListDeliveriesRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const MailingName name,
                            ParseMailing(request.parent(), "parent", /*may_be_all=*/true));
  COLLOQUY_ASSIGN_OR_RETURN(const Page page, PageOf(call, tokens_, request));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::SqlFragment filter,
                            resource::CompileFilter(request.filter(), store::DeliveryFilters()));
  std::vector<store::DeliveryRow> rows;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    if (!name.uid.is_nil())
      COLLOQUY_RETURN_IF_ERROR(FindMailing(tx, name, request.parent()).status());
    COLLOQUY_ASSIGN_OR_RETURN(rows, store::ListDeliveries(tx, name.organizer, name.uid, filter,
                                                          page.after, page.size + 1));
    return absl::OkStatus();
  }));
  v1::ListDeliveriesResponse response;
  response.set_next_page_token(Cut(rows, page, tokens_));
  for (const store::DeliveryRow& row : rows) *response.add_deliveries() = store::ToDelivery(row);
  return response;
}

absl::StatusOr<v1::RetryDeliveriesResponse> MailingsService::RetryDeliveries(
    const rpc::CallContext& call, const v1::RetryDeliveriesRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const MailingName name, ParseMailing(request.parent(), "parent"));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::SqlFragment filter,
                            resource::CompileFilter(request.filter(), store::DeliveryFilters()));
  v1::RetryDeliveriesResponse response;
  Uid after;
  do {
    int64_t count = 0;
    Uid next;
    COLLOQUY_RETURN_IF_ERROR(
        db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
          next = after;
          COLLOQUY_RETURN_IF_ERROR(FindMailing(tx, name, request.parent()).status());
          COLLOQUY_ASSIGN_OR_RETURN(
              count, RetryFailed(tx, feed_, name.uid, filter, CauseOf(call), next, kChunk,
                                 !request.validate_only(), absl::Now()));
          return absl::OkStatus();
        }));
    after = next;
    response.set_delivery_count(response.delivery_count() + count);
  } while (!after.is_nil());
  wake_();
  return response;
}

absl::StatusOr<v1::Suppression> MailingsService::CreateSuppression(
    const rpc::CallContext& call, const v1::CreateSuppressionRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            OrganizerPattern().Parse(request.parent(), "parent"));
  resource::EmailAddress address;
  const resource::AddressFault fault = resource::ParseEmailAddress(
      request.suppression().email(), resource::AddressForm::kBare, &address);
  if (fault != resource::AddressFault::kNone)
    return errors::InvalidField("suppression.email", resource::DescribeFault(fault));
  store::SuppressionRow row{.uid = resource::NewUid(),
                            .organizer = ids[0],
                            .email_key = address.key,
                            .email = address.text,
                            .source = v1::Suppression::STAFF,
                            .create_time = absl::Now()};
  v1::Suppression suppression;
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(const std::optional<store::SuppressionRow> known,
                                  store::FindSuppression(tx, ids[0], address.key));
        suppression = store::ToSuppression(known.value_or(row));
        if (known.has_value() || request.validate_only()) return absl::OkStatus();
        COLLOQUY_RETURN_IF_ERROR(store::AddSuppression(tx, row).status());
        // Without the address, so that erasure later need not rewrite history.
        v1::Suppression shown = suppression;
        shown.clear_email();
        return feed_.Append(
            tx, feed::MakeRecord(changes::v1::Change::CREATED, shown, call.caller().actor,
                                 "CreateSuppression", absl::Now()));
      }));
  return suppression;
}

absl::StatusOr<v1::ListSuppressionsResponse> MailingsService::ListSuppressions(
    const rpc::CallContext& call, const v1::ListSuppressionsRequest& request) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            OrganizerPattern().Parse(request.parent(), "parent"));
  COLLOQUY_ASSIGN_OR_RETURN(const Page page, PageOf(call, tokens_, request));
  COLLOQUY_ASSIGN_OR_RETURN(const resource::SqlFragment filter,
                            resource::CompileFilter(request.filter(), store::SuppressionFilters()));
  std::vector<store::SuppressionRow> rows;
  COLLOQUY_RETURN_IF_ERROR(db_.Read(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
    COLLOQUY_ASSIGN_OR_RETURN(
        rows, store::ListSuppressions(tx, ids[0], filter, page.after, page.size + 1));
    return absl::OkStatus();
  }));
  v1::ListSuppressionsResponse response;
  response.set_next_page_token(Cut(rows, page, tokens_));
  for (const store::SuppressionRow& row : rows)
    *response.add_suppressions() = store::ToSuppression(row);
  return response;
}

absl::StatusOr<google::protobuf::Empty> MailingsService::DeleteSuppression(
    const rpc::CallContext& call, const v1::DeleteSuppressionRequest& request) {
  static const resource::NamePattern pattern("organizers/{organizer}/suppressions/{suppression}");
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<std::string> ids,
                            pattern.Parse(request.name(), "name"));
  const std::optional<Uid> uid = Uid::FromId(ids[1], 's');
  if (!uid.has_value()) return errors::NotFound("colloquy/Suppression", request.name());
  COLLOQUY_RETURN_IF_ERROR(
      db_.Write(rpc::DbOptions(call), [&](db::Transaction& tx) -> absl::Status {
        COLLOQUY_ASSIGN_OR_RETURN(const std::optional<store::SuppressionRow> row,
                                  store::FindSuppressionByUid(tx, ids[0], *uid));
        if (!row.has_value()) return errors::NotFound("colloquy/Suppression", request.name());
        if (request.validate_only()) return absl::OkStatus();
        COLLOQUY_RETURN_IF_ERROR(store::DeleteSuppression(tx, *row));
        v1::Suppression shown = store::ToSuppression(*row);
        shown.clear_email();
        return feed_.Append(
            tx, feed::MakeRecord(changes::v1::Change::DELETED, shown, call.caller().actor,
                                 "DeleteSuppression", absl::Now()));
      }));
  return google::protobuf::Empty();
}

void MailingsService::Mount(rpc::Service& table) {
  using rpc::CallContext;
  const auto unary = [&]<typename Req, typename Resp>(
                         absl::string_view name, absl::StatusOr<Resp> (MailingsService::*handler)(
                                                     const CallContext&, const Req&)) {
    table.Unary<Req, Resp>(name, rpc::Execution::kPool,
                           [this, handler](const CallContext& call, const Req& request) {
                             return (this->*handler)(call, request);
                           });
  };
  unary("SendInvitations", &MailingsService::SendInvitations);
  unary("GetMailing", &MailingsService::GetMailing);
  unary("ListMailings", &MailingsService::ListMailings);
  unary("CancelMailing", &MailingsService::CancelMailing);
  unary("ListDeliveries", &MailingsService::ListDeliveries);
  unary("RetryDeliveries", &MailingsService::RetryDeliveries);
  unary("CreateSuppression", &MailingsService::CreateSuppression);
  unary("ListSuppressions", &MailingsService::ListSuppressions);
  unary("DeleteSuppression", &MailingsService::DeleteSuppression);
}

std::vector<auth::Permission> MailingsPermissions() {
  const auth::Roles read_people = auth::kDesks | auth::kModerators;
  const auto method = [](absl::string_view name) { return absl::StrCat(kService, name); };
  return {
      {method("SendInvitations"), auth::kManagers, {"parent"}},
      {method("GetMailing"), auth::kStaff, {"name"}},
      {method("ListMailings"), auth::kStaff, {"parent"}},
      {method("CancelMailing"), auth::kManagers, {"name"}},
      {method("ListDeliveries"), read_people, {"parent"}},
      {method("RetryDeliveries"), auth::kManagers, {"parent"}},
      {method("CreateSuppression"), auth::kManagers, {"parent"}},
      {method("ListSuppressions"), read_people, {"parent"}},
      {method("DeleteSuppression"), auth::kManagers, {"name"}},
  };
}

}  // namespace colloquy::registrations
