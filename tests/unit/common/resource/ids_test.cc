#include "services/common/resource/ids.h"

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "services/common/resource/names.h"

namespace colloquy::resource {
namespace {

const absl::Time kNow = absl::FromUnixMillis(1767225600123);

Uid RandomUid() { return *Uid::FromBytes(RandomBytes(Uid::kSize)); }

TEST(UidTest, HasVersionVariantAndTime) {
  UidGenerator generator;
  Uid uid = generator.Next(kNow);
  EXPECT_EQ(static_cast<uint8_t>(uid.bytes()[6]) >> 4, 7);
  EXPECT_EQ(static_cast<uint8_t>(uid.bytes()[8]) >> 6, 2);
  EXPECT_EQ(uid.time(), kNow);
  EXPECT_EQ(uid.ToUuid()[14], '7');
}

TEST(UidTest, GrowsWithinAMillisecondAndWhenTheClockGoesBack) {
  UidGenerator generator;
  Uid last = generator.Next(kNow);
  for (int i = 0; i < 20000; ++i) {
    Uid next = generator.Next(kNow - absl::Milliseconds(i % 7));
    ASSERT_LT(last, next);
    ASSERT_EQ(static_cast<uint8_t>(next.bytes()[6]) >> 4, 7);
    ASSERT_EQ(static_cast<uint8_t>(next.bytes()[8]) >> 6, 2);
    last = next;
  }
  EXPECT_LT(last, generator.Next(kNow + absl::Seconds(1)));
}

TEST(UidTest, GrowsInEachThreadAndIsUniqueAcrossThem) {
  constexpr int kThreads = 4;
  constexpr int kEach = 5000;
  std::vector<std::vector<Uid>> made(kThreads);
  std::vector<std::thread> threads;
  for (auto& mine : made) {
    threads.emplace_back([&mine] {
      for (int i = 0; i < kEach; ++i) mine.push_back(NewUid());
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<Uid> all;
  for (const auto& mine : made) {
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
    all.insert(mine.begin(), mine.end());
  }
  EXPECT_EQ(all.size(), size_t{kThreads} * kEach);
}

TEST(UidTest, RoundTripsAndSortsAsItsBytes) {
  Uid previous = RandomUid();
  for (int i = 0; i < 2000; ++i) {
    Uid uid = RandomUid();
    EXPECT_EQ(Uid::FromBytes(uid.bytes()), uid);
    EXPECT_EQ(Uid::FromId(uid.ToId('e'), 'e'), uid);
    EXPECT_EQ(Uid::FromUuid(uid.ToUuid()), uid);
    EXPECT_TRUE(IsValidId(uid.ToId('e')));
    EXPECT_EQ(uid.ToId('e').size(), Uid::kIdSize);
    EXPECT_EQ(previous < uid, previous.ToId('e') < uid.ToId('e'));
    EXPECT_EQ(previous < uid, previous.bytes() < uid.bytes());
    previous = uid;
  }
}

TEST(UidTest, KnownForms) {
  std::string bytes = "\x01\x23\x45\x67\x89\xab\xcd\xef\x01\x23\x45\x67\x89\xab\xcd\xef";
  Uid uid = *Uid::FromBytes(bytes);
  EXPECT_EQ(uid.ToUuid(), "01234567-89ab-cdef-0123-456789abcdef");
  // From Python: base64.b32hexencode(bytes).decode().lower().rstrip("=").
  EXPECT_EQ(uid.ToId('r'), "r04hkaps9lf6uu0938ljojaudts");
  EXPECT_EQ(Uid::FromUuid("01234567-89AB-CDEF-0123-456789ABCDEF"), uid);
}

TEST(UidTest, RefusesOtherForms) {
  std::string id = Uid().ToId('e');
  EXPECT_TRUE(Uid::FromId(id, 'e').has_value());
  EXPECT_FALSE(Uid::FromId(id, 'r').has_value());
  EXPECT_FALSE(Uid::FromId(id + "0", 'e').has_value());
  // The last digit holds 3 bits only; another spelling of the same bytes is no id.
  EXPECT_FALSE(Uid::FromId(id.substr(0, 26) + "1", 'e').has_value());
  EXPECT_FALSE(Uid::FromId(id.substr(0, 26) + "w", 'e').has_value());
  EXPECT_FALSE(Uid::FromId("", 'e').has_value());
  EXPECT_FALSE(Uid::FromBytes("short").has_value());
  for (const char* text :
       {"", "01234567-89ab-cdef-0123-456789abcde", "01234567-89ab-cdef-0123-456789abcdefa",
        "0123456789abcdef0123456789abcdef", "01234567_89ab-cdef-0123-456789abcdef",
        "g1234567-89ab-cdef-0123-456789abcdef", "0123456-789ab-cdef-0123-456789abcdef"}) {
    EXPECT_FALSE(Uid::FromUuid(text).has_value()) << text;
  }
}

TEST(CodeTest, ReadsWhatPeopleType) {
  std::string code = NewCode();
  EXPECT_EQ(code.size(), 26u);
  EXPECT_EQ(NormalizeCode(code), code);
  EXPECT_NE(NewCode(), code);
  std::string zeros(26, '0');
  EXPECT_EQ(NormalizeCode("oOoo-0000 0000-0000 0000-0000 00"), zeros);
  EXPECT_EQ(NormalizeCode("iIlL11111111111111111111-10"), std::string(25, '1') + "0");
  EXPECT_FALSE(NormalizeCode("").has_value());
  EXPECT_FALSE(NormalizeCode(std::string(25, '0')).has_value());
  EXPECT_FALSE(NormalizeCode(std::string(27, '0')).has_value());
  EXPECT_FALSE(NormalizeCode(std::string(25, '0') + "U").has_value());
  EXPECT_FALSE(NormalizeCode(std::string(10000, '-')).has_value());
}

}  // namespace
}  // namespace colloquy::resource
