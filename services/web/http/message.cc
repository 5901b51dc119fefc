#include "services/web/http/message.h"

#include <algorithm>
#include <atomic>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace colloquy::web {
namespace {

Fields::const_iterator Locate(const Fields& fields, absl::string_view name) {
  return std::find_if(fields.begin(), fields.end(),
                      [name](const auto& field) { return field.first == name; });
}

}  // namespace

absl::string_view Find(const Fields& fields, absl::string_view name) {
  const auto found = Locate(fields, name);
  return found == fields.end() ? absl::string_view() : absl::string_view(found->second);
}

bool Has(const Fields& fields, absl::string_view name) {
  return Locate(fields, name) != fields.end();
}

std::string FormatEvent(absl::string_view id, absl::string_view type, absl::string_view data) {
  std::string event;
  if (!id.empty()) absl::StrAppend(&event, "id: ", id, "\n");
  if (!type.empty()) absl::StrAppend(&event, "event: ", type, "\n");
  for (const absl::string_view line : absl::StrSplit(data, absl::ByAnyChar("\r\n"))) {
    absl::StrAppend(&event, "data: ", line, "\n");
  }
  return event + "\n";
}

struct Reply::Once {
  Once(std::function<void(Answer)> s, std::function<Answer()> f)
      : send(std::move(s)), fallback(std::move(f)) {}
  ~Once() {
    if (!answered.exchange(true)) send(fallback());
  }

  const std::function<void(Answer)> send;
  const std::function<Answer()> fallback;
  std::atomic<bool> answered{false};
};

Reply::Reply(std::function<void(Answer)> send, std::function<Answer()> fallback)
    : once_(std::make_shared<Once>(std::move(send), std::move(fallback))) {}

void Reply::operator()(Answer answer) const {
  if (!once_->answered.exchange(true)) once_->send(std::move(answer));
}

}  // namespace colloquy::web
