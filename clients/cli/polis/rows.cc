#include "clients/cli/polis/rows.h"

#include <unicode/unistr.h>

#include <algorithm>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "clients/cli/guest_list/encoding.h"

namespace colloquy::cli::polis {
namespace {

using registrations::v1::ImportRecord;

constexpr size_t kPiece = 64 << 10;

// The next lines of `rest`, whole characters always: UTF-8 does not cut through a line end.
absl::string_view TakePiece(absl::string_view* rest) {
  size_t end = rest->size() <= kPiece ? rest->size() : rest->find('\n', kPiece);
  end = end >= rest->size() ? rest->size() : end + 1;
  const absl::string_view piece = rest->substr(0, end);
  rest->remove_prefix(std::min(end, rest->size()));
  return piece;
}

void FeedPiece(absl::string_view piece, RecordParser* parser) {
  const auto decoder = TextDecoder::Open("UTF-8");
  if (!decoder.ok()) return;
  std::string text;
  (*decoder)->Decode(piece, /*last=*/true, &text);
  parser->Feed(text);
}

}  // namespace

Rows::Rows(std::string file, absl::string_view text) : file_(std::move(file)), rest_(text) {
  absl::ConsumePrefix(&rest_, "\xEF\xBB\xBF");
  Record header;
  while (!parser_.Next(&header)) {
    if (finished_) return;
    Feed();
  }
  width_ = header.cells.size();
  for (size_t i = 0; i < header.cells.size(); ++i) {
    columns_.emplace(absl::AsciiStrToLower(absl::StripAsciiWhitespace(header.cells[i])), i);
  }
}

void Rows::Feed() {
  if (rest_.empty()) {
    parser_.Finish();
    finished_ = true;
  } else {
    FeedPiece(TakePiece(&rest_), &parser_);
  }
}

absl::Status Rows::Require(std::initializer_list<absl::string_view> columns) const {
  std::vector<absl::string_view> missing;
  for (const absl::string_view column : columns) {
    if (!columns_.contains(column)) missing.push_back(column);
  }
  if (missing.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(file_, " lacks the column",
                                                 missing.size() > 1 ? "s " : " ",
                                                 absl::StrJoin(missing, ", "), "."));
}

bool Rows::Next() {
  while (!parser_.Next(&row_)) {
    if (finished_) return false;
    Feed();
  }
  return true;
}

absl::string_view Rows::Cell(absl::string_view column) const {
  const auto found = columns_.find(column);
  if (found == columns_.end() || found->second >= row_.cells.size()) return "";
  return absl::StripAsciiWhitespace(row_.cells[found->second]);
}

std::string Rows::defect() const {
  switch (row_.defect) {
    case ImportRecord::TOO_LONG:
      return "the row is longer than 64 KiB: is a quotation mark missing?";
    case ImportRecord::UNTERMINATED_QUOTE:
      return "a quotation mark is never closed";
    case ImportRecord::INVALID_ENCODING:
      return "the row is not UTF-8";
    default:
      break;
  }
  if (row_.cells.size() == width_) return "";
  return absl::StrCat("the row has ", row_.cells.size(), " cells, the first one ", width_);
}

std::vector<std::pair<std::string, std::string>> PairsOf(absl::string_view text) {
  absl::ConsumePrefix(&text, "\xEF\xBB\xBF");
  std::vector<std::pair<std::string, std::string>> pairs;
  RecordParser parser(',');
  while (!text.empty()) FeedPiece(TakePiece(&text), &parser);
  parser.Finish();
  Record record;
  while (parser.Next(&record)) {
    if (record.cells.size() < 2) continue;
    pairs.emplace_back(absl::AsciiStrToLower(absl::StripAsciiWhitespace(record.cells[0])),
                       std::string(absl::StripAsciiWhitespace(record.cells[1])));
  }
  return pairs;
}

std::string FoldedText(absl::string_view text) {
  std::string folded;
  icu::UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())})
      .foldCase()
      .toUTF8String(folded);
  absl::RemoveExtraAsciiWhitespace(&folded);
  return folded;
}

}  // namespace colloquy::cli::polis
