#include "services/web/http/languages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace colloquy::web {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

TEST(LanguagesTest, TheBestComeFirst) {
  EXPECT_THAT(AcceptedLanguages("en;q=0.3, de-AT, fr;q=0.8"), ElementsAre("de-AT", "fr", "en"));
  EXPECT_THAT(AcceptedLanguages("fr , de"), ElementsAre("fr", "de"));
}

TEST(LanguagesTest, WhatIsRefusedOrMalformedIsLeftOut) {
  EXPECT_THAT(AcceptedLanguages("de;q=0, *, fr;q=2, en;q=x, es;level=1, it"), ElementsAre("it"));
  EXPECT_THAT(AcceptedLanguages(""), IsEmpty());
  EXPECT_THAT(AcceptedLanguages("<script>, d\xC3\xA9, -x, 1"), IsEmpty());
  EXPECT_THAT(AcceptedLanguages(std::string(5000, ',') + "de"), ElementsAre("de"));
}

TEST(LanguagesTest, ThereAreNotTooMany) {
  std::string header;
  for (int i = 0; i < 1000; ++i) header += "de,";
  EXPECT_THAT(AcceptedLanguages(header), SizeIs(10));
}

TEST(LanguagesTest, PrimarySubtags) {
  EXPECT_EQ(PrimaryLanguage("de-Latn-AT"), "de");
  EXPECT_EQ(PrimaryLanguage("fr"), "fr");
  EXPECT_FALSE(IsLanguageTag(std::string(36, 'a')));
}

}  // namespace
}  // namespace colloquy::web
