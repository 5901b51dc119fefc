#include "services/web/pages/texts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/web/pages/reader.h"

namespace colloquy::web {
namespace {

constexpr char kBerlin[] = "Europe/Berlin";

Reader ReaderOf(std::vector<std::string> tags) {
  Reader reader;
  reader.language = NearestLanguage(tags);
  reader.tags = std::move(tags);
  return reader;
}

TEST(TextsTest, EveryTextIsThereInEveryLanguageWithTheSamePlaces) {
  for (const Wording& wording : Wordings()) {
    for (const absl::string_view text : wording.texts) {
      EXPECT_FALSE(text.empty()) << wording.key;
      for (int i = 0; i < 3; ++i) {
        const std::string place = absl::StrCat("$", i);
        EXPECT_EQ(absl::StrContains(text, place), absl::StrContains(wording.texts[0], place))
            << wording.key << ": " << text;
      }
    }
  }
}

TEST(TextsTest, WordsThatLookLikePlacesStayAsTheyAre) {
  EXPECT_EQ(Say(Language::kEnglish, "only_if", {"$1", "$0"}), "Only if you answered “$0” to “$1”.");
}

TEST(TextsTest, ReadersGetTheNearestLanguage) {
  EXPECT_EQ(NearestLanguage({"it", "de-CH", "fr"}), Language::kGerman);
  EXPECT_EQ(NearestLanguage({"DE"}), Language::kGerman);
  EXPECT_EQ(NearestLanguage({"it"}), Language::kEnglish);
  Request request;
  request.accept_language = "fr";
  EXPECT_EQ(Reader::Of(request).language, Language::kFrench);
  EXPECT_EQ(Reader::Of(request, "de").language, Language::kGerman) << "as the mail was";
  request.query = {{"lang", "en"}};
  EXPECT_EQ(Reader::Of(request, "de").language, Language::kEnglish) << "as chosen on the page";
  request.query = {{"lang", "\"><script>"}};
  EXPECT_EQ(Reader::Of(request, "de").language, Language::kGerman);
}

TEST(TextsTest, EventsAreReadInTheBestLanguageTheyHave) {
  events::v1::LocalizedText text;
  (*text.mutable_texts())["en"] = "sensors";
  (*text.mutable_texts())["de"] = "Sensoren";
  EXPECT_EQ(Choose(text, ReaderOf({"de-AT"}), "en").text, "Sensoren");
  EXPECT_EQ(Choose(text, ReaderOf({"it", "de"}), "en").text, "Sensoren");
  EXPECT_EQ(Choose(text, ReaderOf({"it"}), "de").text, "sensors") << "the page's own language";
  (*text.mutable_texts()).erase("en");
  EXPECT_EQ(Choose(text, ReaderOf({"fr"}), "en").language, "de");
  EXPECT_EQ(Choose({}, ReaderOf({"fr"}), "en").text, "");
}

TEST(TextsTest, TimesAreOnTheClockOfThePlace) {
  const absl::Time start = absl::FromUnixSeconds(1'809'676'800);  // 2027-05-07T08:00:00Z
  const absl::Time end = start + absl::Hours(6);
  EXPECT_EQ(FormatMachine(start, kBerlin), "2027-05-07T10:00:00+02:00");
  const std::string english = FormatRange(ReaderOf({"en"}), start, end, kBerlin);
  EXPECT_THAT(english, testing::HasSubstr("Friday"));
  EXPECT_THAT(english, testing::HasSubstr("7 May 2027"));
  EXPECT_THAT(english, testing::HasSubstr("10:00"));
  EXPECT_THAT(english, testing::HasSubstr("16:00"));
  EXPECT_THAT(FormatRange(ReaderOf({"de"}), start, end, kBerlin),
              testing::HasSubstr("Freitag, 7. Mai 2027"));
  EXPECT_THAT(FormatRange(ReaderOf({"fr-BE"}), start, end, kBerlin),
              testing::HasSubstr("vendredi 7 mai 2027"));
  EXPECT_EQ(ZoneName(ReaderOf({"en"}), start, kBerlin), "Central European Summer Time");
}

TEST(TextsTest, CountriesAndLanguagesHaveNames) {
  EXPECT_EQ(CountryName(ReaderOf({"de"}), "FR"), "Frankreich");
  EXPECT_EQ(CountryName(ReaderOf({"fr"}), "DE"), "Allemagne");
  EXPECT_EQ(LanguageName(ReaderOf({"en"}), "de"), "German");
  const std::vector<Country>& countries = Countries(Language::kGerman);
  EXPECT_GT(countries.size(), 240u);
  const auto position = [&](absl::string_view code) {
    return std::find_if(countries.begin(), countries.end(),
                        [code](const Country& country) { return country.code == code; });
  };
  // Österreich stands among the O's, not behind the Z's.
  EXPECT_LT(position("AT"), position("PL"));
}

}  // namespace
}  // namespace colloquy::web
