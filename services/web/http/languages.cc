#include "services/web/http/languages.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace colloquy::web {
namespace {

constexpr size_t kMaxTags = 10;
constexpr size_t kMaxTagLength = 35;

// 0 for what is malformed: nobody can mean it.
double Quality(absl::string_view parameter) {
  parameter = absl::StripAsciiWhitespace(parameter);
  if (parameter.empty()) return 1;
  double quality = 0;
  if (!absl::ConsumePrefix(&parameter, "q=") && !absl::ConsumePrefix(&parameter, "Q=")) return 0;
  if (!absl::SimpleAtod(parameter, &quality) || !(quality >= 0 && quality <= 1)) return 0;
  return quality;
}

}  // namespace

bool IsLanguageTag(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxTagLength &&
         absl::ascii_isalpha(static_cast<unsigned char>(text[0])) &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_isalnum(c) || c == '-'; });
}

absl::string_view PrimaryLanguage(absl::string_view tag) { return tag.substr(0, tag.find('-')); }

std::vector<std::string> AcceptedLanguages(absl::string_view header) {
  std::vector<std::pair<double, std::string>> ranked;
  for (const absl::string_view item : absl::StrSplit(header, ',')) {
    if (ranked.size() == kMaxTags) break;
    const std::pair<absl::string_view, absl::string_view> parts =
        absl::StrSplit(item, absl::MaxSplits(';', 1));
    const absl::string_view tag = absl::StripAsciiWhitespace(parts.first);
    const double quality = Quality(parts.second);
    if (quality > 0 && IsLanguageTag(tag)) ranked.emplace_back(quality, std::string(tag));
  }
  std::stable_sort(ranked.begin(), ranked.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<std::string> tags;
  for (auto& [quality, tag] : ranked) tags.push_back(std::move(tag));
  return tags;
}

}  // namespace colloquy::web
