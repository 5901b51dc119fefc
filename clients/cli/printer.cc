#include "clients/cli/printer.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "clients/cli/failures.h"
#include "clients/cli/names.h"
#include "google/protobuf/util/json_util.h"
#include "nlohmann/json.hpp"

namespace colloquy::cli {
namespace {

using Json = nlohmann::ordered_json;

// Longer texts are cut on a terminal, so that one does not push everything off the screen. Names
// and addresses, which have no spaces, stay whole: they are there to be copied.
constexpr int kMaxCell = 60;

absl::StatusOr<std::string> JsonOf(const google::protobuf::Message& message, bool pretty) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = pretty;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) return absl::InternalError(std::string(status.message()));
  return json;
}

bool IsPlainYaml(const std::string& text) {
  if (text.empty() || !absl::ascii_isalpha(text[0])) return false;
  const bool safe = std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '_' || c == '-' || c == '/' || c == '.';
  });
  static constexpr absl::string_view kReserved[] = {"true", "false", "null", "yes", "no",
                                                    "on",   "off",   "y",    "n"};
  const std::string lower = absl::AsciiStrToLower(text);
  return safe &&
         std::find(std::begin(kReserved), std::end(kReserved), lower) == std::end(kReserved);
}

// A JSON string is a YAML double-quoted one; what a terminal would obey is escaped in both.
std::string Quoted(const std::string& text) {
  return IsPlainYaml(text) ? text : absl::StrReplaceAll(Json(text).dump(), {{"\x7f", "\\x7f"}});
}

void AppendYaml(const Json& value, int indent, std::string& out) {
  const std::string pad(indent, ' ');
  if (value.is_object() && !value.empty()) {
    for (const auto& [key, item] : value.items()) {
      absl::StrAppend(&out, pad, Quoted(key), ":");
      const bool block = item.is_structured() && !item.empty();
      out += block ? "\n" : " ";
      AppendYaml(item, block ? indent + 2 : 0, out);
    }
  } else if (value.is_array() && !value.empty()) {
    for (const Json& item : value) {
      std::string block;
      AppendYaml(item, indent + 2, block);
      absl::StrAppend(&out, pad, "- ", absl::StripPrefix(block, std::string(indent + 2, ' ')));
    }
  } else {
    absl::StrAppend(&out, value.is_string() ? Quoted(value.get<std::string>()) : value.dump(),
                    "\n");
  }
}

Json JsonOf(const Printer::Plain& value) {
  return std::visit([](const auto& known) { return Json(known); }, value);
}

std::string TextOf(const Printer::Plain& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  if (const auto* yes = std::get_if<bool>(&value)) return *yes ? "true" : "false";
  return absl::StrFormat("%.2f", std::get<double>(value));
}

std::string Header(absl::string_view path) {
  const size_t dot = path.rfind('.');
  return absl::AsciiStrToUpper(dot == absl::string_view::npos ? path : path.substr(dot + 1));
}

}  // namespace

std::string CsvCell(absl::string_view text, bool safe) {
  std::string cell(text);
  if (safe && !cell.empty() && absl::StrContains("=+-@\t\r", cell.substr(0, 1))) {
    cell.insert(0, "'");
  }
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  return absl::StrCat("\"", absl::StrReplaceAll(cell, {{"\"", "\"\""}}), "\"");
}

std::string YamlOf(const google::protobuf::Message& message) {
  const absl::StatusOr<std::string> json = JsonOf(message, false);
  std::string out;
  if (json.ok()) AppendYaml(Json::parse(*json), 0, out);
  return out;
}

