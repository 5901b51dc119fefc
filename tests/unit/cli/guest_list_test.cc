// Lists as spreadsheets, scripts and accidents leave them.
#include "clients/cli/guest_list/guest_list.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "clients/cli/guest_list/header.h"
#include "clients/cli/guest_list/rejected_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/common/resource/email_address.h"
#include "tests/lib/sanitizers.h"
#include "tests/lib/test_data.h"

namespace colloquy::cli {
namespace {

using registrations::v1::ImportColumn;
using registrations::v1::ImportRecord;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Cells = std::vector<std::string>;

std::string EncodingOf(absl::string_view bytes) {
  EncodingDetector detector;
  detector.Feed(bytes);
  return detector.Detect().name;
}

std::string Encoded(const std::string& text, const std::string& encoding) {
  return (*TextEncoder::Open(encoding))->Encode(text);
}

// In pieces of `piece` bytes: where a file is cut must not matter.
std::string Decoded(absl::string_view bytes, const std::string& encoding, size_t piece) {
  auto decoder = *TextDecoder::Open(encoding);
  std::string text;
  for (; bytes.size() > piece; bytes.remove_prefix(piece)) {
    decoder->Decode(bytes.substr(0, piece), false, &text);
  }
  decoder->Decode(bytes, true, &text);
  return text;
}

std::vector<Record> RecordsOf(absl::string_view text, char delimiter = ',', size_t piece = 1000) {
  RecordParser parser(delimiter);
  for (; text.size() > piece; text.remove_prefix(piece)) parser.Feed(text.substr(0, piece));
  parser.Feed(text);
  parser.Finish();
  std::vector<Record> records;
  for (Record record; parser.Next(&record);) records.push_back(record);
  return records;
}

class GuestListTest : public testing::Test {
 protected:
  GuestListTest() : folder_(absl::StrCat(testing::TempDir(), "guest-list-", getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~GuestListTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, absl::string_view content) const {
    std::ofstream(folder_ + "/" + name, std::ios::binary) << content;
    return folder_ + "/" + name;
  }
  // The records of a list that can be opened.
  static std::vector<Record> All(GuestList& list) {
    std::vector<Record> records;
    for (Record record; *list.Next(&record);) records.push_back(record);
    return records;
  }

  const std::string folder_;
};

TEST(EncodingTest, ByMarkAndByWhatTheBytesSay) {
  const std::string text = "Vorname;E-Mail\r\nJürgen;j@x.org\r\nZoë;z@x.org\r\n";
  EXPECT_EQ(EncodingOf("a,b\n"), "UTF-8");
  EXPECT_EQ(EncodingOf(text), "UTF-8");
  EXPECT_EQ(EncodingOf("\xEF\xBB\xBF" + text), "UTF-8");
  for (const char* encoding : {"UTF-16LE", "UTF-16BE"}) {
    EXPECT_EQ(EncodingOf(Encoded("\uFEFF" + text, encoding)), encoding);
    EXPECT_EQ(EncodingOf(Encoded(text, encoding)), encoding) << "without a mark";
  }
  EXPECT_EQ(EncodingOf(Encoded(text, "windows-1252")), "windows-1252");
  // One damaged byte in a list of umlauts does not make all of them nonsense.
  EXPECT_EQ(EncodingOf(text + text + "\xFF;x@x.org\r\n"), "UTF-8");
}

TEST(EncodingTest, EightBitEncodingsOfEurope) {
  const std::map<std::string, std::string> texts = {
      {"windows-1252",
       "Prénom;Courriel\r\nFrançois Lefèvre;f@x.org\r\nHélène Noël;h@x.org\r\n"
       "Jürgen Größmann – Institut für Physik;j@x.org\r\nSøren Åkesson;s@x.org\r\n"},
      {"windows-1251",
       "Имя;Почта\r\nАлексей Николаевич Толстой;a@x.org\r\nЕкатерина Иванова;e@x.org\r\n"
       "Институт физики Российской академии наук;i@x.org\r\n"},
      {"iso-8859-7",
       "Όνομα;Email\r\nΓιώργος Παπαδόπουλος;g@x.org\r\nΕλένη Κωνσταντίνου;e@x.org\r\n"
       "Πανεπιστήμιο Αθηνών, Τμήμα Φυσικής;p@x.org\r\n"}};
  for (const auto& [encoding, text] : texts) {
    std::string found = EncodingOf(Encoded(text, encoding));
    EXPECT_EQ(Decoded(Encoded(text, encoding), found, 7), text) << encoding << " as " << found;
  }
}

TEST(HeaderTest, WesternTitlesAreThoseThatEnglishDoesNotHave) {
  for (const char* line : {"Vorname;Nachname;E-Mail-Adresse", "Prénom,Nom,Courriel",
                           "\"Nombre\"|\"Apellidos\"", "Nome\tCognome\tAzienda"})
    EXPECT_TRUE(HasWesternTitles(line)) << line;
  // Each of these stands in a list of another country as easily.
  for (const char* line : {"", "Name;Email", "First name,Last name,Company name,Organization name",
                           "Jméno;Příjmení;E-mail", "Imię;Nazwisko;Firma;Email"})
    EXPECT_FALSE(HasWesternTitles(line)) << line;
}

TEST(EncodingTest, GermanTitlesTellOfWesternEurope) {
  // Few accents, of which "è" would be "č" in Central Europe.
  const std::string text =
      "Vorname;Nachname;E-Mail-Adresse\r\nÉtienne;Lefèvre;e@example.org\r\n"
      "Annika;Sjöberg;a@example.org\r\nLucía;Fernández;l@example.org\r\n";
  EXPECT_EQ(EncodingOf(Encoded(text, "windows-1252")), "windows-1252");
}

TEST(EncodingTest, WhereItIsCutDoesNotMatter) {
  const std::string text = "Ζωή 👩‍🔬 naïve €\r\n";
  for (const char* encoding : {"UTF-8", "UTF-16LE", "UTF-16BE", "UTF-32LE", "GB18030"}) {
    const std::string bytes = Encoded(text, encoding);
    for (size_t piece = 1; piece < 9; ++piece) {
      EXPECT_EQ(Decoded(bytes, encoding, piece), text) << encoding << " by " << piece;
    }
  }
  EXPECT_FALSE(TextDecoder::Open("klingon").ok());
}

TEST(EncodingTest, BytesThatMeanNothingAreMarked) {
  EXPECT_EQ(Decoded("a\xC3", "UTF-8", 1), "a\xFF");
  EXPECT_EQ(Decoded("a\xC3z\x80", "UTF-8", 1), "a\xFFz\xFF");
  EXPECT_EQ(Decoded("\xED\xA0\x80", "UTF-8", 9)[0], '\xFF') << "a surrogate";
  EXPECT_EQ(Decoded(absl::string_view("a\0b", 3), "UTF-16LE", 9), "a\xFF") << "cut in half";
  EXPECT_EQ(Decoded(absl::string_view("\x00\xD8z\0", 4), "UTF-16LE", 9), "\xFFz") << "lone half";
}

TEST(RecordsTest, LineEndsQuotesAndLines) {
  for (const char* end : {"\n", "\r", "\r\n"}) {
    for (size_t piece = 1; piece < 5; ++piece) {
      const std::string text = absl::StrCat("a,\"b", end, "c\"", end, end, " d ,\"e\"\"f\"", end,
                                            ",,", end, "g,5\" pipe");
      const std::vector<Record> records = RecordsOf(text, ',', piece);
      ASSERT_EQ(records.size(), 3u);
      EXPECT_THAT(records[0].cells, ElementsAre("a", absl::StrCat("b", end, "c")));
      EXPECT_THAT(records[1].cells, ElementsAre(" d ", "e\"f"));
      EXPECT_THAT(records[2].cells, ElementsAre("g", "5\" pipe"));
      EXPECT_EQ(records[0].line, 1);
      EXPECT_EQ(records[1].line, 4);
      EXPECT_EQ(records[2].line, 6);
    }
  }
  EXPECT_THAT(RecordsOf("a\tb|c\td", '\t')[0].cells, ElementsAre("a", "b|c", "d"));
}

TEST(RecordsTest, DefectsStayWhereTheyAre) {
  std::vector<Record> records = RecordsOf("a\nb\xFF,c\nd\n");
  EXPECT_EQ(records[1].defect, ImportRecord::INVALID_ENCODING);
  EXPECT_EQ(records[1].cells[0], "b\uFFFD");
  EXPECT_EQ(records[2].defect, ImportRecord::DEFECT_UNSPECIFIED);

  records = RecordsOf(absl::StrCat("a\nb,", std::string(70'000, 'x'), ",c\nd\n"));
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[1].defect, ImportRecord::TOO_LONG);
  EXPECT_EQ(records[1].line, 2);
  EXPECT_THAT(records[2].cells, ElementsAre("d"));
  EXPECT_EQ(records[2].line, 3);

  records = RecordsOf("a\nb,\"c\nd\n");
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[1].defect, ImportRecord::UNTERMINATED_QUOTE);
  EXPECT_THAT(records[1].cells, ElementsAre("b", "c\nd\n"));

  const std::string nul("a\0b\nc\n", 6);
  EXPECT_THAT(RecordsOf(nul)[0].cells, ElementsAre(nul.substr(0, 3)));
}

TEST(RecordsTest, AMissingQuoteDoesNotCostTheRestOfTheList) {
  std::string text = "\"open,x\n";
  for (int i = 0; i < 10'000; ++i) absl::StrAppend(&text, "guest", i, "@example.org,Guest\n");
  const std::vector<Record> records = RecordsOf(text);
  EXPECT_EQ(records[0].defect, ImportRecord::TOO_LONG);
  EXPECT_GT(records.size(), 7000u);
  EXPECT_THAT(records.back().cells, ElementsAre("guest9999@example.org", "Guest"));
  EXPECT_EQ(records.back().line, 10'001);
}

TEST(RecordsTest, ReadsWhatTheSpectrumOfCsvHolds) {
  const std::string folder = testing_data::PathOf("csv/spectrum");
  COLLOQUY_NEEDS_DATA(folder);
  int pairs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder + "/csvs")) {
    const std::string name = entry.path().stem();
    if (name == "location_coordinates") continue;  // disagrees with itself
    const std::vector<Record> records = RecordsOf(testing_data::Read(entry.path()), ',', 3);
    const auto expected =
        nlohmann::json::parse(testing_data::Read(folder + "/json/" + name + ".json"));
    ASSERT_EQ(records.size(), expected.size() + 1) << name;
    for (size_t i = 0; i < expected.size(); ++i) {
      for (size_t j = 0; j < records[0].cells.size(); ++j) {
        EXPECT_EQ(records[i + 1].cells[j], expected[i][records[0].cells[j]].get<std::string>())
            << name << " record " << i + 1;
      }
    }
    ++pairs;
  }
  EXPECT_EQ(pairs, 11);
}

TEST(HeaderTest, KnowsTitlesInFiveLanguages) {
  const std::map<ImportColumn::Field, Cells> titles = {
      {ImportColumn::EMAIL,
       {"E-Mail-Adresse", "e-mail", "EMAIL", "Courriel", "Adresse électronique",
        "Correo electrónico", "Indirizzo e-mail", "E‑Mail", "Email address"}},
      {ImportColumn::GIVEN_NAME, {"Vorname", "First Name", "Prénom", "Nombre", "given_name"}},
      {ImportColumn::FAMILY_NAME, {"Nachname", "Nom de famille", "Apellidos", "Cognome", "Name"}},
      {ImportColumn::TITLE, {"Anrede", "Civilité", "Tratamiento", "Titolo", "Title"}},
      {ImportColumn::ORGANISATION, {"Organisation", "Firma", "Société", "Empresa", "Azienda"}},
      {ImportColumn::COUNTRY, {"Land", "Country", "Pays", "País", "Paese"}},
      {ImportColumn::LANGUAGE, {"Sprache", "Language", "Langue", "Idioma", "Lingua"}},
      {ImportColumn::GROUP, {"Gruppe", "Group", "Groupe", "Grupo", "Gruppo"}},
      {ImportColumn::PARTY_SIZE, {"Personen", "Party size", "Anzahl Personen"}},
      {ImportColumn::NOTE, {"Bemerkung", "Notes", "Remarques", "Observaciones", "Note"}},
      {ImportColumn::PLACEHOLDER, {"Tisch", "Street", "Adresse"}},
      {ImportColumn::FIELD_UNSPECIFIED, {"", "  ", "rejected_reason", "rejected_message"}}};
  for (const auto& [field, words] : titles) {
    for (const std::string& word : words) {
      EXPECT_EQ(FieldWord(FieldOfTitle(word)), FieldWord(field)) << word;
    }
  }
}

std::string Words(const Cells& titles, const Cells& maps) {
  const auto columns = MapHeader(titles, maps);
  if (!columns.ok()) return std::string(columns.status().message());
  return absl::StrJoin(*columns, " ", [](std::string* out, const ImportColumn& column) {
    *out += FieldWord(column.field());
  });
}

TEST(HeaderTest, OneFieldHasOneColumn) {
  EXPECT_EQ(Words({"E-Mail", "Vorname", "Name", "Tisch", ""}, {}),
            "email given_name family_name placeholder ignore");
  EXPECT_EQ(Words({"Nome", "Cognome", "E-mail"}, {}), "given_name family_name email");
  EXPECT_EQ(Words({"Prénom", "Nom", "Courriel"}, {}), "given_name family_name email");
  EXPECT_EQ(Words({"email", "E-Mail"}, {}), "email placeholder");
  EXPECT_EQ(Words({"email", "E-Mail", "x"}, {"2=email", "x=ignore"}), "placeholder email ignore");
  EXPECT_EQ(Words({"Post", "a=b"}, {"post=email", "a=b=note"}), "email note");
}

TEST(HeaderTest, SaysTheWayOut) {
  EXPECT_THAT(Words({"Vorname", "Tisch"}, {}), HasSubstr("--map COLUMN=email"));
  EXPECT_THAT(Words({"ada@x.org", "Ada"}, {}), HasSubstr("no titles"));
  EXPECT_THAT(Words({"email"}, {"email=colour"}), HasSubstr("party_size"));
  EXPECT_THAT(Words({"email"}, {"Tisch=note"}), HasSubstr("'Tisch'"));
  EXPECT_THAT(Words({"email"}, {"email"}), HasSubstr("COLUMN=FIELD"));
  EXPECT_THAT(Words({"a", "b"}, {"a=email", "b=email"}), HasSubstr("Only one"));
  Cells many(22, "x");
  many[0] = "email";
  EXPECT_THAT(Words(many, {}), HasSubstr("21 columns"));
  EXPECT_THAT(Words(Cells(10'000, "x"), {}), HasSubstr("10000 columns"));
}

TEST_F(GuestListTest, FindsTheDelimiter) {
  EXPECT_EQ(DetectDelimiter("email;name\na;b\n"), ';');
  EXPECT_EQ(DetectDelimiter("Name, Vorname;E-Mail\nL, A;a@x.org\n"), ';');
  EXPECT_EQ(DetectDelimiter("email\tname\na\tb, c; d\n"), '\t');
  EXPECT_EQ(DetectDelimiter("email|name\na|b\n"), '|');
  EXPECT_EQ(DetectDelimiter("email,\"a;b;c\"\nx,\"d;e;f\"\n"), ',');
  EXPECT_EQ(DetectDelimiter("email\na@x.org\n"), ',');
  EXPECT_EQ(DetectDelimiter("sep=\n\nemail;name\n"), ',') << "no delimiter at all";
  auto list = GuestList::Open(Write("sep.csv", "sep=;\r\nemail;name\r\na@x.org;A\r\n"), {});
  ASSERT_TRUE(list.ok()) << list.status();
  EXPECT_THAT((*list)->titles(), ElementsAre("email", "name"));
  EXPECT_THAT(All(**list)[0].cells, ElementsAre("a@x.org", "A"));
}

TEST_F(GuestListTest, ReadsTheGuestsInAllThreeDresses) {
  COLLOQUY_NEEDS_DATA(testing_data::PathOf("guests/expected.json"));
  const auto expected =
      nlohmann::json::parse(testing_data::Read(testing_data::PathOf("guests/expected.json")));
  const std::map<std::string, Cells> files = {
      {"guests-excel-de.csv", {"UTF-8", "semicolon", "\r\n"}},
      {"guests-utf16.tsv", {"UTF-16LE", "tab", "\r\n"}},
      {"guests-plain.csv", {"UTF-8", "comma", "\n"}}};
  for (const auto& [name, dialect] : files) {
    auto list = GuestList::Open(testing_data::PathOf("guests/" + name), {});
    ASSERT_TRUE(list.ok()) << name << list.status();
    EXPECT_EQ((*list)->dialect().encoding.name, dialect[0]) << name;
    EXPECT_EQ(DelimiterWord((*list)->dialect().delimiter), dialect[1]) << name;
    EXPECT_EQ((*list)->dialect().line_end, dialect[2]) << name;
    EXPECT_EQ(Words((*list)->titles(), {}),
              "title given_name family_name email organisation country language group");
    std::map<std::string, size_t> seen;
    const std::vector<Record> records = All(**list);
    ASSERT_EQ(records.size(), expected.size()) << name;
    for (size_t i = 0; i < records.size(); ++i) {
      EXPECT_EQ(records[i].defect, ImportRecord::DEFECT_UNSPECIFIED);
      resource::EmailAddress address;
      const auto fault = resource::ParseEmailAddress(records[i].cells[3],
                                                     resource::AddressForm::kListed, &address);
      std::string verdict = "accept";
      if (fault != resource::AddressFault::kNone) {
        verdict = "reject";
      } else if (!seen.emplace(address.key, i).second) {
        verdict = "duplicate";
      }
      EXPECT_EQ(verdict, expected[i]["verdict"].get<std::string>()) << name << " record " << i + 1;
    }
  }
}

TEST_F(GuestListTest, PeekingTakesNothing) {
  auto list = *GuestList::Open(Write("a.csv", "email\na@x.org\nb@x.org\n"), {});
  EXPECT_EQ(list->Peek(5)->size(), 2u);
  EXPECT_EQ(list->Peek(1)->size(), 1u);
  EXPECT_EQ(All(*list).size(), 2u);
  EXPECT_EQ(list->byte_offset(), list->byte_count());
  EXPECT_EQ(absl::BytesToHexString(list->fingerprint()).size(), 64u);
}

TEST_F(GuestListTest, WhatIsNoListIsSaidSo) {
  const auto message = [&](absl::string_view content, const ListOptions& options = {}) {
    const auto list = GuestList::Open(Write("x.csv", content), options);
    return list.ok() ? "opened" : std::string(list.status().message());
  };
  EXPECT_THAT(message(""), HasSubstr("empty"));
  EXPECT_THAT(message("\n\n"), HasSubstr("empty"));
  EXPECT_THAT(message(std::string(1000, '\0')), HasSubstr("--map"));
  EXPECT_THAT(message(std::string(50 << 20, 'x')), HasSubstr("TOO_LONG"));
  EXPECT_THAT(message("email\n", {.encoding = "klingon"}), HasSubstr("klingon"));
  EXPECT_THAT(message("email" + std::string(9'999, ',') + "x"), HasSubstr("10000 columns"));
  EXPECT_FALSE(GuestList::Open(folder_ + "/absent", {}).ok());
  EXPECT_FALSE(GuestList::Open(folder_, {}).ok());
}

TEST_F(GuestListTest, AChangedFileIsNoticed) {
  std::string content = "email\n";
  for (int i = 0; i < 10'000; ++i) absl::StrAppend(&content, "guest", i, "@x.org\n");
  const std::string path = Write("x.csv", content);
  auto list = *GuestList::Open(path, {});
  std::ofstream(path, std::ios::app) << "b@x.org\n";
  Record record;
  absl::StatusOr<bool> found = true;
  while (found.ok() && *found) found = list->Next(&record);
  EXPECT_EQ(found.status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(GuestListTest, MemoryDoesNotGrowWithLinesOrFiles) {
  std::string content = "email,note\n";
  content.append(50 << 20, 'y');
  content += "\nz@x.org,\"" + std::string(1 << 20, '\n');
  for (int i = 0; i < 200'000; ++i) absl::StrAppend(&content, "g", i, "@example.org,Guest\n");
  const std::string path = Write("long.csv", content);
  content = std::string();
  rusage before, after;
  getrusage(RUSAGE_SELF, &before);
  auto list = *GuestList::Open(path, {});
  int64_t records = 0, defects = 0;
  for (Record record; *list->Next(&record); ++records) {
    defects += record.defect != ImportRecord::DEFECT_UNSPECIFIED ? 1 : 0;
  }
  getrusage(RUSAGE_SELF, &after);
  EXPECT_EQ(records, 200'002);
  EXPECT_EQ(defects, 2);
  if (!test::kSanitized) {
    EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 8 << 10) << "KiB";
  }
}

TEST_F(GuestListTest, RejectedRecordsComeBackInTheirOwnDialect) {
  EXPECT_EQ(RejectedPath("/a.b/guests.csv"), "/a.b/guests.rejected.csv");
  EXPECT_EQ(RejectedPath("guests"), "guests.rejected.csv");
  EXPECT_EQ(RejectedPath("guests.rejected.csv"), "guests.rejected-2.csv");
  EXPECT_EQ(RejectedPath("guests.rejected-9.csv"), "guests.rejected-10.csv");

  for (const char* encoding : {"UTF-8", "UTF-16LE", "windows-1252"}) {
    const std::string mark = encoding[0] == 'U' ? "\uFEFF" : "";
    const std::string text =
        mark +
        "E-Mail;Straße;Ort\r\nohne;\"Am \"\"Tor\"\"; 5\r\nHof\";Köln\r\n;Weg 1\r\nb;c;d;e\r\n";
    const std::string path = Write("l.csv", Encoded(text, encoding));
    auto list = GuestList::Open(path, {});
    ASSERT_TRUE(list.ok()) << encoding << list.status();
    RejectedFile rejected(RejectedPath(path), list->get());
    for (const Record& record : All(**list)) {
      ASSERT_TRUE(rejected.Add(record, "ADDRESS_INVALID", "has no '@'").ok());
    }
    ASSERT_TRUE(rejected.Finish().ok());
    EXPECT_EQ(rejected.count(), 3);
    EXPECT_EQ(
        testing_data::Read(rejected.path()),
        Encoded(mark +
                    "E-Mail;Straße;Ort;rejected_reason;rejected_message\r\n"
                    "ohne;\"Am \"\"Tor\"\"; 5\r\nHof\";Köln;ADDRESS_INVALID;line 2: has no '@'\r\n"
                    ";Weg 1;;ADDRESS_INVALID;line 4: has no '@'\r\n"
                    "b;c;d;e;ADDRESS_INVALID;line 5: has no '@'\r\n",
                encoding));

    // Rejected again, the columns are not there twice.
    auto again = *GuestList::Open(rejected.path(), {});
    EXPECT_EQ(Words(again->titles(), {}), "email placeholder placeholder ignore ignore");
    const std::vector<Record> records = All(*again);
    EXPECT_EQ(records[0].cells[1], "Am \"Tor\"; 5\r\nHof");
    EXPECT_EQ(records[2].defect, ImportRecord::TOO_MANY_CELLS);
    RejectedFile second(RejectedPath(rejected.path()), again.get());
    for (const Record& record : records) {
      ASSERT_TRUE(second.Add(record, "ADDRESS_MISSING", "none").ok());
    }
    ASSERT_TRUE(second.Finish().ok());
    const std::string bytes = testing_data::Read(second.path());
    EXPECT_THAT(Decoded(bytes, encoding, 9), HasSubstr("b;c;d;e;ADDRESS_MISSING;line 5: none\r\n"));
    std::filesystem::remove(rejected.path());
  }
}

TEST_F(GuestListTest, WithoutRejectionsThereIsNoFile) {
  auto list = *GuestList::Open(Write("x.csv", "email\nx\n"), {});
  const std::string path = folder_ + "/x.rejected.csv";
  RejectedFile none(path, list.get());
  EXPECT_TRUE(none.Finish().ok());
  EXPECT_FALSE(std::filesystem::exists(path));
  {
    RejectedFile unfinished(path, list.get());
    ASSERT_TRUE(unfinished.Add(All(*list)[0], "R", "m").ok());
  }
  EXPECT_TRUE(std::filesystem::directory_iterator(folder_)->path().filename() == "x.csv");
}

}  // namespace
}  // namespace colloquy::cli
