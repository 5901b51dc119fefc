// The records of a list that were rejected, in the list's own dialect. Not thread-safe.
#ifndef COLLOQUY_CLIENTS_CLI_GUEST_LIST_REJECTED_FILE_H_
#define COLLOQUY_CLIENTS_CLI_GUEST_LIST_REJECTED_FILE_H_

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "clients/cli/guest_list/guest_list.h"

namespace colloquy::cli {

// `guests.csv` → `guests.rejected.csv`; `guests.rejected.csv` → `guests.rejected-2.csv`, and so on:
// a list never overwrites itself.
std::string RejectedPath(const std::string& path);

// A cell with quotation marks where it needs them.
std::string QuoteCell(absl::string_view cell, char delimiter);

// Two columns are added at the end: why, as a word, and the same in words with the line of the
// list. Corrected and imported, the file finishes the job. A list that has these columns already
// does not get them twice.
//
// The file appears under its name with Finish; until then, and if Finish is never called, what an
// earlier run left stays. It is not made at all while nothing was rejected.
class RejectedFile {
 public:
  // `list` must outlive this.
  RejectedFile(std::string path, const GuestList* list);
  ~RejectedFile();
  RejectedFile(const RejectedFile&) = delete;
  RejectedFile& operator=(const RejectedFile&) = delete;

  absl::Status Add(const Record& record, absl::string_view reason, absl::string_view message);
  absl::Status Finish();

  const std::string& path() const { return path_; }
  int64_t count() const { return count_; }

 private:
  absl::Status Begin();
  absl::Status Write(std::vector<std::string> cells);

  const std::string path_;
  const std::string unfinished_;
  const GuestList* const list_;
  const bool has_columns_;
  std::unique_ptr<TextEncoder> encoder_;
  std::ofstream file_;
  int64_t count_ = 0;
};

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_GUEST_LIST_REJECTED_FILE_H_
