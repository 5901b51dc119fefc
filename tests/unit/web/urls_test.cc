#include "services/web/http/urls.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"

namespace colloquy::web {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;
using testing::Pair;

TEST(UrlsTest, EscapesAreDecoded) {
  EXPECT_EQ(PercentDecode("/a%20b+c%C3%A4"), "/a b+c\xC3\xA4");
  for (const char* broken : {"%", "%4", "%zz", "%00", "%0a", "%ff", "%C3", "%c0%af", "%ED%A0%80"}) {
    EXPECT_EQ(PercentDecode(broken), std::nullopt) << broken;
  }
}

TEST(UrlsTest, FormsAreDecoded) {
  EXPECT_THAT(ParseForm("a=1&b=x+y&a=%26%3D&c&=d&&e=%0D%0Af%0Dg"),
              Optional(ElementsAre(Pair("a", "1"), Pair("b", "x y"), Pair("a", "&="), Pair("c", ""),
                                   Pair("", "d"), Pair("e", "\nf\ng"))));
  EXPECT_THAT(ParseForm(""), Optional(IsEmpty()));
  for (const char* broken : {"a=%", "%=1", "a=%f", "a=%00", "a=%FF", "a=\xFF", "%80=1"}) {
    EXPECT_EQ(ParseForm(broken), std::nullopt) << broken;
  }
}

TEST(UrlsTest, FormsHaveACertainSize) {
  std::string body;
  for (size_t i = 0; i < kMaxFields; ++i) body += "a=1&";
  EXPECT_EQ(ParseForm(body)->size(), kMaxFields);
  EXPECT_EQ(ParseForm(body + "b=2"), std::nullopt);
}

TEST(UrlsTest, WhatIsFormattedIsReadBack) {
  std::mt19937 random(7);
  const std::vector<std::string> pieces = {
      "a", "&", "=", "+", " ", "%", "\xC3\xA4", "\n", "\xF0\x9F\x98\x80", "<", "\""};
  for (int round = 0; round < 500; ++round) {
    Fields fields;
    for (size_t i = random() % 5; i > 0; --i) {
      std::string texts[2];
      for (std::string& text : texts) {
        for (size_t k = random() % 6; k > 0; --k) text += pieces[random() % pieces.size()];
      }
      fields.emplace_back(texts[0], texts[1]);
    }
    EXPECT_THAT(ParseForm(FormatForm(fields)), Optional(fields)) << FormatForm(fields);
  }
}

TEST(UrlsTest, TargetsMayNameTheirServer) {
  const auto target = ParseTarget("http://events.example.org/e/a/b?lang=de");
  ASSERT_TRUE(target.has_value());
  EXPECT_EQ(target->path, "/e/a/b");
  EXPECT_THAT(target->query, ElementsAre(Pair("lang", "de")));
  EXPECT_EQ(ParseTarget("https://x")->path, "/");
  for (const char* wrong : {"", "e/a", "*", "x:80", "/a%", "/?a=%", "ftp://x/"}) {
    EXPECT_EQ(ParseTarget(wrong), std::nullopt) << wrong;
  }
}

std::string Part(absl::string_view headers, absl::string_view text) {
  return absl::StrCat("--xyz\r\n", headers, "\r\n\r\n", text, "\r\n");
}

TEST(UrlsTest, MultipartFormsAreRead) {
  const std::string body =
      Part("Content-Disposition: form-data; name=\"List-Unsubscribe\"", "One-Click") +
      Part("content-disposition: form-data; filename=a.txt; name=file", "bytes\xFF") +
      Part("X: y\r\nContent-Disposition: form-data; name=b", "") + "--xyz--\r\n";
  EXPECT_THAT(ParseMultipart("multipart/form-data; boundary=\"xyz\"", body),
              Optional(ElementsAre(Pair("List-Unsubscribe", "One-Click"), Pair("b", ""))));
}

TEST(UrlsTest, BrokenMultipartFormsAreRefused) {
  const std::string type = "multipart/form-data; boundary=xyz";
  const std::string part = Part("Content-Disposition: form-data; name=a", "1");
  EXPECT_EQ(ParseMultipart("multipart/form-data", part + "--xyz--"), std::nullopt);
  EXPECT_EQ(ParseMultipart("multipart/form-data; boundary=", part), std::nullopt);
  EXPECT_EQ(ParseMultipart(type, part), std::nullopt) << "cut off";
  EXPECT_EQ(ParseMultipart(type, ""), std::nullopt);
  EXPECT_EQ(ParseMultipart(type, Part("X: y", "1") + "--xyz--"), std::nullopt) << "without a name";
  EXPECT_EQ(ParseMultipart(type, "--xyz\r\nno end"), std::nullopt);
  EXPECT_EQ(
      ParseMultipart(type, Part("Content-Disposition: form-data; name=a", "\xFF") + "--xyz--"),
      std::nullopt);
}

TEST(UrlsTest, MediaTypesLoseTheirParameters) {
  EXPECT_EQ(MediaType("Text/HTML; charset=utf-8"), "text/html");
  EXPECT_EQ(MediaType(""), "");
}

}  // namespace
}  // namespace colloquy::web
