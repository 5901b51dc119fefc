// Records of a guest list, from its text as it comes in. Not thread-safe.
#ifndef COLLOQUY_CLIENTS_CLI_GUEST_LIST_RECORDS_H_
#define COLLOQUY_CLIENTS_CLI_GUEST_LIST_RECORDS_H_

#include <csv.h>

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "colloquy/registrations/v1/invitations.pb.h"

namespace colloquy::cli {

// A record longer than this is not read on.
inline constexpr size_t kMaxRecordBytes = 64 << 10;

struct Record {
  // Where it begins in the file, from 1.
  int64_t line = 0;
  // Well-formed UTF-8; U+FFFD for what was none.
  std::vector<std::string> cells;
  registrations::v1::ImportRecord::Defect defect =
      registrations::v1::ImportRecord::DEFECT_UNSPECIFIED;
};

// RFC 4180 with any delimiter, and what programs make of it: CR, LF or CRLF ends a record outside
// quotation marks, a mark inside a cell that does not begin with one is text, white space is kept.
// Records without any text (blank lines, rows of delimiters) are passed over.
//
// A record beyond kMaxRecordBytes is TOO_LONG and ends with the line in which it became that: a
// mark that is missing costs that much of a list and not all that follows. Memory is bounded by
// that, whatever comes.
class RecordParser {
 public:
  explicit RecordParser(char delimiter);
  ~RecordParser();
  RecordParser(const RecordParser&) = delete;
  RecordParser& operator=(const RecordParser&) = delete;

  // The next piece of text, as TextDecoder gives it.
  void Feed(absl::string_view text);
  // Nothing comes after. Once.
  void Finish();

  // Takes the oldest record that is complete; false if there is none.
  bool Next(Record* record);

 private:
  static void OnCell(void* text, size_t size, void* self);
  static void OnRow(int terminator, void* self);
  void Begin();
  void FeedLine(absl::string_view piece, bool ends);
  void Complete();

  const char delimiter_;
  csv_parser csv_;
  std::deque<Record> complete_;
  Record record_;
  size_t bytes_ = 0;  // of the record so far
  int64_t line_ = 1;
  bool after_cr_ = false;
  bool row_ended_ = false;
  bool skipping_ = false;
};

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_GUEST_LIST_RECORDS_H_
