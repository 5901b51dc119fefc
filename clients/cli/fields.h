// Any message as text: one field for a table's cell, or all fields for a sheet.
#ifndef COLLOQUY_CLIENTS_CLI_FIELDS_H_
#define COLLOQUY_CLIENTS_CLI_FIELDS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"

namespace colloquy::cli {

struct TextStyle {
  // For times of messages that have no `time_zone` of their own.
  absl::TimeZone zone = absl::UTCTimeZone();
  // RFC 3339 times, for other programs.
  bool for_machines = false;
};

// The text of the field at `path` ("registration.capacity", "startTime"), empty where it is not
// set; lists are joined with ", ". "id" is the last segment of `name`. Usage error for a path that
// the message does not have.
absl::StatusOr<std::string> FieldText(const google::protobuf::Message& message,
                                      absl::string_view path, const TextStyle& style);

// OK if FieldText can show `path` of such messages; else a usage error with the way out.
absl::Status CheckField(const google::protobuf::Message& prototype, absl::string_view path);

// Every filled field by its path, in the contract's order.
std::vector<std::pair<std::string, std::string>> AllFields(const google::protobuf::Message& message,
                                                           const TextStyle& style);

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_FIELDS_H_
