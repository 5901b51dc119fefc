// Many records from a file, with progress and a verdict on each.
#ifndef COLLOQUY_CLIENTS_CLI_IMPORTING_H_
#define COLLOQUY_CLIENTS_CLI_IMPORTING_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/cli/session.h"
#include "colloquy/registrations/v1/registrations.pb.h"

namespace colloquy::cli {

// A UUID that is the same for the same text: an import that is run again replays its calls.
std::string UuidOf(absl::string_view text);

// Creates an event for every record of `path`, `parallel` at a time. The id is the last segment of
// the record's `name`, else made of its title and content: run again, the import finds what is
// there ("exists") and goes on. Records that the server refuses are reported and set exit code 8.
absl::Status ImportEvents(Session& session, const std::string& path, bool publish, int parallel);

struct RegistrationImport {
  std::string event;  // full name
  std::string path;
  int batch_size = 100;
  // Send the records of a refused batch one by one.
  bool singly = false;
  // Do not replay an earlier run of the same import.
  bool fresh = false;
  bool force = false;
};

// Registrations from CSV (a header names the columns) or JSON, in atomic batches.
absl::Status ImportRegistrations(Session& session, const RegistrationImport& import);

// Rows of CSV with a header as registrations. Columns: email, given_name, family_name, title,
// organisation, region_code, language_code, category, party_size, attendance_mode, priority,
// external_reference, and answers.ID for the form.
absl::StatusOr<std::vector<registrations::v1::Registration>> RegistrationsFromCsv(
    absl::string_view text);

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_IMPORTING_H_
