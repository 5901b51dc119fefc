#include "services/registrations/rules/links.h"

#include <random>
#include <set>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace colloquy::registrations::rules {
namespace {

constexpr LinkPurpose kPurposes[] = {LinkPurpose::kInvitation, LinkPurpose::kRegistration,
                                     LinkPurpose::kUnsubscribe};
constexpr char kSecret[] = "a secret of thirty-two bytes or more";

LinkTarget NewTarget() { return {resource::NewUid(), resource::NewUid()}; }

TEST(LinksTest, ATokenOpensWhatItWasMadeForAndNothingElse) {
  const Links links(kSecret);
  std::set<std::string> all;
  for (int i = 0; i < 50; ++i) {
    const LinkTarget target = NewTarget();
    for (LinkPurpose made : kPurposes) {
      const std::string token = links.Token(made, target);
      EXPECT_EQ(token.size(), 86u);
      EXPECT_TRUE(all.insert(token).second);
      for (LinkPurpose used : kPurposes) {
        EXPECT_EQ(links.Open(used, token),
                  used == made ? std::optional<LinkTarget>(target) : std::nullopt);
      }
    }
  }
}

TEST(LinksTest, IsTheSameAfterARestartAndAnotherWithAnotherSecretOrGeneration) {
  const LinkTarget target = NewTarget();
  const std::string token = Links(kSecret).Token(LinkPurpose::kInvitation, target);
  EXPECT_EQ(Links(kSecret).Token(LinkPurpose::kInvitation, target), token);
  EXPECT_EQ(Links("another secret of thirty-two bytes").Open(LinkPurpose::kInvitation, token),
            std::nullopt);
  EXPECT_EQ(Links(kSecret).Open(LinkPurpose::kInvitation, token, 1), std::nullopt);
  const std::string second = Links(kSecret).Token(LinkPurpose::kInvitation, target, 1);
  EXPECT_EQ(Links(kSecret).Open(LinkPurpose::kInvitation, second, 1), target);
}

TEST(LinksTest, NoCharacterOfATokenCanBeAnother) {
  const Links links(kSecret);
  const std::string token = links.Token(LinkPurpose::kInvitation, NewTarget());
  for (size_t i = 0; i < token.size(); ++i) {
    for (char other : std::string("AB9_-=+/ \n")) {
      std::string forged = token;
      if (forged[i] == other) continue;
      forged[i] = other;
      EXPECT_EQ(links.Open(LinkPurpose::kInvitation, forged), std::nullopt) << i << other;
    }
  }
}

TEST(LinksTest, NeitherShorterNorLongerTextsOpenAnything) {
  const Links links(kSecret);
  const std::string token = links.Token(LinkPurpose::kInvitation, NewTarget());
  for (size_t size = 0; size < token.size(); ++size)
    EXPECT_EQ(links.Open(LinkPurpose::kInvitation, token.substr(0, size)), std::nullopt);
  for (const char* tail : {"A", "==", " ", "\n", "AAAA"})
    EXPECT_EQ(links.Open(LinkPurpose::kInvitation, token + tail), std::nullopt);
  std::mt19937 random(7);
  for (int i = 0; i < 1000; ++i) {
    std::string noise(random() % 120, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    EXPECT_EQ(links.Open(LinkPurpose::kInvitation, noise), std::nullopt);
  }
}

TEST(LinksTest, TheUrlSaysTheKindOfLink) {
  const Links links(kSecret);
  const LinkTarget target = NewTarget();
  const std::string url = links.Url("https://web.example.org/", LinkPurpose::kUnsubscribe, target);
  EXPECT_EQ(url, "https://web.example.org/u/" + links.Token(LinkPurpose::kUnsubscribe, target));
  EXPECT_EQ(links.Url("https://web.example.org", LinkPurpose::kUnsubscribe, target), url);
}

}  // namespace
}  // namespace colloquy::registrations::rules
