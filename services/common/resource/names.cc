#include "services/common/resource/names.h"

#include <array>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"

namespace colloquy::resource {
namespace {

constexpr size_t kMaxIdSize = 63;

bool IsLowerOrDigit(char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c); }

[[noreturn]] void DieOfPattern(absl::string_view pattern) {
  std::fprintf(stderr, "Malformed resource name pattern: %s\n", std::string(pattern).c_str());
  std::abort();
}

}  // namespace

bool IsValidId(absl::string_view id) {
  if (id.empty() || id.size() > kMaxIdSize) return false;
  if (!absl::ascii_islower(id.front()) || !IsLowerOrDigit(id.back())) return false;
  for (char c : id) {
    if (!IsLowerOrDigit(c) && c != '-') return false;
  }
  return true;
}

absl::Status ValidateId(absl::string_view id, absl::string_view field) {
  if (IsValidId(id)) return absl::OkStatus();
  return errors::InvalidField(field,
                              "must be 1 to 63 characters of a-z, 0-9 and '-', start with a letter "
                              "and not end with '-'");
}

absl::StatusOr<std::string> IdFor(const std::string& wanted, absl::string_view field,
                                  const Uid& uid, char letter) {
  if (wanted.empty()) return uid.ToId(letter);
  COLLOQUY_RETURN_IF_ERROR(ValidateId(wanted, field));
  return wanted;
}

NamePattern::NamePattern(absl::string_view pattern) : pattern_(pattern) {
  absl::string_view rest = pattern;
  while (true) {
    size_t open = rest.find('{');
    literals_.emplace_back(rest.substr(0, open));
    if (open == absl::string_view::npos) break;
    size_t close = rest.find('}', open);
    bool whole_segment = close != absl::string_view::npos && (open == 0 || rest[open - 1] == '/') &&
                         (close + 1 == rest.size() || rest[close + 1] == '/');
    if (!whole_segment || ++size_ > kMaxVariables) DieOfPattern(pattern);
    rest.remove_prefix(close + 1);
  }
}

bool NamePattern::Match(absl::string_view name, absl::Span<absl::string_view> ids,
                        Wildcards wildcards) const {
  for (size_t i = 0; i < size_; ++i) {
    if (!absl::StartsWith(name, literals_[i])) return false;
    name.remove_prefix(literals_[i].size());
    absl::string_view id = name.substr(0, name.find('/'));
    bool wild = wildcards == Wildcards::kAllow && id == kWildcard;
    if (!wild && !IsValidId(id)) return false;
    ids[i] = id;
    name.remove_prefix(id.size());
  }
  return name == literals_.back();
}

absl::Status NamePattern::Invalid(absl::string_view name, absl::string_view field,
                                  Wildcards wildcards) const {
  if (name.empty()) return errors::RequiredField(field);
  return errors::InvalidField(
      field,
      absl::StrCat("must be a resource name like ", pattern_,
                   wildcards == Wildcards::kAllow ? ", where '-' stands for any one id" : ""),
      errors::ErrorReason::RESOURCE_NAME_INVALID, {{"pattern", pattern_}});
}

absl::StatusOr<std::vector<std::string>> NamePattern::Parse(absl::string_view name,
                                                            absl::string_view field,
                                                            Wildcards wildcards) const {
  std::array<absl::string_view, kMaxVariables> ids;
  if (!Match(name, absl::MakeSpan(ids), wildcards)) return Invalid(name, field, wildcards);
  return std::vector<std::string>(ids.begin(), ids.begin() + size_);
}

absl::Status NamePattern::Validate(absl::string_view name, absl::string_view field,
                                   Wildcards wildcards) const {
  std::array<absl::string_view, kMaxVariables> ids;
  if (!Match(name, absl::MakeSpan(ids), wildcards)) return Invalid(name, field, wildcards);
  return absl::OkStatus();
}

std::string NamePattern::Format(absl::Span<const absl::string_view> ids) const {
  std::string name;
  name.reserve(pattern_.size() + ids.size() * kMaxIdSize / 2);
  for (size_t i = 0; i < size_; ++i) absl::StrAppend(&name, literals_[i], ids[i]);
  name += literals_.back();
  return name;
}

}  // namespace colloquy::resource
