// Rows of a CSV file by the titles of their columns, and which line of the file each began in.
#ifndef COLLOQUY_CLIENTS_CLI_POLIS_ROWS_H_
#define COLLOQUY_CLIENTS_CLI_POLIS_ROWS_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "clients/cli/guest_list/records.h"

namespace colloquy::cli::polis {

// RFC 4180 with commas, in UTF-8; a byte order mark is dropped. Not thread-safe.
class Rows {
 public:
  // `text` must outlive it.
  Rows(std::string file, absl::string_view text);

  // INVALID_ARGUMENT that names the columns which the file lacks.
  absl::Status Require(std::initializer_list<absl::string_view> columns) const;

  bool Next();

  // The cell of the row in this column without white space around it; empty where there is none.
  absl::string_view Cell(absl::string_view column) const;
  // What is wrong with the row as a whole, or empty.
  std::string defect() const;
  int64_t line() const { return row_.line; }
  const std::string& file() const { return file_; }

 private:
  void Feed();

  const std::string file_;
  absl::string_view rest_;
  bool finished_ = false;
  RecordParser parser_{','};
  absl::flat_hash_map<std::string, size_t> columns_;
  size_t width_ = 0;
  Record row_;
};

// The rows of a file of two columns without titles.
std::vector<std::pair<std::string, std::string>> PairsOf(absl::string_view text);

// `text` in small letters of its script (full case folding) with single spaces: what is the same to
// a reader.
std::string FoldedText(absl::string_view text);

}  // namespace colloquy::cli::polis

#endif  // COLLOQUY_CLIENTS_CLI_POLIS_ROWS_H_
