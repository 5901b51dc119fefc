// What the columns of a guest list hold, seen from their titles. Pure and thread-safe.
#ifndef COLLOQUY_CLIENTS_CLI_GUEST_LIST_HEADER_H_
#define COLLOQUY_CLIENTS_CLI_GUEST_LIST_HEADER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "colloquy/registrations/v1/invitations.pb.h"

namespace colloquy::cli {

// Titles of the columns that a file of rejected records has in addition; they are passed over when
// that file is imported.
inline constexpr char kReasonColumn[] = "rejected_reason";
inline constexpr char kMessageColumn[] = "rejected_message";

// The field that a title names in English, German, French, Spanish or Italian; PLACEHOLDER for any
// other, FIELD_UNSPECIFIED for none and for the columns above. Case, accents, white space and
// punctuation do not matter.
registrations::v1::ImportColumn::Field FieldOfTitle(absl::string_view title);

// Whether at least two titles of this line, whatever divides them, are German, French, Spanish or
// Italian words and not English ones: the list comes from a computer of Western Europe.
bool HasWesternTitles(absl::string_view line);

// The word for a field in --map and in what is shown: "email", "given_name", …, "ignore".
std::string FieldWord(registrations::v1::ImportColumn::Field field);

// A column for each title. Where several name one field, the first has it and the others become
// placeholders. Each of `maps` is COLUMN=FIELD and comes before that: COLUMN is a title, or a
// number from 1. INVALID_ARGUMENT with the way out where no column, or more than one, holds
// addresses, and where the contract's limits are passed: 1,000 columns, 20 placeholders.
absl::StatusOr<std::vector<registrations::v1::ImportColumn>> MapHeader(
    const std::vector<std::string>& titles, const std::vector<std::string>& maps);

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_GUEST_LIST_HEADER_H_
