// A guest list in whatever shape a spreadsheet left it. Not thread-safe.
#ifndef COLLOQUY_CLIENTS_CLI_GUEST_LIST_GUEST_LIST_H_
#define COLLOQUY_CLIENTS_CLI_GUEST_LIST_GUEST_LIST_H_

#include <cstdint>
#include <deque>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "clients/cli/guest_list/encoding.h"
#include "clients/cli/guest_list/records.h"
#include "colloquy/registrations/v1/invitations.pb.h"

namespace colloquy::cli {

// What the reader is told instead of finding it out.
struct ListOptions {
  std::string encoding;  // as ICU knows it; empty: detected
  char delimiter = 0;    // 0: detected
  // COLUMN=FIELD, see MapHeader.
  std::vector<std::string> maps;
};

// How a list is written.
struct Dialect {
  Encoding encoding;
  char delimiter = ',';
  std::string line_end = "\n";
};

// "comma", "semicolon", "tab", "vertical bar", or the character itself.
std::string DelimiterWord(char delimiter);

// The delimiter of `text`, the beginning of a list: the one of , ; tab | with which the title of
// an address column is found and most records have as many cells as the first.
char DetectDelimiter(absl::string_view text);

// Reads a file twice: once as a whole, for fingerprint and encoding, then record by record. Memory
// does not grow with the file.
class GuestList {
 public:
  // INVALID_ARGUMENT, with the way out, for files that cannot be read, are empty, or have no
  // column of addresses.
  static absl::StatusOr<std::unique_ptr<GuestList>> Open(const std::string& path,
                                                         const ListOptions& options);

  const Dialect& dialect() const { return dialect_; }
  // SHA-256 of the file's bytes.
  const std::string& fingerprint() const { return fingerprint_; }
  int64_t byte_count() const { return byte_count_; }
  // The first record.
  const std::vector<std::string>& titles() const { return titles_; }
  const std::vector<registrations::v1::ImportColumn>& columns() const { return columns_; }

  // The next `count` records, or as many as there are, without taking them. Few.
  absl::StatusOr<std::vector<Record>> Peek(size_t count);
  // Takes the next record; false at the end. DATA_LOSS if the file was changed meanwhile.
  absl::StatusOr<bool> Next(Record* record);
  // Bytes of the file that were read so far; the same at the same record every time.
  int64_t byte_offset() const { return byte_offset_; }

 private:
  explicit GuestList(const std::string& path) : file_(path, std::ios::binary) {}
  absl::Status Scan(const ListOptions& options);
  absl::Status Begin(const std::vector<std::string>& maps);
  absl::StatusOr<bool> Read(Record* record);
  absl::Status ReadPiece();

  std::ifstream file_;
  Dialect dialect_;
  std::string fingerprint_;
  int64_t byte_count_ = 0;
  int64_t byte_offset_ = 0;
  std::vector<std::string> titles_;
  std::vector<registrations::v1::ImportColumn> columns_;
  std::unique_ptr<TextDecoder> decoder_;
  std::unique_ptr<RecordParser> parser_;
  std::deque<Record> peeked_;
  bool finished_ = false;
};

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_GUEST_LIST_GUEST_LIST_H_
