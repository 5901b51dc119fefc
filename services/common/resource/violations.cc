#include "services/common/resource/violations.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"

namespace colloquy::resource {
namespace {

constexpr int kMaxUriCharacters = 2000;

bool IsControl(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

bool IsUriByte(char c) {
  return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && c != '"' && c != '<' && c != '>' &&
         c != '\\';
}

}  // namespace

int CharacterCount(absl::string_view text) {
  return static_cast<int>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  }));
}

void Violations::Add(absl::string_view field, absl::string_view description) {
  violations_.push_back({std::string(field), std::string(description)});
  only_missing_ = false;
}

void Violations::Missing(absl::string_view field) {
  violations_.push_back({std::string(field), "is required"});
}

void Violations::Collect(const absl::Status& status) {
  if (status.ok()) return;
  auto payload = status.GetPayload("type.googleapis.com/google.rpc.BadRequest");
  google::rpc::BadRequest bad;
  if (!payload.has_value() || !bad.ParseFromString(std::string(*payload))) {
    Add("", status.message());
    return;
  }
  for (const auto& violation : bad.field_violations())
    Add(violation.field(), violation.description());
}

void Violations::CheckLength(absl::string_view field, absl::string_view text, int limit) {
  if (CharacterCount(text) > limit)
    Add(field, absl::StrCat("has more than ", limit, " characters"));
}

void Violations::CheckLine(absl::string_view field, absl::string_view text, int limit) {
  CheckLength(field, text, limit);
  if (std::any_of(text.begin(), text.end(), IsControl)) Add(field, "contains a control character");
}

void Violations::CheckUri(absl::string_view field, absl::string_view uri) {
  if (uri.empty()) return;
  CheckLength(field, uri, kMaxUriCharacters);
  bool web =
      absl::StartsWithIgnoreCase(uri, "https://") || absl::StartsWithIgnoreCase(uri, "http://");
  size_t host = uri.find("://");
  if (!web || host + 3 >= uri.size() || !std::all_of(uri.begin(), uri.end(), IsUriByte)) {
    Add(field, "must be an absolute http or https URI, such as https://example.org/event");
  }
}

absl::Status Violations::ToStatus() const {
  return errors::InvalidFields(violations_, only_missing_ ? errors::ErrorReason::FIELD_REQUIRED
                                                          : errors::ErrorReason::FIELD_INVALID);
}

}  // namespace colloquy::resource
