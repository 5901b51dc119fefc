#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/common/resource/validation.h"

namespace colloquy::resource {
namespace {

using ::testing::HasSubstr;

TEST(CleanUtf8Test, AcceptsText) {
  for (const char* text : {"", "plain", "ä", "€", "🎫", "\xed\x9f\xbf", "\xef\xbf\xbf"})
    EXPECT_TRUE(IsCleanUtf8(text)) << text;
}

TEST(CleanUtf8Test, RefusesTheRest) {
  for (const char* text : {"\xff", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                           "a\xc3", "\x80", "\xf0\x9f\x8e"}) {
    EXPECT_FALSE(IsCleanUtf8(text));
  }
  EXPECT_FALSE(IsCleanUtf8(absl::string_view("a\0b", 3)));
  EXPECT_FALSE(IsCleanUtf8(absl::string_view("ä\0", 3)));
}

TEST(LanguageTagTest, IsWellFormed) {
  for (const char* tag : {"de", "en-GB", "zh-Hant", "sl-rozaj-biske", "de-CH-1996", "es-419",
                          "x-private", "en-u-ca-gregory", "und"}) {
    EXPECT_TRUE(ValidateLanguageTag(tag, "language").ok()) << tag;
  }
  for (const char* tag :
       {"", "d", "german language", "de_AT", "de-", "-de", "de--AT", "123", "de\n", "ä"}) {
    EXPECT_FALSE(ValidateLanguageTag(tag, "language").ok()) << tag;
  }
  EXPECT_FALSE(ValidateLanguageTag(std::string(5000, 'a'), "language").ok());
}

TEST(LanguageTagTest, HasOneSpelling) {
  EXPECT_EQ(*CanonicalLanguageTag("DE-at", "l"), "de-AT");
  EXPECT_EQ(*CanonicalLanguageTag("zh-hANT-tw", "l"), "zh-Hant-TW");
  EXPECT_EQ(*CanonicalLanguageTag("iw", "l"), "he");
}

TEST(RegionCodeTest, IsAssigned) {
  for (const char* code : {"AD", "AT", "DE", "GB", "US", "ZW", "SS", "XX"}) {
    EXPECT_EQ(ValidateRegionCode(code, "region").ok(), std::string(code) != "XX") << code;
  }
  for (const char* code : {"", "A", "at", "AUT", "EU", "UK", "D ", " A", "E\0", "TA"})
    EXPECT_FALSE(ValidateRegionCode(code, "region").ok()) << code;
}

TEST(RegionCodeTest, AreAll249) {
  int count = 0;
  for (char a = 'A'; a <= 'Z'; ++a) {
    for (char b = 'A'; b <= 'Z'; ++b) count += ValidateRegionCode(std::string{a, b}, "region").ok();
  }
  EXPECT_EQ(count, 249);
}

TEST(EmailTest, AcceptsAddresses) {
  for (const char* address :
       {"a@b.co", "ada.lovelace+x@example.org", "o'neil@example.ie", "ädä@bücher.example",
        "用户@例子.广告", "a@xn--bcher-kva.example", "\"a b\"@example.org",
        "!#$%&'*+-/=?^_`{|}~@example.org", "a@1.example"}) {
    EXPECT_TRUE(ValidateEmailAddress(address, "email").ok()) << address;
  }
  EXPECT_TRUE(ValidateEmailAddress(std::string(64, 'a') + "@example.org", "email").ok());
}

TEST(EmailTest, RefusesTheRest) {
  for (const char* address : {"",
                              "a",
                              "@example.org",
                              "a@",
                              "a@b",
                              "a@b@example.org",
                              "a b@example.org",
                              ".a@example.org",
                              "a.@example.org",
                              "a..b@example.org",
                              "a@example..org",
                              "a@.example.org",
                              "a@example.org.",
                              "a@-x.example",
                              "a@x_y.example",
                              "a@[127.0.0.1]",
                              "a@127.0.0.1",
                              "a@example.org\r\nRCPT TO:<b@example.org>",
                              "a\n@example.org",
                              "a\x7f@example.org",
                              "a(c)@example.org",
                              "Ada <ada@example.org>",
                              "a@exa mple.org",
                              "a\u200b@example.org",
                              "a\u202e@example.org",
                              "a\u00a0@example.org",
                              "a\u0085@example.org",
                              "a\xff@example.org",
                              "a,b@example.org"}) {
    EXPECT_FALSE(ValidateEmailAddress(address, "email").ok()) << address;
  }
  EXPECT_FALSE(ValidateEmailAddress(std::string(65, 'a') + "@example.org", "email").ok());
  std::string label(60, 'a');
  EXPECT_FALSE(ValidateEmailAddress(
                   "a@" + label + "." + label + "." + label + "." + label + "." + label, "email")
                   .ok());
  EXPECT_THAT(ValidateEmailAddress("a", "attendee.email").message(), HasSubstr("attendee.email"));
}

}  // namespace
}  // namespace colloquy::resource
