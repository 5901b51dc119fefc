#include "services/common/resource/spoken_names.h"

#include "gtest/gtest.h"

namespace colloquy::resource {
namespace {

TEST(SpokenNamesTest, CountriesByCodeAndByName) {
  for (const auto& [text, code] :
       std::initializer_list<std::pair<const char*, const char*>>{{"DE", "DE"},
                                                                  {"de", "DE"},
                                                                  {"DEU", "DE"},
                                                                  {" Deutschland ", "DE"},
                                                                  {"GERMANY", "DE"},
                                                                  {"Allemagne", "DE"},
                                                                  {"Niemcy", "DE"},
                                                                  {"Österreich", "AT"},
                                                                  {"Osterreich", "AT"},
                                                                  {"Česko", "CZ"},
                                                                  {"Czech Republic", "CZ"},
                                                                  {"Tschechien", "CZ"},
                                                                  {"Ελλάδα", "GR"},
                                                                  {"Turkey", "TR"},
                                                                  {"Türkiye", "TR"},
                                                                  {"U.K.", "GB"},
                                                                  {"UK", "GB"},
                                                                  {"Vereinigtes Königreich", "GB"},
                                                                  {"USA", "US"},
                                                                  {"Pays-Bas", "NL"},
                                                                  {"Holland", "NL"},
                                                                  {"Island", "IS"},
                                                                  {"Côte d’Ivoire", "CI"}}) {
    EXPECT_EQ(RegionCodeOf(text), code) << text;
  }
}

TEST(SpokenNamesTest, WhatIsNoCountryHasNone) {
  for (const char* text : {"", "?", "Atlantis", "XX", "D", "12", "\xff\xfe", "Bavaria"})
    EXPECT_EQ(RegionCodeOf(text), std::nullopt) << text;
}

TEST(SpokenNamesTest, LanguagesByName) {
  EXPECT_EQ(LanguageTagOf("Deutsch"), "de");
  EXPECT_EQ(LanguageTagOf("german"), "de");
  EXPECT_EQ(LanguageTagOf("Français"), "fr");
  EXPECT_EQ(LanguageTagOf("francais"), "fr");
  EXPECT_EQ(LanguageTagOf("Englisch"), "en");
  EXPECT_EQ(LanguageTagOf("čeština"), "cs");
  for (const char* text : {"", "de", "en-GB", "Klingonisch"})
    EXPECT_EQ(LanguageTagOf(text), std::nullopt) << text;
}

}  // namespace
}  // namespace colloquy::resource
