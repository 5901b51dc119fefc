#include "clients/cli/names.h"

#include <algorithm>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "clients/cli/failures.h"

namespace colloquy::cli {
namespace {

std::vector<absl::string_view> OnlyIds(const std::vector<absl::string_view>& segments,
                                       const std::vector<absl::string_view>& pattern) {
  // "events/lasers" names its collections: then every other segment, counted from the end, is one.
  const size_t count = segments.size();
  if (count % 2 != 0 || count > pattern.size()) return segments;
  for (size_t i = 0; i < count; i += 2) {
    if (segments[i] != pattern[pattern.size() - count + i]) return segments;
  }
  std::vector<absl::string_view> ids;
  for (size_t i = 1; i < count; i += 2) ids.push_back(segments[i]);
  return ids;
}

}  // namespace

absl::StatusOr<std::string> ExpandName(absl::string_view typed, absl::string_view pattern,
                                       absl::string_view organizer) {
  if (absl::StartsWith(typed, "organizers/") || typed == "apiKeys/root") return std::string(typed);
  const std::vector<absl::string_view> shape = absl::StrSplit(pattern, '/');
  std::vector<absl::string_view> ids = OnlyIds(absl::StrSplit(typed, '/'), shape);
  const size_t wanted = shape.size() / 2;
  std::vector<std::string> name;
  const bool with_organizer = wanted > 1;
  if (with_organizer && ids.size() == wanted - 1) {
    if (organizer.empty()) {
      return UsageError(
          "Which organizer? Give --organizer, the full name, or set it with "
          "`colloquy context set NAME --organizer ID`.");
    }
    ids.insert(ids.begin(), LastSegment(organizer));
  }
  const bool empty_id = std::any_of(ids.begin(), ids.end(), [](auto id) { return id.empty(); });
  if (ids.size() != wanted || empty_id) {
    return UsageError(absl::StrCat("'", typed, "' does not name one of ", pattern, "."));
  }
  for (size_t i = 0; i < wanted; ++i) {
    name.push_back(absl::StrCat(shape[2 * i], "/", ids[i]));
  }
  return absl::StrJoin(name, "/");
}

absl::string_view LastSegment(absl::string_view name) {
  const size_t slash = name.rfind('/');
  return slash == absl::string_view::npos ? name : name.substr(slash + 1);
}

std::string Slug(absl::string_view text, size_t max) {
  std::string slug;
  for (const char c : text) {
    if (absl::ascii_isalnum(c)) {
      slug += absl::ascii_tolower(c);
    } else if (!slug.empty() && slug.back() != '-') {
      slug += '-';
    }
  }
  if (slug.empty() || !absl::ascii_isalpha(slug[0])) slug = absl::StrCat("e-", slug);
  slug.resize(std::min(slug.size(), max));
  while (slug.back() == '-') slug.pop_back();
  return slug;
}

}  // namespace colloquy::cli
