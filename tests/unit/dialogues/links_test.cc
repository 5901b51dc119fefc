#include "services/dialogues/rules/links.h"

#include <random>
#include <set>

#include "gtest/gtest.h"

namespace colloquy::dialogues::rules {
namespace {

constexpr LinkPurpose kPurposes[] = {LinkPurpose::kSeat, LinkPurpose::kJoin,
                                     LinkPurpose::kPresenter};
constexpr char kSecret[] = "a secret of thirty-two bytes or more";

TEST(DialogueLinksTest, ATokenOpensWhatItWasMadeForAndNothingElse) {
  const Links links(kSecret);
  std::mt19937 random(1);
  std::set<std::string> all;
  for (int i = 0; i < 50; ++i) {
    const LinkTarget target{.dialogue = resource::NewUid(),
                            .number = static_cast<int64_t>(random()),
                            .generation = static_cast<int64_t>(random())};
    for (LinkPurpose made : kPurposes) {
      const std::string token = links.Token(made, target);
      EXPECT_EQ(token.size(), 75u);
      EXPECT_EQ(Links(kSecret).Token(made, target), token);
      EXPECT_TRUE(all.insert(token).second);
      for (LinkPurpose used : kPurposes) {
        EXPECT_EQ(links.Open(used, token),
                  used == made ? std::optional<LinkTarget>(target) : std::nullopt);
      }
    }
  }
}

TEST(DialogueLinksTest, AnotherSecretOpensNothing) {
  const LinkTarget target{.dialogue = resource::NewUid(), .number = 3};
  const std::string token = Links(kSecret).Token(LinkPurpose::kSeat, target);
  EXPECT_EQ(Links("another secret of thirty-two bytes").Open(LinkPurpose::kSeat, token),
            std::nullopt);
}

TEST(DialogueLinksTest, NoCharacterOfATokenCanBeAnother) {
  const Links links(kSecret);
  const std::string token =
      links.Token(LinkPurpose::kSeat, {.dialogue = resource::NewUid(), .number = 1});
  for (size_t i = 0; i < token.size(); ++i) {
    for (char other : std::string("AB9_-=+/ \n")) {
      std::string forged = token;
      if (forged[i] == other) continue;
      forged[i] = other;
      EXPECT_EQ(links.Open(LinkPurpose::kSeat, forged), std::nullopt) << i << other;
    }
  }
  for (const std::string& text : {std::string(), token + "A", token + "=", token.substr(1)})
    EXPECT_EQ(links.Open(LinkPurpose::kSeat, text), std::nullopt) << text;
}

TEST(DialogueLinksTest, LinksLieBelowTheWebService) {
  const Links links(kSecret);
  const LinkTarget target{.dialogue = resource::NewUid()};
  for (const auto& [purpose, path] : {std::pair{LinkPurpose::kSeat, "/d/"},
                                      {LinkPurpose::kJoin, "/j/"},
                                      {LinkPurpose::kPresenter, "/p/"}}) {
    const std::string url =
        "https://web.example.org" + std::string(path) + links.Token(purpose, target);
    EXPECT_EQ(links.Url("https://web.example.org", purpose, target), url);
    EXPECT_EQ(links.Url("https://web.example.org/", purpose, target), url);
    EXPECT_EQ(links.Url("", purpose, target), "");
  }
}

}  // namespace
}  // namespace colloquy::dialogues::rules
