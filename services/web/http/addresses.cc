#include "services/web/http/addresses.h"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace colloquy::web {
namespace {

namespace ip = boost::asio::ip;

ip::address Parse(absl::string_view text, boost::system::error_code& error) {
  ip::address address = ip::make_address(std::string(text), error);
  if (!error && address.is_v6() && address.to_v6().is_v4_mapped()) {
    return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  }
  return address;
}

std::string Plain(absl::string_view text) {
  boost::system::error_code error;
  const ip::address address = Parse(text, error);
  return error ? std::string() : address.to_string();
}

std::string Bucket(absl::string_view text) {
  boost::system::error_code error;
  const ip::address address = Parse(text, error);
  if (error) return "unknown";
  if (address.is_v4()) return address.to_string();
  ip::address_v6::bytes_type bytes = address.to_v6().to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), 0);
  return absl::StrCat(ip::address_v6(bytes).to_string(), "/64");
}

}  // namespace

bool IsIpAddress(absl::string_view text) { return !Plain(text).empty(); }

std::string ClientOf(absl::string_view peer, absl::string_view forwarded_for,
                     const std::set<std::string>& proxies) {
  if (!proxies.contains(Plain(peer))) return Bucket(peer);
  std::vector<absl::string_view> hops = absl::StrSplit(forwarded_for, ',', absl::SkipWhitespace());
  for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
    const std::string address = Plain(absl::StripAsciiWhitespace(*hop));
    if (!proxies.contains(address)) return Bucket(address);
  }
  return Bucket(peer);
}

}  // namespace colloquy::web
