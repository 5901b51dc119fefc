// Pages of what lies in a dialogue, by number.
#ifndef COLLOQUY_SERVICES_DIALOGUES_LISTS_H_
#define COLLOQUY_SERVICES_DIALOGUES_LISTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/page_token.h"
#include "services/common/rpc/context.h"

namespace colloquy::dialogues {

// Where a page begins, and what its token is bound to.
struct PageStart {
  int64_t after = 0;
  std::string binding;
};

// The page that `request.page_token()` asks for: what comes after the number in it, or, without a
// token, after `first`. PAGE_TOKEN_INVALID.
template <typename Request>
absl::StatusOr<PageStart> StartOf(const resource::PageTokens& tokens, const rpc::CallContext& call,
                                  const Request& request, int64_t first) {
  PageStart start{first, resource::PageBinding(call.method(), call.caller().actor, request)};
  COLLOQUY_ASSIGN_OR_RETURN(const resource::PagePosition position,
                            tokens.Decode(request.page_token(), start.binding));
  if (position.empty()) return start;
  const auto* number = std::get_if<int64_t>(&position[0].variant());
  if (number == nullptr) {
    return errors::InvalidField("page_token", "is of another list",
                                errors::ErrorReason::PAGE_TOKEN_INVALID);
  }
  start.after = *number;
  return start;
}

// The token of the page after `last`; empty where there is none.
inline std::string NextToken(const resource::PageTokens& tokens, const PageStart& start,
                             std::optional<int64_t> last) {
  return last.has_value() ? tokens.Encode(start.binding, {*last}) : "";
}

}  // namespace colloquy::dialogues

#endif  // COLLOQUY_SERVICES_DIALOGUES_LISTS_H_
