#include "services/common/auth/api_key.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "services/common/auth/base32.h"

namespace colloquy::auth {
namespace {

std::string RandomBytes(std::mt19937& random, size_t size) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

// RFC 4648, section 10, in lower case and without padding.
TEST(Base32Test, KnowsTheVectorsOfRfc4648) {
  EXPECT_EQ(Base32Encode(""), "");
  EXPECT_EQ(Base32Encode("f"), "my");
  EXPECT_EQ(Base32Encode("fo"), "mzxq");
  EXPECT_EQ(Base32Encode("foo"), "mzxw6");
  EXPECT_EQ(Base32Encode("foob"), "mzxw6yq");
  EXPECT_EQ(Base32Encode("fooba"), "mzxw6ytb");
  EXPECT_EQ(Base32Encode("foobar"), "mzxw6ytboi");
}

TEST(Base32Test, DecodesExactlyWhatItEncodes) {
  std::mt19937 random(1);
  for (int i = 0; i < 2000; ++i) {
    const std::string bytes = RandomBytes(random, random() % 40);
    EXPECT_EQ(Base32Decode(Base32Encode(bytes)), bytes);
  }
  // Another spelling of "f": padding bits that are not zero, a superfluous character.
  EXPECT_FALSE(Base32Decode("mz").has_value());
  EXPECT_FALSE(Base32Decode("mya").has_value());
  EXPECT_FALSE(Base32Decode("MY").has_value());
  EXPECT_FALSE(Base32Decode("m0").has_value());
}

TEST(ApiKeyTest, RoundTripsAndRefusesEveryDamagedCharacter) {
  std::mt19937 random(2);
  const ApiKeyCredential key{RandomBytes(random, kKeyUidBytes), RandomBytes(random, kSecretBytes)};
  const std::string text = FormatApiKey(key);
  ASSERT_EQ(text.size(), kApiKeyLength);
  const auto parsed = ParseApiKey(text);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->uid, key.uid);
  EXPECT_EQ(parsed->secret, key.secret);

  for (size_t i = 0; i < text.size(); ++i) {
    for (char c : {'_', 'A', '1', '\0', ' ', '\xff'}) {
      if (text[i] == c) continue;
      std::string damaged = text;
      damaged[i] = c;
      EXPECT_FALSE(ParseApiKey(damaged).has_value()) << i;
    }
    EXPECT_FALSE(ParseApiKey(text.substr(0, i)).has_value());
  }
  EXPECT_FALSE(ParseApiKey(text + "a").has_value());
}

TEST(ApiKeyTest, NewSecretsDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string secret = NewSecret();
    EXPECT_EQ(secret.size(), kSecretBytes);
    EXPECT_TRUE(seen.insert(secret).second);
  }
}

// FIPS 180-2, appendix B.1.
TEST(ApiKeyTest, HashesWithSha256) {
  const Digest digest = HashSecret("abc");
  EXPECT_EQ(digest[0], 0xba);
  EXPECT_EQ(digest[31], 0xad);
  EXPECT_TRUE(ConstantTimeEquals(digest, HashSecret("abc")));
  EXPECT_FALSE(ConstantTimeEquals(digest, HashSecret("abd")));
  const std::string bytes(digest.begin(), digest.end());
  EXPECT_TRUE(ConstantTimeEquals(digest, bytes));
  EXPECT_FALSE(ConstantTimeEquals(digest, bytes.substr(1)));
  EXPECT_FALSE(ConstantTimeEquals(digest, ""));
}

TEST(PeerCredentialTest, RoundTripsAndRefusesWhatIsNone) {
  const std::string secret = NewPeerSecret();
  const std::string text = FormatPeerCredential("events", secret);
  const auto parsed = ParsePeerCredential(text);
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->service, "events");
  EXPECT_EQ(parsed->secret, secret);
  EXPECT_FALSE(ParsePeerCredential("clqpeer_").has_value());
  EXPECT_FALSE(ParsePeerCredential("clqpeer_events").has_value());
  EXPECT_FALSE(ParsePeerCredential("clqpeer_events_").has_value());
  EXPECT_FALSE(ParsePeerCredential("clqpeer__secret").has_value());
  EXPECT_FALSE(ParsePeerCredential("clqpeer_Events_secret").has_value());
  EXPECT_FALSE(
      ParsePeerCredential(absl::StrCat("clqpeer_", std::string(33, 'a'), "_s")).has_value());
  EXPECT_FALSE(ParsePeerCredential(absl::StrCat("clqpeer_a_", std::string(257, 'a'))).has_value());
}

}  // namespace
}  // namespace colloquy::auth
