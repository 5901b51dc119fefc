// Who a request comes from. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_WEB_HTTP_ADDRESSES_H_
#define COLLOQUY_SERVICES_WEB_HTTP_ADDRESSES_H_

#include <set>
#include <string>

#include "absl/strings/string_view.h"

namespace colloquy::web {

// `peer`, unless it is one of `proxies`: then the last address of X-Forwarded-For that is no proxy,
// because what stands before it is hearsay. IPv6 addresses count by their /64, which is what one
// household or office gets.
std::string ClientOf(absl::string_view peer, absl::string_view forwarded_for,
                     const std::set<std::string>& proxies);

// Whether `text` is an IPv4 or IPv6 address.
bool IsIpAddress(absl::string_view text);

}  // namespace colloquy::web

#endif  // COLLOQUY_SERVICES_WEB_HTTP_ADDRESSES_H_
