// Records from files: JSON, YAML and CSV.
#ifndef COLLOQUY_CLIENTS_CLI_FILES_H_
#define COLLOQUY_CLIENTS_CLI_FILES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/cli/terminal.h"
#include "google/protobuf/message.h"

namespace colloquy::cli {

// The whole file; stdin for "-". At most 256 MiB. Usage error if it cannot be read.
absl::StatusOr<std::string> ReadFile(Io& io, const std::string& path);

// One message from JSON or YAML (which of them is seen from the text). An unknown field is an
// error. YAML scalars take the type of the field they are for, so that `postal_code: 10117` is
// text.
absl::Status ParseMessage(absl::string_view text, google::protobuf::Message* message);

// The texts of all records of a JSON array, or of JSON lines (one object a line).
absl::StatusOr<std::vector<std::string>> SplitJsonRecords(absl::string_view text);

// Rows of RFC 4180, the first one included; a byte order mark is dropped, empty lines too. Cells
// may hold line breaks in quotes. Cells may be separated by semicolons or tabs instead of commas,
// as the first row is.
absl::StatusOr<std::vector<std::vector<std::string>>> ParseCsv(absl::string_view text);

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_FILES_H_
