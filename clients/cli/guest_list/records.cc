#include "clients/cli/guest_list/records.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_replace.h"
#include "clients/cli/guest_list/encoding.h"

namespace colloquy::cli {
namespace {

using registrations::v1::ImportRecord;

bool HasText(const Record& record) {
  return std::any_of(record.cells.begin(), record.cells.end(), [](const std::string& cell) {
    return cell.find_first_not_of(" \t\r\n") != std::string::npos;
  });
}

}  // namespace

RecordParser::RecordParser(char delimiter) : delimiter_(delimiter) { Begin(); }

RecordParser::~RecordParser() { csv_free(&csv_); }

void RecordParser::Begin() {
  csv_init(&csv_, 0);
  csv_set_delim(&csv_, static_cast<unsigned char>(delimiter_));
  // White space is part of a cell; the server knows which of it means nothing.
  csv_set_space_func(&csv_, [](unsigned char) { return 0; });
}

void RecordParser::OnCell(void* text, size_t size, void* self) {
  auto* parser = static_cast<RecordParser*>(self);
  parser->record_.cells.emplace_back(static_cast<const char*>(text), size);
}

void RecordParser::OnRow(int, void* self) { static_cast<RecordParser*>(self)->row_ended_ = true; }

void RecordParser::Feed(absl::string_view text) {
  while (!text.empty()) {
    if (after_cr_ && text[0] == '\n' && bytes_ == 0) {
      after_cr_ = false;
      text.remove_prefix(1);
      continue;
    }
    const size_t end = text.find_first_of("\r\n");
    const bool ends = end != absl::string_view::npos;
    const absl::string_view piece = ends ? text.substr(0, end + 1) : text;
    text.remove_prefix(piece.size());
    // The LF of a CRLF inside quotation marks is no line of its own.
    const bool second_half = after_cr_ && piece == "\n";
    after_cr_ = ends && piece.back() == '\r';
    FeedLine(piece, ends);
    if (ends && !second_half) ++line_;
  }
}

void RecordParser::FeedLine(absl::string_view piece, bool ends) {
  if (bytes_ == 0) {
    if (ends && piece.size() == 1) return;
    record_.line = line_;
  }
  if (!skipping_ && bytes_ + piece.size() > kMaxRecordBytes) {
    // What fits is kept, to be shown in the file of rejected records.
    piece = piece.substr(0, kMaxRecordBytes - bytes_);
    csv_parse(&csv_, piece.data(), piece.size(), OnCell, OnRow, this);
    csv_fini(&csv_, OnCell, OnRow, this);
    csv_free(&csv_);
    Begin();
    record_.defect = ImportRecord::TOO_LONG;
    skipping_ = true;
  }
  bytes_ += piece.size();
  if (!skipping_) csv_parse(&csv_, piece.data(), piece.size(), OnCell, OnRow, this);
  if (skipping_ ? ends : row_ended_) Complete();
}

void RecordParser::Complete() {
  for (std::string& cell : record_.cells) {
    if (cell.find(kBadByte) == std::string::npos) continue;
    cell = absl::StrReplaceAll(cell, {{absl::string_view(&kBadByte, 1), "\uFFFD"}});
    if (record_.defect == ImportRecord::DEFECT_UNSPECIFIED) {
      record_.defect = ImportRecord::INVALID_ENCODING;
    }
  }
  if (HasText(record_)) complete_.push_back(std::move(record_));
  record_ = {};
  bytes_ = 0;
  row_ended_ = false;
  skipping_ = false;
}

void RecordParser::Finish() {
  if (bytes_ == 0) return;
  if (!skipping_) {
    csv_set_opts(&csv_, CSV_STRICT | CSV_STRICT_FINI);
    if (csv_fini(&csv_, OnCell, OnRow, this) != 0) {
      record_.defect = ImportRecord::UNTERMINATED_QUOTE;
      csv_set_opts(&csv_, 0);
      csv_fini(&csv_, OnCell, OnRow, this);
    }
  }
  Complete();
}

bool RecordParser::Next(Record* record) {
  if (complete_.empty()) return false;
  *record = std::move(complete_.front());
  complete_.pop_front();
  return true;
}

}  // namespace colloquy::cli
