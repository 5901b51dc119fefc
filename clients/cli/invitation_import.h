// `invitations import`: a guest list becomes invitations, run by run.
#ifndef COLLOQUY_CLIENTS_CLI_INVITATION_IMPORT_H_
#define COLLOQUY_CLIENTS_CLI_INVITATION_IMPORT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "clients/cli/guest_list/guest_list.h"
#include "clients/cli/session.h"
#include "colloquy/registrations/v1/invitations.pb.h"

namespace colloquy::cli {

struct InvitationImport {
  std::string event;  // full name
  std::string path;
  ListOptions list;
  std::string category;
  bool reserve_seats = false;
  std::optional<google::protobuf::Timestamp> expire_time;
};

// The next run of a list: up to 1,000 records, fewer where they are long, the same at the same
// place every time. Sets records, `first_record`, `last` and `byte_offset` of `request`; `records`
// are what they were made of. `first_record` is the number of the run's first one.
absl::Status NextRun(GuestList& list, int64_t first_record,
                     registrations::v1::ImportInvitationsRequest* request,
                     std::vector<Record>* records);

// Shows what was found out about the list and asks; then imports it. All runs are sent from the
// first one on, also where an earlier import goes on: the server answers those that it decided
// before with the same verdicts, and so the file of rejected records is whole. Rejected records
// set exit code 8.
absl::Status ImportInvitations(Session& session, const InvitationImport& import);

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_INVITATION_IMPORT_H_
