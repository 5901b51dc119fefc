// Imports of guest lists: run by run, one transaction each, with the verdicts kept so that a run
// that is sent again gets them again.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_IMPORT_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_IMPORT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "colloquy/events/v1/events.pb.h"
#include "colloquy/registrations/v1/invitations.pb.h"
#include "google/longrunning/operations.pb.h"
#include "services/common/db/database.h"
#include "services/common/feed/feed.h"
#include "services/registrations/invitation_book.h"
#include "services/registrations/rules/import_records.h"
#include "services/registrations/store/imports.h"
#include "services/registrations/store/operations.h"

namespace colloquy::registrations {

// Begins an import into the event, or goes on with one of the same list that was cut off.
absl::StatusOr<google::longrunning::Operation> StartImport(
    db::Transaction& tx, const events::v1::Event& event,
    const v1::StartInvitationImportRequest& request, absl::Time now);

// The import that a run belongs to, NOT_FOUND if there is none of that event; and the answer that
// the run got before, if it was decided. Reads only, so that what is done already costs no
// transaction.
struct KnownRun {
  store::ImportRow import;
  std::optional<v1::ImportInvitationsResponse> answer;
};
absl::StatusOr<KnownRun> FindKnownRun(db::Transaction& tx, const events::v1::Event& event,
                                      const v1::ImportInvitationsRequest& request,
                                      absl::string_view fingerprint);
// Tells a run's records from all others.
std::string RunFingerprint(const v1::ImportInvitationsRequest& request);

// One record of a run: as it was read and, unless it was rejected, the invitation that it makes if
// there is none yet.
struct PreparedRecord {
  rules::ReadRecord read;
  NewInvitation draft;
};
// What can be done without a transaction, which others wait for, is done here.
absl::StatusOr<std::vector<PreparedRecord>> PrepareRun(const events::v1::Event& event,
                                                       const store::ImportRow& import,
                                                       const v1::ImportInvitationsRequest& request,
                                                       absl::string_view actor, absl::Time now);

// Decides a run; or finds that it was decided meanwhile. Uses up `records`. FIELD_INVALID if it
// does not follow the runs before it, or differs from what was decided; STATE_INVALID if the import
// is done.
absl::StatusOr<v1::ImportInvitationsResponse> ImportRun(db::Transaction& tx, feed::Feed& feed,
                                                        const events::v1::Event& event,
                                                        const v1::ImportInvitationsRequest& request,
                                                        absl::string_view fingerprint,
                                                        std::vector<PreparedRecord> records,
                                                        absl::string_view actor, absl::Time now);

// Ends it; what was imported stays.
absl::Status CancelImport(db::Transaction& tx, store::OperationRow row);

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_IMPORT_H_
