#include "services/registrations/decide.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/registrations/batch.h"
#include "services/registrations/callers.h"
#include "services/registrations/event_ids.h"
#include "services/registrations/rules/admission.h"
#include "services/registrations/rules/states.h"
#include "services/registrations/seat_book.h"

namespace colloquy::registrations {
namespace {

using events::v1::Event;

absl::Status AdmitDraft(const Event& event, const Op& op, const Draft& draft, absl::Time now) {
  COLLOQUY_RETURN_IF_ERROR(errors::InvalidFields(
      rules::CheckAgainst(event, draft.registration, draft.path, op.invited_people)));
  if (op.answer.has_value()) return rules::CheckTakesGuests(event);
  if (op.force) return absl::OkStatus();
  COLLOQUY_RETURN_IF_ERROR(rules::CheckOpen(event, now));
  return rules::CheckDomain(event, draft.email_key);
}

}  // namespace

void Admit(const Event& event, Op& op, absl::Time now) {
  op.admission = absl::OkStatus();
  if (!IsStaff(op.caller)) {
    if (op.action == rules::Action::kCancel) op.admission = rules::CheckCancellation(event, now);
    if (op.edit.has_value()) op.admission = rules::CheckModification(event, now);
  }
  // Not even by force: a draft may still be deleted, with all that hangs on it.
  if (op.force && event.state() == Event::DRAFT) op.admission = rules::CheckOpen(event, now);
  for (Draft& draft : op.drafts) {
    if (!op.admission.ok()) return;
    rules::FillDefaults(event, draft.registration);
    draft.uid = resource::NewUid();
    draft.registration.set_uid(draft.uid.ToUuid());
    draft.registration.set_name(absl::StrCat(event.name(), "/registrations/", draft.uid.ToId('r')));
    op.admission = AdmitDraft(event, op, draft, now);
  }
}

absl::Status Decide(db::Transaction& tx, feed::Feed& feed, const Event& event,
                    absl::Span<Op* const> ops, absl::Time now) {
  COLLOQUY_ASSIGN_OR_RETURN(const EventIds ids, IdsOf(event));
  COLLOQUY_ASSIGN_OR_RETURN(SeatBook book, SeatBook::Open(tx, ids.uid, ids.organizer, ids.id, now));
  return Batch(tx, feed, event, std::move(book), now).Run(ops);
}

}  // namespace colloquy::registrations