absl::Status Printer::CheckFields(const google::protobuf::Message& prototype) const {
  // An answer without any field, such as that of a deletion, is not shown at all.
  if (!has_columns() || prototype.GetDescriptor()->field_count() == 0) return absl::OkStatus();
  for (const std::string& path : options_.fields) {
    if (absl::Status status = CheckField(prototype, path); !status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Printer::Object(const google::protobuf::Message& message) {
  switch (options_.format) {
    case Format::kJson: {
      absl::StatusOr<std::string> json = JsonOf(message, true);
      if (!json.ok()) return json.status();
      io_.out << *json;
      return absl::OkStatus();
    }
    case Format::kYaml:
      io_.out << YamlOf(message);
      return absl::OkStatus();
    case Format::kCsv:
    case Format::kTable:
      break;
  }
  if (message.GetDescriptor()->field_count() == 0) return absl::OkStatus();
  const auto all = AllFields(message, options_.style);
  if (options_.format == Format::kCsv || !options_.fields.empty()) {
    std::vector<std::string> columns;
    for (const auto& [path, text] : all) {
      if (!absl::StrContains(path, "[")) columns.push_back(path);
    }
    Begin(columns);
    if (absl::Status status = Add(message); !status.ok()) return status;
    Flush();
    End();
    return absl::OkStatus();
  }
  int width = 0;
  for (const auto& [path, text] : all) width = std::max(width, DisplayWidth(path));
  for (const auto& [path, text] : all) {
    io_.out << path << std::string(width - DisplayWidth(path) + 2, ' ') << Visible(text) << "\n";
  }
  return absl::OkStatus();
}

void Printer::PlainObject(const std::vector<std::pair<std::string, Plain>>& fields) {
  Json object = Json::object();
  std::vector<std::string> names;
  std::vector<std::string> cells;
  for (const auto& [name, value] : fields) {
    object[name] = JsonOf(value);
    names.push_back(name);
    cells.push_back(TextOf(value));
  }
  switch (options_.format) {
    case Format::kJson:
      io_.out << object.dump() << "\n";
      return;
    case Format::kYaml: {
      std::string yaml;
      AppendYaml(object, 0, yaml);
      io_.out << yaml;
      return;
    }
    case Format::kCsv:
      CsvRow(names);
      CsvRow(cells);
      return;
    case Format::kTable:
      for (std::string& cell : cells) cell = Visible(cell);
      io_.out << absl::StrJoin(cells, "  ") << "\n";
  }
}

void Printer::PlainList(const std::vector<std::string>& columns,
                        const std::vector<std::vector<Plain>>& rows) {
  if (options_.format == Format::kJson || options_.format == Format::kYaml) {
    Json list = Json::array();
    for (const std::vector<Plain>& row : rows) {
      Json& object = list.emplace_back(Json::object());
      for (size_t i = 0; i < columns.size(); ++i) object[columns[i]] = JsonOf(row[i]);
    }
    std::string yaml;
    AppendYaml(list, 0, yaml);
    io_.out << (options_.format == Format::kJson ? list.dump() + "\n" : yaml);
    return;
  }
  columns_ = columns;
  if (options_.format == Format::kCsv) CsvRow(columns_);
  for (const std::vector<Plain>& row : rows) {
    std::vector<std::string> cells;
    for (const Plain& value : row) cells.push_back(TextOf(value));
    if (options_.format == Format::kCsv) {
      CsvRow(cells);
      continue;
    }
    for (std::string& cell : cells) cell = Visible(cell);
    rows_.push_back(std::move(cells));
  }
  Flush();
}

void Printer::Begin(std::vector<std::string> columns) {
  columns_ = options_.fields.empty() ? std::move(columns) : options_.fields;
  if (options_.format == Format::kJson) io_.out << "[";
  if (options_.format == Format::kCsv) CsvRow(columns_);
}

absl::Status Printer::Add(const google::protobuf::Message& message) {
  if (!has_columns()) ++count_;
  if (options_.format == Format::kJson) {
    absl::StatusOr<std::string> json = JsonOf(message, false);
    if (!json.ok()) return json.status();
    io_.out << (count_ > 1 ? ",\n " : "\n ") << *json;
    return absl::OkStatus();
  }
  if (options_.format == Format::kYaml) {
    io_.out << (count_ > 1 ? "---\n" : "") << YamlOf(message);
    return absl::OkStatus();
  }
  std::vector<std::string> cells;
  for (const std::string& path : columns_) {
    absl::StatusOr<std::string> text = FieldText(message, path, options_.style);
    if (!text.ok()) return text.status();
    cells.push_back(*std::move(text));
  }
  AddCells(std::move(cells));
  return absl::OkStatus();
}

void Printer::AddCells(std::vector<std::string> cells) {
  ++count_;
  if (options_.format == Format::kCsv) return CsvRow(cells);
  for (std::string& cell : cells) {
    cell = Visible(cell);
    const bool cut = io_.out_is_terminal && absl::StrContains(cell, " ");
    if (cut) cell = CutToWidth(cell, kMaxCell);
  }
  rows_.push_back(std::move(cells));
}

void Printer::Flush() {
  if (options_.format == Format::kTable && !rows_.empty()) {
    widths_.resize(columns_.size());
    std::vector<std::string> header;
    for (size_t i = 0; i < columns_.size(); ++i) {
      header.push_back(Header(columns_[i]));
      widths_[i] = std::max(widths_[i], DisplayWidth(header[i]));
      for (const auto& row : rows_) widths_[i] = std::max(widths_[i], DisplayWidth(row[i]));
    }
    if (!header_shown_) TableRow(header, true);
    header_shown_ = true;
    for (const auto& row : rows_) TableRow(row, false);
    rows_.clear();
  }
  io_.out.flush();
}

void Printer::End() {
  Flush();
  if (options_.format == Format::kJson) io_.out << (count_ > 0 ? "\n]\n" : "]\n");
  if (options_.format == Format::kTable && count_ == 0) io_.err << "Nothing found.\n";
}

void Printer::CsvRow(const std::vector<std::string>& cells) {
  for (size_t i = 0; i < cells.size(); ++i) {
    const std::string text = io_.out_is_terminal ? VisibleLines(cells[i]) : cells[i];
    io_.out << (i > 0 ? "," : "") << CsvCell(text, options_.csv_safe);
  }
  io_.out << "\r\n";
}

void Printer::TableRow(const std::vector<std::string>& cells, bool header) {
  std::string line;
  for (size_t i = 0; i < cells.size(); ++i) {
    absl::StrAppend(&line, cells[i]);
    if (i + 1 < cells.size()) line.append(widths_[i] - DisplayWidth(cells[i]) + 2, ' ');
  }
  if (header && options_.color) {
    io_.out << "\x1b[1m" << line << "\x1b[0m\n";
  } else {
    io_.out << line << "\n";
  }
}

}  // namespace colloquy::cli
