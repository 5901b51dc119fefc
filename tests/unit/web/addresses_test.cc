#include "services/web/http/addresses.h"

#include <gtest/gtest.h>

namespace colloquy::web {
namespace {

TEST(AddressesTest, StrangersCannotSayWhoTheyAre) {
  EXPECT_EQ(ClientOf("192.0.2.1", "198.51.100.7", {}), "192.0.2.1");
  EXPECT_EQ(ClientOf("192.0.2.1", "198.51.100.7", {"127.0.0.1"}), "192.0.2.1");
}

TEST(AddressesTest, ProxiesSayWhoAsked) {
  EXPECT_EQ(ClientOf("127.0.0.1", "198.51.100.7", {"127.0.0.1"}), "198.51.100.7");
  // What the client itself wrote there stands first.
  EXPECT_EQ(ClientOf("127.0.0.1", "10.9.9.9, 198.51.100.7", {"127.0.0.1"}), "198.51.100.7");
  EXPECT_EQ(ClientOf("127.0.0.1", "198.51.100.7, 10.0.0.2", {"127.0.0.1", "10.0.0.2"}),
            "198.51.100.7");
  EXPECT_EQ(ClientOf("::ffff:127.0.0.1", "198.51.100.7", {"127.0.0.1"}), "198.51.100.7");
  EXPECT_EQ(ClientOf("127.0.0.1", "", {"127.0.0.1"}), "127.0.0.1");
  EXPECT_EQ(ClientOf("127.0.0.1", "nonsense", {"127.0.0.1"}), "unknown");
}

TEST(AddressesTest, AHouseholdOfIpv6IsOneClient) {
  EXPECT_EQ(ClientOf("2001:db8:1:2::1", "", {}), ClientOf("2001:db8:1:2:aaaa::9", "", {}));
  EXPECT_NE(ClientOf("2001:db8:1:2::1", "", {}), ClientOf("2001:db8:1:3::1", "", {}));
}

TEST(AddressesTest, NamesAreNoAddresses) {
  EXPECT_TRUE(IsIpAddress("::1"));
  EXPECT_FALSE(IsIpAddress("localhost"));
  EXPECT_FALSE(IsIpAddress("127.0.0.1:80"));
}

}  // namespace
}  // namespace colloquy::web
