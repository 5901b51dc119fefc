// Pagination (AIP-158): opaque page tokens that cannot be forged or used for another list.
//
// A token is base64url, without padding, of: version byte 1, the first 16 bytes of
// HMAC-SHA256(secret, version | binding | position), the encoded position. It says where the next
// page starts, never how many were skipped, so deep pages cost what the first costs. Thread-safe.
#ifndef COLLOQUY_SERVICES_COMMON_RESOURCE_PAGE_TOKEN_H_
#define COLLOQUY_SERVICES_COMMON_RESOURCE_PAGE_TOKEN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"
#include "services/common/resource/sql.h"

namespace colloquy::resource {

// The sort key of the last item of a page, one value a column (see OrderBy::After).
using PagePosition = std::vector<SqlValue>;

// What a token is good for: a hash over the method, the caller's actor and all arguments but
// `page_token` and `page_size` (which may change from page to page). 32 bytes.
std::string PageBinding(absl::string_view method, absl::string_view actor,
                        const google::protobuf::Message& request);

class PageTokens {
 public:
  // Replicas that serve the same lists need the same secret: at least 32 random bytes.
  explicit PageTokens(absl::string_view secret) : secret_(secret) {}

  std::string Encode(absl::string_view binding, const PagePosition& position) const;

  // Empty for an empty token (the first page). PAGE_TOKEN_INVALID for `page_token` if the token is
  // forged, damaged, or was made for another binding; which of these is not said.
  absl::StatusOr<PagePosition> Decode(absl::string_view token, absl::string_view binding) const;

 private:
  std::string Sign(absl::string_view binding, absl::string_view position) const;

  std::string secret_;
};

inline constexpr int32_t kDefaultPageSize = 50;
inline constexpr int32_t kMaxPageSize = 1000;

// 0 means kDefaultPageSize, above kMaxPageSize means that, negative is FIELD_INVALID.
absl::StatusOr<int32_t> NormalizePageSize(int32_t page_size);

}  // namespace colloquy::resource

#endif  // COLLOQUY_SERVICES_COMMON_RESOURCE_PAGE_TOKEN_H_
