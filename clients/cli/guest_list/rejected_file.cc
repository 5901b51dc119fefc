#include "clients/cli/guest_list/rejected_file.h"

#include <cstdio>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "clients/cli/guest_list/header.h"

namespace colloquy::cli {
namespace {

bool HasColumns(const std::vector<std::string>& titles) {
  const size_t size = titles.size();
  return size > 2 && titles[size - 2] == kReasonColumn && titles[size - 1] == kMessageColumn;
}

}  // namespace

std::string RejectedPath(const std::string& path) {
  const size_t name = path.rfind('/') + 1;  // 0 without a slash
  size_t dot = path.rfind('.');
  if (dot == std::string::npos || dot <= name) dot = path.size();
  const std::string stem = path.substr(0, dot), extension = path.substr(dot);
  if (absl::EndsWith(stem, ".rejected")) return absl::StrCat(stem, "-2", extension);
  const size_t again = stem.rfind(".rejected-");
  int number;
  if (again != std::string::npos && absl::SimpleAtoi(stem.substr(again + 10), &number)) {
    return absl::StrCat(stem.substr(0, again + 10), number + 1, extension);
  }
  return absl::StrCat(stem, ".rejected", extension.empty() ? ".csv" : extension);
}

std::string QuoteCell(absl::string_view cell, char delimiter) {
  const bool edges = !cell.empty() && (cell.front() == ' ' || cell.back() == ' ');
  const char special[] = {delimiter, '"', '\r', '\n'};
  if (!edges &&
      cell.find_first_of(absl::string_view(special, sizeof(special))) == absl::string_view::npos) {
    return std::string(cell);
  }
  return absl::StrCat("\"", absl::StrReplaceAll(cell, {{"\"", "\"\""}}), "\"");
}

RejectedFile::RejectedFile(std::string path, const GuestList* list)
    : path_(std::move(path)),
      unfinished_(absl::StrCat(path_, ".part")),
      list_(list),
      has_columns_(HasColumns(list->titles())) {}

RejectedFile::~RejectedFile() {
  if (file_.is_open()) std::remove(unfinished_.c_str());
}

absl::Status RejectedFile::Begin() {
  absl::StatusOr<std::unique_ptr<TextEncoder>> encoder =
      TextEncoder::Open(list_->dialect().encoding.name);
  if (!encoder.ok()) return encoder.status();
  encoder_ = *std::move(encoder);
  file_.open(unfinished_, std::ios::binary | std::ios::trunc);
  file_ << list_->dialect().encoding.mark;
  std::vector<std::string> titles = list_->titles();
  if (has_columns_) titles.resize(titles.size() - 2);
  titles.push_back(kReasonColumn);
  titles.push_back(kMessageColumn);
  return Write(std::move(titles));
}

absl::Status RejectedFile::Write(std::vector<std::string> cells) {
  const Dialect& dialect = list_->dialect();
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += dialect.delimiter;
    line += QuoteCell(cells[i], dialect.delimiter);
  }
  file_ << encoder_->Encode(line + dialect.line_end);
  if (file_) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("Cannot write ", unfinished_, "."));
}

absl::Status RejectedFile::Add(const Record& record, absl::string_view reason,
                               absl::string_view message) {
  if (!file_.is_open()) {
    if (absl::Status status = Begin(); !status.ok()) return status;
  }
  std::vector<std::string> cells = record.cells;
  const size_t width = list_->titles().size();
  // Surplus cells are kept: without them nobody could see what is to be mended.
  if (cells.size() < width) cells.resize(width);
  if (has_columns_) cells.resize(cells.size() - 2);
  cells.emplace_back(reason);
  cells.push_back(absl::StrCat("line ", record.line, ": ", message));
  ++count_;
  return Write(std::move(cells));
}

absl::Status RejectedFile::Finish() {
  if (!file_.is_open()) return absl::OkStatus();
  file_.close();
  if (file_ && std::rename(unfinished_.c_str(), path_.c_str()) == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("Cannot write ", path_, "."));
}

}  // namespace colloquy::cli
