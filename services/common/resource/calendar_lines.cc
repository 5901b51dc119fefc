#include "services/common/resource/calendar_lines.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace colloquy::resource {

std::string CalendarText(absl::string_view text) {
  std::string clean;
  for (const char c : text) {
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    if (!control || c == '\n' || c == '\t') clean.push_back(c);
  }
  return clean;
}

std::string FoldCalendarLines(absl::string_view text) {
  constexpr size_t kOctets = 75;
  std::string folded;
  for (absl::string_view line :
       absl::StrSplit(absl::StrReplaceAll(text, {{"\r\n ", ""}}), "\r\n", absl::SkipEmpty())) {
    size_t room = kOctets;
    while (line.size() > room) {
      size_t cut = room;
      while (cut > 1 && (static_cast<unsigned char>(line[cut]) & 0xC0) == 0x80) --cut;
      absl::StrAppend(&folded, line.substr(0, cut), "\r\n ");
      line.remove_prefix(cut);
      room = kOctets - 1;
    }
    absl::StrAppend(&folded, line, "\r\n");
  }
  return folded;
}

}  // namespace colloquy::resource
