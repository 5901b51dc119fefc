// Any text as a resource name, an id, a UUID, a code, an address or a tag: what is accepted formats
// to itself.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "services/common/resource/folding.h"
#include "services/common/resource/ids.h"
#include "services/common/resource/names.h"
#include "services/common/resource/validation.h"

namespace {

using namespace colloquy::resource;  // NOLINT(google-build-using-namespace)

void Require(bool holds) {
  if (!holds) std::abort();
}

void CheckNames(absl::string_view text) {
  static const auto* patterns = new std::vector<NamePattern>(
      {NamePattern("organizers/{organizer}"), NamePattern("organizers/{organizer}/events/{event}"),
       NamePattern("organizers/{organizer}/events/{event}/sessions/{session}"),
       NamePattern("organizers/{organizer}/settings")});
  for (const NamePattern& pattern : *patterns) {
    auto ids = pattern.Parse(text, "name", Wildcards::kAllow);
    if (!ids.ok()) continue;
    std::vector<absl::string_view> views(ids->begin(), ids->end());
    Require(pattern.Format(views) == text);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  absl::string_view text(reinterpret_cast<const char*>(data), size);
  CheckNames(text);
  if (auto uid = Uid::FromId(text, 'e')) Require(uid->ToId('e') == text);
  if (auto uid = Uid::FromUuid(text)) Require(Uid::FromUuid(uid->ToUuid()) == uid);
  if (auto code = NormalizeCode(text)) Require(NormalizeCode(*code) == code);
  if (size > 4096) return 0;
  std::string folded = FoldText(text);
  Require(IsCleanUtf8(folded) || text.find('\0') != absl::string_view::npos);
  if (ValidateEmailAddress(text, "email").ok())
    Require(FoldEmail(FoldEmail(text)) == FoldEmail(text));
  auto tag = CanonicalLanguageTag(text, "language");
  if (tag.ok()) Require(CanonicalLanguageTag(*tag, "language").ok());
  return 0;
}
