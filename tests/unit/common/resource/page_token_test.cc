#include "services/common/resource/page_token.h"

#include <limits>
#include <random>

#include "gtest/gtest.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/ids.h"
#include "tests/unit/common/resource/test_contract.h"

namespace colloquy::resource {
namespace {

constexpr char kMethod[] = "/colloquy.events.v1.EventsService/ListEvents";

class PageTokenTest : public ::testing::Test {
 protected:
  void ExpectInvalid(absl::string_view token, absl::string_view binding) {
    absl::StatusOr<PagePosition> position = tokens_.Decode(token, binding);
    ASSERT_FALSE(position.ok()) << token;
    EXPECT_EQ(errors::ReasonOf(position.status()), errors::ErrorReason::PAGE_TOKEN_INVALID);
  }

  PageTokens tokens_{"0123456789abcdef0123456789abcdef"};
};

TEST_F(PageTokenTest, RoundTripsEveryType) {
  PagePosition position = {int64_t{-7},
                           std::numeric_limits<int64_t>::min(),
                           std::numeric_limits<uint64_t>::max(),
                           0.1,
                           "straße 🎫",
                           "",
                           SqlValue::Blob(absl::string_view("\0\xff", 2)),
                           SqlValue::Null()};
  std::string token = tokens_.Encode("binding", position);
  absl::StatusOr<PagePosition> decoded = tokens_.Decode(token, "binding");
  ASSERT_TRUE(decoded.ok());
  ASSERT_EQ(decoded->size(), position.size());
  EXPECT_EQ(std::get<int64_t>((*decoded)[0].variant()), -7);
  EXPECT_EQ(std::get<int64_t>((*decoded)[1].variant()), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(std::get<uint64_t>((*decoded)[2].variant()), std::numeric_limits<uint64_t>::max());
  EXPECT_EQ(std::get<double>((*decoded)[3].variant()), 0.1);
  EXPECT_EQ(std::get<std::string>((*decoded)[4].variant()), "straße 🎫");
  EXPECT_EQ(std::get<std::string>((*decoded)[5].variant()), "");
  EXPECT_EQ(std::get<SqlValue::Bytes>((*decoded)[6].variant()).bytes, std::string("\0\xff", 2));
  EXPECT_TRUE((*decoded)[7].is_null());
  EXPECT_EQ(tokens_.Encode("binding", *decoded), token);
  EXPECT_EQ(token.find_first_of("+/= "), std::string::npos);
}

TEST_F(PageTokenTest, EmptyTokenIsTheFirstPage) {
  ASSERT_TRUE(tokens_.Decode("", "b").ok());
  EXPECT_TRUE(tokens_.Decode("", "b")->empty());
}

TEST_F(PageTokenTest, EveryFlippedBitIsRefused) {
  std::string token = tokens_.Encode("binding", {int64_t{1}, "x"});
  for (size_t i = 0; i < token.size(); ++i) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = token;
      damaged[i] = static_cast<char>(damaged[i] ^ (1 << bit));
      ExpectInvalid(damaged, "binding");
    }
    ExpectInvalid(token.substr(0, i == 0 ? 1 : i), "binding");
  }
  ExpectInvalid(token + "=", "binding");
  ExpectInvalid(token + "A", "binding");
  ExpectInvalid(" " + token, "binding");
  ExpectInvalid(std::string(1 << 20, 'A'), "binding");
}

TEST_F(PageTokenTest, ForeignTokensAreRefused) {
  std::string token = tokens_.Encode("binding", {int64_t{1}});
  ExpectInvalid(token, "other");
  PageTokens others("another secret of thirty-two bytes");
  ExpectInvalid(others.Encode("binding", {int64_t{1}}), "binding");
  // Bytes that move from the binding to the position must not verify.
  ExpectInvalid(tokens_.Encode("bindin", {int64_t{1}}), "binding");
}

TEST_F(PageTokenTest, RandomBytesAreRefused) {
  std::mt19937 random(3);
  constexpr absl::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  for (int i = 0; i < 2000; ++i) {
    std::string token = "AQ";
    size_t size = random() % 80;
    for (size_t j = 0; j < size; ++j) token += kDigits[random() % kDigits.size()];
    ExpectInvalid(token, "binding");
  }
}

TEST(PageBindingTest, CoversAllButTheTokenAndTheSize) {
  auto binding = [](absl::string_view text, absl::string_view actor = "alice",
                    absl::string_view method = kMethod) {
    return PageBinding(method, actor, *TestMessage("ListEventsRequest", text));
  };
  std::string base = binding("parent: 'organizers/a' filter: 'x'");
  EXPECT_EQ(base, binding("parent: 'organizers/a' filter: 'x' page_size: 7 page_token: 't'"));
  EXPECT_NE(base, binding("parent: 'organizers/b' filter: 'x'"));
  EXPECT_NE(base, binding("parent: 'organizers/a' filter: 'y'"));
  EXPECT_NE(base, binding("parent: 'organizers/a' filter: 'x'", "bob"));
  EXPECT_NE(base, binding("parent: 'organizers/a' filter: 'x'", "alice", "other"));
}

TEST(PageBindingTest, DoesNotDependOnTheOrderOfMapEntries) {
  std::string forward;
  std::string backward;
  for (int i = 0; i < 30; ++i) {
    std::string entry = "options { key: 'k" + std::to_string(i) + "' value: 'v' } ";
    forward += entry;
    backward = entry + backward;
  }
  EXPECT_EQ(PageBinding(kMethod, "a", *TestMessage("ListEventsRequest", forward)),
            PageBinding(kMethod, "a", *TestMessage("ListEventsRequest", backward)));
}

TEST(PageSizeTest, IsNormalized) {
  EXPECT_EQ(*NormalizePageSize(0), 50);
  EXPECT_EQ(*NormalizePageSize(1), 1);
  EXPECT_EQ(*NormalizePageSize(1000), 1000);
  EXPECT_EQ(*NormalizePageSize(1001), 1000);
  EXPECT_EQ(*NormalizePageSize(std::numeric_limits<int32_t>::max()), 1000);
  EXPECT_EQ(errors::ReasonOf(NormalizePageSize(-1).status()), errors::ErrorReason::FIELD_INVALID);
}

}  // namespace
}  // namespace colloquy::resource
