#include "services/dialogues/rules/texts.h"

#include <random>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/validation.h"

namespace colloquy::dialogues::rules {
namespace {

using errors::ErrorReason;
using errors::ReasonOf;

std::string Kept(absl::string_view text) {
  const auto normal = NormalizeText(text, "text");
  EXPECT_TRUE(normal.ok()) << normal.status();
  return normal.value_or("");
}

ErrorReason Refused(absl::string_view text) {
  return ReasonOf(NormalizeText(text, "statement.text").status());
}

std::string Repeated(absl::string_view character, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) absl::StrAppend(&text, character);
  return text;
}

TEST(TextsTest, AStatementIsKeptInOneForm) {
  EXPECT_EQ(Kept("  Models must be open.\n"), "Models must be open.");
  EXPECT_EQ(Kept("one\r\ntwo"), "one\ntwo");
  EXPECT_EQ(Kept("e\u0301"), "\u00e9");
  EXPECT_EQ(Kept("\u3000wide\u2028"), "wide");
  EXPECT_EQ(Kept("<script>alert(1)</script>"), "<script>alert(1)</script>");
  EXPECT_EQ(Kept("👩‍👩‍👧"), "👩‍👩‍👧") << "joiners belong to what they join";
}

TEST(TextsTest, AThousandCharactersAreNotAThousandBytes) {
  EXPECT_EQ(Kept(Repeated("𝔸", 1000)).size(), 4000u);
  EXPECT_EQ(Refused(Repeated("𝔸", 1001)), ErrorReason::FIELD_INVALID);
  EXPECT_EQ(Kept("  " + Repeated("e\u0301", 1000) + "  "), Repeated("\u00e9", 1000));
  EXPECT_EQ(Refused(Repeated("x", 10'000'000)), ErrorReason::FIELD_INVALID);
}

TEST(TextsTest, WhatCannotBeReadIsNoStatement) {
  for (absl::string_view text : {"", "   ", "\n\r\n", "\u200b", "\u200d\u200c", "\u00ad"})
    EXPECT_EQ(Refused(text), ErrorReason::FIELD_REQUIRED) << absl::CEscape(text);
}

TEST(TextsTest, CharactersThatDeceiveAreRefused) {
  for (absl::string_view bad :
       {"\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069",
        "\x01", "\t", "\x1b", "\x7f", "\u0085", "\u009f", "\r"})
    EXPECT_EQ(Refused(absl::StrCat("a", bad, "b")), ErrorReason::FIELD_INVALID)
        << absl::CEscape(bad);
  EXPECT_EQ(Refused("a\xffz"), ErrorReason::FIELD_INVALID);
  EXPECT_EQ(Refused(absl::string_view("a\0b", 3)), ErrorReason::FIELD_INVALID);
  for (absl::string_view mark : {"\u200e", "\u200f", "\u061c"})
    EXPECT_EQ(Kept(absl::StrCat("a", mark, "b")), absl::StrCat("a", mark, "b"));
}

TEST(TextsTest, TheFieldIsNamed) {
  EXPECT_THAT(std::string(NormalizeText("\t", "a.b").status().message()),
              testing::HasSubstr("a.b"));
  EXPECT_THAT(std::string(NormalizeText("a\tb", "a.b").status().message()),
              testing::HasSubstr("a.b"));
}

TEST(TextsTest, TheSameWordsHaveTheSameKey) {
  const std::string key = TextKey("Models must be open");
  EXPECT_EQ(key.size(), 32u);
  for (absl::string_view same :
       {"models must be OPEN", "Models  must\nbe\topen ", "Ｍodels must be open",
        "Mo\u00addels must be open", "Models\u00a0must be\u3000open"})
    EXPECT_EQ(TextKey(same), key) << same;
  for (absl::string_view other : {"Models must be open.", "Modelsmust be open", "", "Modèls"})
    EXPECT_NE(TextKey(other), key) << other;
  EXPECT_EQ(TextKey("STRASSE"), TextKey("straße"));
}

// Texts of all kinds of characters, many of them strange.
std::string RandomText(std::mt19937& random) {
  static const std::vector<std::string> pieces = {
      "a",      "B",      " ",      "\n",     "\r\n",   "\t",     "e\u0301", "ß",      "\u202e",
      "\u200f", "\u00ad", "\u3000", "Ａ",     "\xff",   "\xc3",   "\u0000",  "🙂",   "\ufffd",
      "ſ",      "İ",      "\u0345", "\u1f80", "\u2028", "\u0085", "ﷺ",       "\u0958", "\x01"};
  std::string text;
  const int length = std::uniform_int_distribution<int>(0, 12)(random);
  for (int i = 0; i < length; ++i)
    text += pieces[std::uniform_int_distribution<size_t>(0, pieces.size() - 1)(random)];
  return text;
}

TEST(TextsTest, NormalFormsAreFixedPoints) {
  std::mt19937 random(7);
  int kept = 0;
  for (int i = 0; i < 5000; ++i) {
    const std::string text = RandomText(random);
    const std::string clean = CleanText(text);
    EXPECT_TRUE(resource::IsCleanUtf8(clean)) << absl::CEscape(text);
    EXPECT_EQ(CleanText(clean), clean) << absl::CEscape(text);
    const auto normal = NormalizeText(text, "text");
    if (!normal.ok()) continue;
    ++kept;
    EXPECT_EQ(Kept(*normal), *normal) << absl::CEscape(text);
    EXPECT_EQ(TextKey(*normal), TextKey(text)) << absl::CEscape(text);
    EXPECT_EQ(CleanText(text), *normal) << "cleaning leaves good texts alone";
  }
  EXPECT_GT(kept, 200);
}

TEST(TextsTest, CleanedTextsAreGood) {
  std::mt19937 random(8);
  for (int i = 0; i < 5000; ++i) {
    const auto normal = NormalizeText(CleanText(RandomText(random)), "text");
    if (!normal.ok()) {
      EXPECT_EQ(ReasonOf(normal.status()), ErrorReason::FIELD_REQUIRED);
    }
  }
}

}  // namespace
}  // namespace colloquy::dialogues::rules
