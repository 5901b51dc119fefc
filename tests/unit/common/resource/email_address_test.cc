#include "services/common/resource/email_address.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "gtest/gtest.h"
#include "services/common/resource/folding.h"
#include "tests/lib/test_data.h"

namespace colloquy::resource {
namespace {

AddressFault Listed(absl::string_view text, EmailAddress* address = nullptr) {
  return ParseEmailAddress(text, AddressForm::kListed, address);
}
AddressFault Bare(absl::string_view text) {
  return ParseEmailAddress(text, AddressForm::kBare, nullptr);
}

TEST(EmailAddressTest, TakesApart) {
  EmailAddress address;
  ASSERT_EQ(Listed("Ada.Lovelace@BÜCHER.Example", &address), AddressFault::kNone);
  EXPECT_EQ(address.text, "Ada.Lovelace@BÜCHER.Example");
  EXPECT_EQ(address.local_part, "Ada.Lovelace");
  EXPECT_EQ(address.domain, "xn--bcher-kva.example");
  EXPECT_EQ(address.Mailbox(), "Ada.Lovelace@xn--bcher-kva.example");
  EXPECT_EQ(address.key, "ada.lovelace@xn--bcher-kva.example");
  EXPECT_FALSE(address.NeedsSmtpUtf8());
  ASSERT_EQ(Listed("δοκιμή@example.org", &address), AddressFault::kNone);
  EXPECT_TRUE(address.NeedsSmtpUtf8());
}

TEST(EmailAddressTest, DropsWhatListsPutAroundIt) {
  for (const char* text :
       {"ada@x.org", "  ada@x.org\t", "\u00a0ada@x.org\u200b", "\ufeff ada@x.org", "<ada@x.org>",
        "Ada <ada@x.org>", "\"Lovelace, Ada\" <ada@x.org>", "\"a < b\" <ada@x.org> ",
        "ada@y.org <ada@x.org>", "Lovelace (London) < ada@x.org >", "mailto:ada@x.org",
        "<MAILTO:ada@x.org>", "\"ada\"@x.org"}) {
    EmailAddress address;
    EXPECT_EQ(Listed(text, &address), AddressFault::kNone) << text;
    EXPECT_EQ(address.text, "ada@x.org") << text;
  }
}

TEST(EmailAddressTest, AFieldHoldsTheAddressAlone) {
  EXPECT_EQ(Bare("ada@x.org"), AddressFault::kNone);
  EXPECT_EQ(Bare(" ada@x.org"), AddressFault::kSurrounded);
  EXPECT_EQ(Bare("Ada <ada@x.org>"), AddressFault::kSurrounded);
  EXPECT_NE(Bare("mailto:ada@x.org"), AddressFault::kNone);
}

TEST(EmailAddressTest, NamesTheFault) {
  const std::string label(60, 'a');
  const std::string long_domain = label + "." + label + "." + label + "." + label + "." + label;
  const std::vector<std::pair<std::string, AddressFault>> faults = {
      {"", AddressFault::kMissing},
      {" \t", AddressFault::kMissing},
      {"<>", AddressFault::kMissing},
      {"a\xff@x.org", AddressFault::kEncoding},
      {std::string("a\0@x.org", 8), AddressFault::kControlCharacter},
      {"ada@x.org\r\nBcc: victim@x.org", AddressFault::kControlCharacter},
      {"ada@x.org\n", AddressFault::kControlCharacter},
      {"Ada\n <ada@x.org>", AddressFault::kControlCharacter},
      {"ada\x7f@x.org", AddressFault::kControlCharacter},
      {"ada\u0085@x.org", AddressFault::kControlCharacter},
      {"ada\u2028@x.org", AddressFault::kControlCharacter},
      {"ada@x.org, bob@x.org", AddressFault::kSeveral},
      {"ada@x.org; bob@x.org", AddressFault::kSeveral},
      {"Ada <ada@x.org>, Bob <bob@x.org>", AddressFault::kSeveral},
      {"Team: ada@x.org, bob@x.org;", AddressFault::kSeveral},
      {"ada@x.org <", AddressFault::kSurrounded},
      {"<ada@x.org> Ada", AddressFault::kSurrounded},
      {"ada@x.org (work)", AddressFault::kComment},
      {"ada at x.org", AddressFault::kNoAt},
      {"\"ada@x.org", AddressFault::kNoAt},
      {"ada@@x.org", AddressFault::kSecondAt},
      {"@x.org", AddressFault::kLocalPartMissing},
      {"ada lovelace@x.org", AddressFault::kLocalPart},
      {".ada@x.org", AddressFault::kLocalPart},
      {"ada..l@x.org", AddressFault::kLocalPart},
      {"\"\"@x.org", AddressFault::kLocalPart},
      {"\"ada\".\"l\"@x.org", AddressFault::kLocalPart},
      {"ad\u202ea@x.org", AddressFault::kLocalPart},
      {std::string(65, 'a') + "@x.org", AddressFault::kLocalPartTooLong},
      {"ada@", AddressFault::kDomainMissing},
      {"ada@[127.0.0.1]", AddressFault::kAddressLiteral},
      {"ada@" + long_domain, AddressFault::kDomainTooLong},
      {"ada@x_y.org", AddressFault::kDomain},
      {"ada@x.org.", AddressFault::kDomain},
      {"ada@x y.org", AddressFault::kDomain},
      {"ada@localhost", AddressFault::kDomainOfOneLabel},
      {"ada@127.0.0.1", AddressFault::kDomainIsNumber},
      {std::string(64, 'a') + "@" + long_domain.substr(0, 190), AddressFault::kAddressTooLong}};
  std::set<std::string> texts;
  for (const auto& [text, fault] : faults) {
    EXPECT_EQ(Listed(text), fault) << text << ": " << DescribeFault(Listed(text));
    texts.emplace(DescribeFault(fault));
  }
  // Every fault but kNone is above, and says something of its own.
  EXPECT_EQ(texts.size(), static_cast<size_t>(AddressFault::kAddressTooLong));
}

TEST(EmailAddressTest, QuotationMarksStayWhereTheyAreNeeded) {
  EmailAddress address;
  ASSERT_EQ(Listed(R"("Ada\ \"L\" @home"@x.org)", &address), AddressFault::kNone);
  EXPECT_EQ(address.local_part, R"("Ada \"L\" @home")");
  EXPECT_EQ(address.key, R"("ada \"l\" @home"@x.org)");
  EXPECT_EQ(FoldEmail(address.key), address.key);
  EXPECT_EQ(FoldEmail("\"ada\"@x.org"), FoldEmail("ada@x.org"));
}

TEST(EmailAddressTest, KeysAreFixedPoints) {
  // Letters of which NFKC makes '@', '"', a space, and a space and a mark.
  for (const char* text : {"a\uff20b@x.org", "a\uff02b@x.org", "\u02dda@x.org",
                           "\"a\u00a8b\"@x.org", "ﬁ@x.org", "STRAßE@faß.example"}) {
    EmailAddress address;
    ASSERT_EQ(Listed(text, &address), AddressFault::kNone) << text;
    EXPECT_EQ(FoldEmail(address.key), address.key) << text;
  }
}

// Also a content that looks like a Quoted-string itself. Every text of up to six of these
// characters.
TEST(EmailAddressTest, WhatIsQuotedIsUnquotedAgain) {
  constexpr absl::string_view kCharacters = "\"\\a.";
  std::vector<std::string> contents = {""};
  for (size_t i = 0; i < contents.size() && contents[i].size() < 6; ++i) {
    for (char c : kCharacters) contents.push_back(contents[i] + c);
  }
  for (const std::string& content : contents) {
    const std::string quoted = QuoteLocalPart(content);
    ASSERT_EQ(UnquoteLocalPart(quoted), content);
    const std::string key = FoldEmail(quoted + "@x.org");
    ASSERT_EQ(key, quoted + "@x.org");
  }
}

// isemail's suite. Which of its categories a guest list may hold stands in the room's README.
struct Case {
  int id = 0;
  std::string address, category, diagnosis;
};

void AppendUtf8(uint32_t c, std::string* out) {
  if (c >= 0x2400 && c < 0x2420) c -= 0x2400;  // the suite's way to write control characters
  if (c < 0x80) {
    out->push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out->push_back(static_cast<char>(0xc0 | (c >> 6)));
    out->push_back(static_cast<char>(0x80 | (c & 0x3f)));
  } else {
    out->push_back(static_cast<char>(0xe0 | (c >> 12)));
    out->push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3f)));
    out->push_back(static_cast<char>(0x80 | (c & 0x3f)));
  }
}

