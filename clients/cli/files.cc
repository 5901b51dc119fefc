#include "clients/cli/files.h"

#include <fstream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "clients/cli/failures.h"
#include "google/protobuf/util/json_util.h"
#include "nlohmann/json.hpp"
#include "yaml-cpp/yaml.h"

namespace colloquy::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using Json = nlohmann::ordered_json;

constexpr size_t kMaxFileBytes = 256u << 20;
constexpr int kMaxDepth = 64;
// Anchors let a few lines of YAML stand for more than any memory holds. No event is near this.
constexpr int kMaxNodes = 1'000'000;

const FieldDescriptor* FindField(const Descriptor* type, const std::string& key) {
  const FieldDescriptor* field = type->FindFieldByName(key);
  return field != nullptr ? field : type->FindFieldByCamelcaseName(key);
}

// Plain scalars without a field to go by: as YAML's core schema says.
Json GuessScalar(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;
  if (text == "true" || text == "false") return text == "true";
  int64_t integer;
  if (absl::SimpleAtoi(text, &integer)) return integer;
  double number;
  if (absl::SimpleAtod(text, &number)) return number;
  return text;
}

Json ScalarFor(const YAML::Node& node, const FieldDescriptor* field) {
  if (field == nullptr || field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL) {
    return GuessScalar(node);
  }
  // Protobuf's JSON takes numbers and enums as texts too.
  return node.Scalar();
}

// `type` is the message that the node is for, or null inside a google.protobuf.Struct.
// `nodes` counts those that were seen.
Json FromYaml(const YAML::Node& node, const Descriptor* type, const FieldDescriptor* field,
              int depth, int& nodes) {
  if (++nodes > kMaxNodes) throw YAML::Exception(node.Mark(), "too much for one record");
  if (depth > kMaxDepth) throw YAML::Exception(node.Mark(), "nested too deeply");
  if (node.IsNull()) return nullptr;
  if (node.IsScalar()) return ScalarFor(node, field);
  if (node.IsSequence()) {
    Json list = Json::array();
    for (const YAML::Node& item : node)
      list.push_back(FromYaml(item, type, field, depth + 1, nodes));
    return list;
  }
  Json object = Json::object();
  for (const auto& entry : node) {
    const std::string key = entry.first.Scalar();
    const bool is_map = field != nullptr && field->is_map();
    const FieldDescriptor* child = is_map            ? field->message_type()->map_value()
                                   : type != nullptr ? FindField(type, key)
                                                     : nullptr;
    const Descriptor* child_type = child != nullptr ? child->message_type() : nullptr;
    if (child_type != nullptr && child_type->full_name() == "google.protobuf.Struct") {
      child = nullptr;
      child_type = nullptr;
    }
    object[key] = FromYaml(entry.second, child_type, child, depth + 1, nodes);
  }
  return object;
}

// yaml-cpp throws; nothing of it leaves this function.
absl::StatusOr<std::string> YamlToJson(absl::string_view text, const Descriptor* type) try {
  const YAML::Node node = YAML::Load(std::string(text));
  if (!node.IsMap()) return absl::InvalidArgumentError("The file holds no fields.");
  int nodes = 0;
  return FromYaml(node, type, nullptr, 0, nodes).dump();
} catch (const YAML::Exception& error) {
  return absl::InvalidArgumentError(
      absl::StrCat("Line ", error.mark.line + 1, ": ", error.msg, "."));
} catch (const nlohmann::json::exception&) {
  return absl::InvalidArgumentError("The file is not UTF-8.");
}

class CsvReader {
 public:
  CsvReader(absl::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {}

  absl::StatusOr<std::vector<std::vector<std::string>>> Read() {
    while (at_ < text_.size()) {
      if (text_[at_] == '"' && cell_.empty() && !quoted_) {
        if (absl::Status status = Quoted(); !status.ok()) return status;
      } else {
        Plain(text_[at_++]);
      }
    }
    EndRow();
    return std::move(rows_);
  }

 private:
  absl::Status Quoted() {
    const size_t line = line_;
    quoted_ = true;
    for (++at_; at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') ++line_;
      if (text_[at_] != '"') {
        cell_ += text_[at_];
      } else if (at_ + 1 < text_.size() && text_[at_ + 1] == '"') {
        cell_ += text_[++at_];
      } else {
        ++at_;
        return absl::OkStatus();
      }
    }
    return absl::InvalidArgumentError(absl::StrCat("Line ", line, ": a quote is never closed."));
  }

  void Plain(char c) {
    if (c == delimiter_) {
      EndCell();
    } else if (c == '\n') {
      EndRow();
      ++line_;
    } else if (c != '\r' || at_ >= text_.size() || text_[at_] != '\n') {
      cell_ += c;
    }
  }

  void EndCell() {
    row_.push_back(std::move(cell_));
    cell_.clear();
    quoted_ = false;
  }

  void EndRow() {
    const bool empty = row_.empty() && cell_.empty() && !quoted_;
    EndCell();
    if (!empty) rows_.push_back(std::move(row_));
    row_.clear();
  }

  const absl::string_view text_;
  const char delimiter_;
  size_t at_ = 0;
  size_t line_ = 1;
  bool quoted_ = false;
  std::string cell_;
  std::vector<std::string> row_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace

absl::StatusOr<std::string> ReadFile(Io& io, const std::string& path) {
  std::ifstream file;
  if (path != "-") file.open(path, std::ios::binary);
  std::istream& in = path == "-" ? io.in : file;
  std::string content;
  char block[65536];
  while (in.good() && content.size() <= kMaxFileBytes) {
    in.read(block, sizeof(block));
    content.append(block, in.gcount());
  }
  if ((path != "-" && !file.is_open()) || in.bad()) {
    return UsageError(absl::StrCat("Cannot read ", path, "."));
  }
  if (content.size() > kMaxFileBytes) {
    return UsageError(absl::StrCat(path, " is larger than 256 MiB."));
  }
  return content;
}

absl::Status ParseMessage(absl::string_view text, google::protobuf::Message* message) {
  std::string json(text);
  if (!absl::StartsWith(absl::StripLeadingAsciiWhitespace(text), "{")) {
    absl::StatusOr<std::string> converted = YamlToJson(text, message->GetDescriptor());
    if (!converted.ok()) return converted.status();
    json = *std::move(converted);
  }
  const auto status = google::protobuf::util::JsonStringToMessage(json, message);
  if (status.ok()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("This is no ", message->GetDescriptor()->name(),
                                                 ": ", std::string(status.message())));
}

absl::StatusOr<std::vector<std::string>> SplitJsonRecords(absl::string_view text) {
  std::vector<std::string> records;
  if (absl::StartsWith(absl::StripLeadingAsciiWhitespace(text), "[")) {
    const Json array = Json::parse(text.begin(), text.end(), nullptr, /*allow_exceptions=*/false);
    if (array.is_discarded()) return absl::InvalidArgumentError("The file is not valid JSON.");
    for (const Json& item : array) records.push_back(item.dump());
    return records;
  }
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (!line.empty()) records.push_back(std::string(line));
  }
  return records;
}

absl::StatusOr<std::vector<std::vector<std::string>>> ParseCsv(absl::string_view text) {
  absl::ConsumePrefix(&text, "\xEF\xBB\xBF");
  // Spreadsheets in half of Europe write semicolons. Names of columns have none of these in them.
  const size_t first = text.find_first_of(",;\t\n");
  const bool found = first != absl::string_view::npos && text[first] != '\n';
  return CsvReader(text, found ? text[first] : ',').Read();
}

}  // namespace colloquy::cli
