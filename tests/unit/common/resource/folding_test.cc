#include "services/common/resource/folding.h"

#include "gtest/gtest.h"

namespace colloquy::resource {
namespace {

TEST(FoldTextTest, JoinsSpellings) {
  EXPECT_EQ(FoldText("Hello WORLD 42"), "hello world 42");
  EXPECT_EQ(FoldText("Straße"), "strasse");
  EXPECT_EQ(FoldText("STRASSE"), "strasse");
  EXPECT_EQ(FoldText("ΣΊΣΥΦΟΣ"), FoldText("σίσυφος"));
  EXPECT_EQ(FoldText("e\xcc\x81"), "é");
  EXPECT_EQ(FoldText("ＡＢＣ"), "abc");
  EXPECT_EQ(FoldText("Ä"), "ä");
  EXPECT_NE(FoldText("ä"), FoldText("a"));
  EXPECT_EQ(FoldText("🎫"), "🎫");
  EXPECT_EQ(FoldText(""), "");
}

TEST(FoldTextTest, FoldsItsOwnResultToItself) {
  for (const char* text : {"Straße", "ﬁn", "İstanbul", "ŒUVRE", "Ⅷ", "ǰ", "ΐ"})
    EXPECT_EQ(FoldText(FoldText(text)), FoldText(text)) << text;
}

TEST(FoldTextTest, ReplacesInvalidUtf8) { EXPECT_EQ(FoldText("a\xff"), "a\xef\xbf\xbd"); }

TEST(FoldEmailTest, JoinsSpellings) {
  EXPECT_EQ(FoldEmail("  Ada@Example.ORG\n"), "ada@example.org");
  EXPECT_EQ(FoldEmail("ada@BÜCHER.example"), "ada@xn--bcher-kva.example");
  EXPECT_EQ(FoldEmail("ada@xn--bcher-kva.example"), "ada@xn--bcher-kva.example");
  EXPECT_EQ(FoldEmail("ÄDA@example.org"), FoldEmail("äda@example.org"));
  EXPECT_NE(FoldEmail("a.da@example.org"), FoldEmail("ada@example.org"));
  EXPECT_NE(FoldEmail("ada+x@example.org"), FoldEmail("ada@example.org"));
  EXPECT_EQ(FoldEmail("No Address"), "no address");
}

// A lone accent (U+02DD) folds into a space and a mark.
TEST(FoldEmailTest, FoldsItsOwnResultToItself) {
  for (const char* address : {"\u02ddda@b.example", "x\u02dd@b.example", "  \u00a8 @b.example"})
    EXPECT_EQ(FoldEmail(FoldEmail(address)), FoldEmail(address)) << address;
}

TEST(FoldDomainTest, IsEmptyForWhatIsNone) {
  EXPECT_EQ(FoldDomain("Example.ORG."), "example.org");
  EXPECT_EQ(FoldDomain("faß.example"), "xn--fa-hia.example");
  EXPECT_EQ(FoldDomain("a_b.example"), "");
  EXPECT_EQ(FoldDomain("a..example"), "");
  EXPECT_EQ(FoldDomain(std::string(64, 'a') + ".example"), "");
}

}  // namespace
}  // namespace colloquy::resource
