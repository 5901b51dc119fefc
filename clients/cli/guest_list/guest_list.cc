#include "clients/cli/guest_list/guest_list.h"

#include <openssl/evp.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "clients/cli/guest_list/header.h"

namespace colloquy::cli {
namespace {

using registrations::v1::ImportColumn;
using registrations::v1::ImportRecord;

constexpr size_t kPieceBytes = 64 << 10;
constexpr char kDelimiters[] = {',', ';', '\t', '|'};

struct DigestClose {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// How well a delimiter fits: whole points for an address column, a fraction for even records.
double FitOf(char delimiter, absl::string_view text) {
  RecordParser parser(delimiter);
  parser.Feed(text);
  parser.Finish();
  Record record;
  if (!parser.Next(&record) || record.cells.size() < 2) return 0;
  const size_t width = record.cells.size();
  const bool addresses = std::any_of(
      record.cells.begin(), record.cells.end(),
      [](const std::string& title) { return FieldOfTitle(title) == ImportColumn::EMAIL; });
  int records = 1, even = 1;
  while (parser.Next(&record)) {
    ++records;
    even += record.cells.size() == width ? 1 : 0;
  }
  return (addresses ? 1 : 0) + static_cast<double>(even) / records;
}

std::string DetectLineEnd(absl::string_view text) {
  const size_t at = text.find_first_of("\r\n");
  if (at == absl::string_view::npos || text[at] == '\n') return "\n";
  return absl::StartsWith(text.substr(at), "\r\n") ? "\r\n" : "\r";
}

// Excel's own first line, `sep=;`: the delimiter, or 0.
char DelimiterOfSepLine(absl::string_view text) {
  if (!absl::ConsumePrefix(&text, "sep=") || text.size() < 2) return 0;
  const bool usable = text[0] > ' ' || text[0] == '\t';
  return usable && text[0] != '"' && (text[1] == '\r' || text[1] == '\n') ? text[0] : 0;
}

}  // namespace

std::string DelimiterWord(char delimiter) {
  switch (delimiter) {
    case ',':
      return "comma";
    case ';':
      return "semicolon";
    case '\t':
      return "tab";
    case '|':
      return "vertical bar";
    default:
      return std::string(1, delimiter);
  }
}

char DetectDelimiter(absl::string_view text) {
  if (const char delimiter = DelimiterOfSepLine(text); delimiter != 0) return delimiter;
  char best = ',';
  double fit = 0;
  for (const char delimiter : kDelimiters) {
    const double its = FitOf(delimiter, text);
    if (its <= fit) continue;
    best = delimiter;
    fit = its;
  }
  return best;
}

absl::StatusOr<std::unique_ptr<GuestList>> GuestList::Open(const std::string& path,
                                                           const ListOptions& options) {
  std::unique_ptr<GuestList> list(new GuestList(path));
  if (!list->file_) return absl::InvalidArgumentError(absl::StrCat("Cannot read ", path, "."));
  if (absl::Status status = list->Scan(options); !status.ok()) return status;
  if (absl::Status status = list->Begin(options.maps); !status.ok()) return status;
  return list;
}

absl::Status GuestList::Scan(const ListOptions& options) {
  const std::unique_ptr<EVP_MD_CTX, DigestClose> digest(EVP_MD_CTX_new());
  EVP_DigestInit_ex(digest.get(), EVP_sha256(), nullptr);
  EncodingDetector detector;
  std::string piece(kPieceBytes, '\0'), head;
  while (file_.read(piece.data(), static_cast<std::streamsize>(piece.size())), file_.gcount() > 0) {
    const absl::string_view bytes(piece.data(), static_cast<size_t>(file_.gcount()));
    if (head.empty()) head = std::string(bytes);
    EVP_DigestUpdate(digest.get(), bytes.data(), bytes.size());
    detector.Feed(bytes);
    byte_count_ += static_cast<int64_t>(bytes.size());
  }
  if (file_.bad()) return absl::InvalidArgumentError("The file cannot be read to its end.");
  unsigned char sum[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_DigestFinal_ex(digest.get(), sum, &size);
  fingerprint_.assign(reinterpret_cast<const char*>(sum), size);

  dialect_.encoding = options.encoding.empty() ? detector.Detect() : EncodingOfMark(head);
  if (!options.encoding.empty()) dialect_.encoding.name = options.encoding;
  absl::StatusOr<std::unique_ptr<TextDecoder>> decoder = TextDecoder::Open(dialect_.encoding.name);
  if (!decoder.ok()) return decoder.status();
  std::string text;
  (*decoder)->Decode(absl::string_view(head).substr(dialect_.encoding.mark.size()), false, &text);
  dialect_.delimiter = options.delimiter != 0 ? options.delimiter : DetectDelimiter(text);
  dialect_.line_end = DetectLineEnd(text);
  return absl::OkStatus();
}

absl::Status GuestList::Begin(const std::vector<std::string>& maps) {
  absl::StatusOr<std::unique_ptr<TextDecoder>> decoder = TextDecoder::Open(dialect_.encoding.name);
  if (!decoder.ok()) return decoder.status();
  decoder_ = *std::move(decoder);
  parser_ = std::make_unique<RecordParser>(dialect_.delimiter);
  file_.clear();
  byte_offset_ = static_cast<int64_t>(dialect_.encoding.mark.size());
  file_.seekg(byte_offset_);

  Record record;
  absl::StatusOr<bool> found = Read(&record);
  if (found.ok() && *found && record.line == 1 && absl::StartsWith(record.cells[0], "sep=")) {
    found = Read(&record);
  }
  if (!found.ok()) return found.status();
  if (!*found) return absl::InvalidArgumentError("The list is empty.");
  if (record.defect != ImportRecord::DEFECT_UNSPECIFIED) {
    return absl::InvalidArgumentError(
        absl::StrCat("The titles of the columns cannot be read as ", dialect_.encoding.name, ": ",
                     ImportRecord::Defect_Name(record.defect), " in line ", record.line,
                     ". Try another --encoding or --delimiter."));
  }
  titles_ = std::move(record.cells);
  absl::StatusOr<std::vector<ImportColumn>> columns = MapHeader(titles_, maps);
  if (!columns.ok()) return columns.status();
  columns_ = *std::move(columns);
  return absl::OkStatus();
}

absl::Status GuestList::ReadPiece() {
  char piece[kPieceBytes];
  file_.read(piece, sizeof(piece));
  const auto size = static_cast<size_t>(file_.gcount());
  byte_offset_ += static_cast<int64_t>(size);
  std::string text;
  decoder_->Decode(absl::string_view(piece, size), /*last=*/size == 0, &text);
  parser_->Feed(text);
  if (size > 0) return absl::OkStatus();
  parser_->Finish();
  finished_ = true;
  if (byte_offset_ == byte_count_) return absl::OkStatus();
  return absl::DataLossError("The file was changed while it was read. Import it again.");
}

absl::StatusOr<bool> GuestList::Read(Record* record) {
  while (!parser_->Next(record)) {
    if (finished_) return false;
    if (absl::Status status = ReadPiece(); !status.ok()) return status;
  }
  // Spreadsheets end records with delimiters that mean nothing.
  while (!titles_.empty() && record->cells.size() > titles_.size() &&
         record->cells.back().empty()) {
    record->cells.pop_back();
  }
  if (!titles_.empty() && record->cells.size() > titles_.size() &&
      record->defect == ImportRecord::DEFECT_UNSPECIFIED) {
    record->defect = ImportRecord::TOO_MANY_CELLS;
  }
  return true;
}

absl::StatusOr<std::vector<Record>> GuestList::Peek(size_t count) {
  Record record;
  while (peeked_.size() < count) {
    const absl::StatusOr<bool> found = Read(&record);
    if (!found.ok()) return found.status();
    if (!*found) break;
    peeked_.push_back(std::move(record));
  }
  return std::vector<Record>(peeked_.begin(), peeked_.begin() + std::min(count, peeked_.size()));
}

absl::StatusOr<bool> GuestList::Next(Record* record) {
  if (peeked_.empty()) return Read(record);
  *record = std::move(peeked_.front());
  peeked_.pop_front();
  return true;
}

}  // namespace colloquy::cli