std::string Unescape(absl::string_view xml) {
  static const std::map<absl::string_view, char> kNames = {
      {"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
  std::string text;
  for (size_t i = 0; i < xml.size(); ++i) {
    const size_t end = xml[i] == '&' ? xml.find(';', i) : absl::string_view::npos;
    if (end == absl::string_view::npos) {
      text.push_back(xml[i]);
      continue;
    }
    const absl::string_view name = xml.substr(i + 1, end - i - 1);
    i = end;
    uint32_t c = 0;
    if (absl::StartsWith(name, "#x") && absl::SimpleHexAtoi(name.substr(2), &c)) {
      AppendUtf8(c, &text);
    } else if (absl::StartsWith(name, "#") && absl::SimpleAtoi(name.substr(1), &c)) {
      AppendUtf8(c, &text);
    } else {
      text.push_back(kNames.at(name));
    }
  }
  return text;
}

std::string Element(absl::string_view test, const std::string& name) {
  const size_t begin = test.find("<" + name + ">");
  if (begin == absl::string_view::npos) return "";
  const size_t from = begin + name.size() + 2;
  return Unescape(test.substr(from, test.find("</" + name + ">") - from));
}

std::vector<Case> Suite(const std::string& path) {
  const std::string xml = testing_data::Read(path);
  std::vector<Case> cases;
  for (size_t at = xml.find("<test id="); at != std::string::npos;) {
    const size_t next = xml.find("<test id=", at + 1);
    const absl::string_view test = absl::string_view(xml).substr(at, next - at);
    Case& one = cases.emplace_back();
    EXPECT_TRUE(absl::SimpleAtoi(test.substr(10, test.find('"', 10) - 10), &one.id));
    one.address = Element(test, "address");
    one.category = Element(test, "category");
    one.diagnosis = Element(test, "diagnosis");
    at = next;
  }
  return cases;
}

bool MayBeInAGuestList(const Case& one) {
  if (one.category == "ISEMAIL_VALID_CATEGORY") return one.address != "test@io";
  if (one.category == "ISEMAIL_DNSWARN") return true;
  if (one.diagnosis == "ISEMAIL_RFC5321_QUOTEDSTRING") return one.address != "\"\"@iana.org";
  // White space around the address, but no line breaks.
  if (one.diagnosis == "ISEMAIL_CFWS_FWS") return !absl::StrContains(one.address, '\n');
  return false;
}

TEST(EmailAddressTest, JudgesTheSuiteOfIsemail) {
  const std::string path = testing_data::PathOf("email/isemail_tests.xml");
  COLLOQUY_NEEDS_DATA(path);
  const std::vector<Case> suite = Suite(path);
  ASSERT_EQ(suite.size(), 164u);
  int accepted = 0;
  for (const Case& one : suite) {
    const AddressFault fault = Listed(one.address);
    accepted += fault == AddressFault::kNone;
    EXPECT_EQ(fault == AddressFault::kNone, MayBeInAGuestList(one))
        << one.id << " " << one.diagnosis << " " << one.address << ": " << DescribeFault(fault);
  }
  EXPECT_EQ(accepted, 28);
}

}  // namespace
}  // namespace colloquy::resource
