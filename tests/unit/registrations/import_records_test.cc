#include "services/registrations/rules/import_records.h"

#include <functional>
#include <random>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace colloquy::registrations::rules {
namespace {

using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using v1::ImportColumn;
using v1::ImportRecord;
using v1::Invitation;
using v1::RecordVerdict;
using v1::StartInvitationImportRequest;

StartInvitationImportRequest ListOf(const std::vector<ImportColumn::Field>& fields) {
  StartInvitationImportRequest import;
  import.set_parent("organizers/mst/events/dialogue");
  import.set_fingerprint(std::string(32, 'f'));
  for (const ImportColumn::Field field : fields) {
    ImportColumn& column = *import.add_columns();
    column.set_field(field);
    column.set_header(absl::StrCat("Column ", import.columns_size()));
  }
  return import;
}

// One of each field.
StartInvitationImportRequest WholeList() {
  return ListOf({ImportColumn::FAMILY_NAME, ImportColumn::EMAIL, ImportColumn::GIVEN_NAME,
                 ImportColumn::TITLE, ImportColumn::ORGANISATION, ImportColumn::COUNTRY,
                 ImportColumn::LANGUAGE, ImportColumn::GROUP, ImportColumn::PARTY_SIZE,
                 ImportColumn::NOTE, ImportColumn::PLACEHOLDER, ImportColumn::FIELD_UNSPECIFIED});
}

ImportRecord RecordOf(const std::vector<std::string>& cells) {
  ImportRecord record;
  for (const std::string& cell : cells) record.add_cells(cell);
  return record;
}

ReadRecord Read(const StartInvitationImportRequest& import, const std::vector<std::string>& cells) {
  return ReadImportRecord(import, RecordOf(cells));
}

// A list of an address and one column more, and what becomes of `cell` in that one.
ReadRecord ReadCell(ImportColumn::Field field, const std::string& cell) {
  return Read(ListOf({ImportColumn::EMAIL, field}), {"ada@example.org", cell});
}

void ExpectRejected(const ReadRecord& read, RecordVerdict::Reason reason, int column,
                    const std::string& words) {
  EXPECT_TRUE(read.rejected()) << words;
  EXPECT_EQ(read.verdict.reason(), reason) << read.verdict.ShortDebugString();
  EXPECT_EQ(read.verdict.column(), column) << read.verdict.ShortDebugString();
  EXPECT_THAT(read.verdict.message(), HasSubstr(words));
}

TEST(ImportRecordsTest, EveryColumnHasItsPlace) {
  const ReadRecord read =
      Read(WholeList(), {" Lovelace ", " Ada Lovelace <Ada@Example.ORG> ", "Ada\nKing", "Dr.",
                         "CSEM SA\r\nAbteilung\t2", "de", "DE-ch", " Speakers ", " 3 ",
                         " sits\nin front ", "Room 4", "nobody reads this \x01"});
  ASSERT_FALSE(read.rejected()) << read.verdict.ShortDebugString();
  EXPECT_EQ(read.verdict.verdict(), RecordVerdict::VERDICT_UNSPECIFIED);
  const v1::Attendee& guest = read.invitation.guest();
  EXPECT_EQ(guest.email(), "Ada@Example.ORG");
  EXPECT_EQ(read.email_key, "ada@example.org");
  EXPECT_EQ(guest.family_name(), "Lovelace");
  EXPECT_EQ(guest.given_name(), "Ada King");
  EXPECT_EQ(guest.title(), "Dr.");
  EXPECT_EQ(guest.organisation(), "CSEM SA Abteilung 2");
  EXPECT_EQ(guest.region_code(), "DE");
  EXPECT_EQ(guest.language_code(), "de-CH");
  EXPECT_EQ(read.invitation.group(), "Speakers");
  EXPECT_EQ(read.invitation.party_size(), 3);
  EXPECT_EQ(read.invitation.note(), "sits\nin front");
  ASSERT_THAT(read.invitation.placeholders(), SizeIs(1));
  EXPECT_EQ(read.invitation.placeholders().at("Column 11"), "Room 4");
}

TEST(ImportRecordsTest, MissingCellsSayNothing) {
  const ReadRecord read = Read(WholeList(), {"", "ada@example.org"});
  ASSERT_FALSE(read.rejected());
  EXPECT_EQ(read.invitation.party_size(), 0);
  EXPECT_THAT(read.invitation.placeholders(), IsEmpty());
  EXPECT_EQ(read.invitation.guest().family_name(), "");
  // Nor do cells of white space.
  const ReadRecord blank =
      Read(WholeList(), {" ", "ada@example.org", "\t", "", " ", " ", " ", " ", " ", " ", " "});
  ASSERT_FALSE(blank.rejected()) << blank.verdict.ShortDebugString();
  EXPECT_EQ(blank.invitation.SerializeAsString(), read.invitation.SerializeAsString());
}

TEST(ImportRecordsTest, WhatAllOfTheListHaveInCommonIsPutIn) {
  StartInvitationImportRequest import = WholeList();
  import.set_category("speakers");
  import.set_reserve_seats(true);
  import.mutable_expire_time()->set_seconds(1'800'000'000);
  const ReadRecord read = Read(import, {"", "ada@example.org"});
  EXPECT_EQ(read.invitation.category(), "speakers");
  EXPECT_TRUE(read.invitation.reserve_seats());
  EXPECT_EQ(read.invitation.expire_time().seconds(), 1'800'000'000);
}

TEST(ImportRecordsTest, AddressesAreRefusedInWordsThatHelp) {
  const StartInvitationImportRequest import =
      ListOf({ImportColumn::FAMILY_NAME, ImportColumn::EMAIL});
  ExpectRejected(Read(import, {"Lovelace", ""}), RecordVerdict::ADDRESS_MISSING, 2, "missing");
  ExpectRejected(Read(import, {"Lovelace"}), RecordVerdict::ADDRESS_MISSING, 2, "missing");
  ExpectRejected(Read(import, {"Lovelace", "ada.example.org"}), RecordVerdict::ADDRESS_INVALID, 2,
                 "has no '@'");
  ExpectRejected(Read(import, {"Lovelace", "a@x.org; b@x.org"}), RecordVerdict::ADDRESS_INVALID, 2,
                 "the address ");
  ExpectRejected(Read(import, {"Lovelace", "ada@example.org\nBcc: all@example.org"}),
                 RecordVerdict::CONTROL_CHARACTERS, 2, "the address ");
}

TEST(ImportRecordsTest, TheAddressIsLookedAtFirst) {
  ExpectRejected(Read(WholeList(), {std::string(500, 'x'), "nobody", "a\x01"}),
                 RecordVerdict::ADDRESS_INVALID, 2, "the address ");
  // After it the leftmost fault.
  ExpectRejected(Read(WholeList(), {std::string(500, 'x'), "ada@example.org", "a\x01"}),
                 RecordVerdict::CELL_TOO_LONG, 1, "200 characters");
}

TEST(ImportRecordsTest, DefectsAreTheWholeRecords) {
  for (const auto& [defect, words] : std::vector<std::pair<ImportRecord::Defect, std::string>>{
           {ImportRecord::INVALID_ENCODING, "UTF-8"},
           {ImportRecord::TOO_LONG, "64 KiB"},
           {ImportRecord::TOO_MANY_CELLS, "more cells"},
           {ImportRecord::UNTERMINATED_QUOTE, "never closed"}}) {
    ImportRecord record = RecordOf({"", "ada@example.org"});
    record.set_defect(defect);
    ExpectRejected(ReadImportRecord(WholeList(), record), RecordVerdict::RECORD_DEFECTIVE, 0,
                   words);
  }
  ExpectRejected(Read(ListOf({ImportColumn::EMAIL}), {"ada@example.org", "and more"}),
                 RecordVerdict::RECORD_DEFECTIVE, 0, "more cells");
}

TEST(ImportRecordsTest, LengthsAreCountedInCharacters) {
  std::string longest;
  for (int i = 0; i < 200; ++i) absl::StrAppend(&longest, "ß");
  for (const ImportColumn::Field field :
       {ImportColumn::FAMILY_NAME, ImportColumn::GIVEN_NAME, ImportColumn::TITLE,
        ImportColumn::ORGANISATION, ImportColumn::GROUP}) {
    EXPECT_FALSE(ReadCell(field, longest).rejected());
    ExpectRejected(ReadCell(field, longest + "x"), RecordVerdict::CELL_TOO_LONG, 2,
                   "at most 200 characters");
  }
  EXPECT_FALSE(ReadCell(ImportColumn::NOTE, std::string(1000, 'n')).rejected());
  ExpectRejected(ReadCell(ImportColumn::NOTE, std::string(1001, 'n')), RecordVerdict::CELL_TOO_LONG,
                 2, "at most 1000 characters");
  EXPECT_FALSE(ReadCell(ImportColumn::PLACEHOLDER, std::string(500, 'p')).rejected());
  ExpectRejected(ReadCell(ImportColumn::PLACEHOLDER, std::string(501, 'p')),
                 RecordVerdict::CELL_TOO_LONG, 2, "at most 500 characters");
}

TEST(ImportRecordsTest, ControlCharactersAreRefused) {
  for (const std::string& bad :
       {std::string("a\0b", 3), std::string("\x1B[31m"), std::string("\x7F"),
        std::string("\xC2\x85"), std::string("\xC2\x9F")}) {
    ExpectRejected(ReadCell(ImportColumn::FAMILY_NAME, bad), RecordVerdict::CONTROL_CHARACTERS, 2,
                   "control characters");
    EXPECT_FALSE(ReadCell(ImportColumn::FIELD_UNSPECIFIED, bad).rejected());
  }
  for (const std::string good : {"a\tb", "a\r\nb", "\xC2\xA0", "\xC3\x85"})
    EXPECT_FALSE(ReadCell(ImportColumn::NOTE, good).rejected()) << good;
}

TEST(ImportRecordsTest, CodesAreOfTheirStandards) {
  EXPECT_EQ(ReadCell(ImportColumn::COUNTRY, "ch").invitation.guest().region_code(), "CH");
  EXPECT_EQ(ReadCell(ImportColumn::COUNTRY, "Österreich").invitation.guest().region_code(), "AT");
  for (const std::string bad : {"Germania Superior", "D", "D1"}) {
    ExpectRejected(ReadCell(ImportColumn::COUNTRY, bad), RecordVerdict::CODE_INVALID, 2,
                   "ISO 3166");
  }
  EXPECT_EQ(ReadCell(ImportColumn::LANGUAGE, "EN-gb").invitation.guest().language_code(), "en-GB");
  EXPECT_EQ(ReadCell(ImportColumn::LANGUAGE, "Deutsch").invitation.guest().language_code(), "de");
  for (const std::string bad : {"german language", "d", "12"})
    ExpectRejected(ReadCell(ImportColumn::LANGUAGE, bad), RecordVerdict::CODE_INVALID, 2, "BCP 47");
}

TEST(ImportRecordsTest, PartiesAreFromOneToAHundred) {
  EXPECT_EQ(ReadCell(ImportColumn::PARTY_SIZE, "1").invitation.party_size(), 1);
  EXPECT_EQ(ReadCell(ImportColumn::PARTY_SIZE, "100").invitation.party_size(), 100);
  for (const std::string bad : {"0", "101", "-1", "2.5", "two", "4294967297"}) {
    ExpectRejected(ReadCell(ImportColumn::PARTY_SIZE, bad), RecordVerdict::PARTY_SIZE_INVALID, 2,
                   "1 to 100");
  }
}

// Whatever cells hold: a verdict, at a column that there is, which repeats nothing of them.
TEST(ImportRecordsTest, AnyBytesGetAVerdict) {
  std::mt19937 random(20261126);
  const StartInvitationImportRequest import = WholeList();
  const std::string marker = "WwQqZz";
  for (int round = 0; round < 5000; ++round) {
    std::vector<std::string> cells(random() % 14);
    for (std::string& cell : cells) {
      cell = round % 2 == 0 ? marker : "";
      for (size_t i = random() % 12; i > 0; --i) cell += static_cast<char>(random());
    }
    if (cells.size() > 1 && round % 3 == 0) cells[1] = "ada@example.org";
    const ReadRecord read = Read(import, cells);
    EXPECT_EQ(read.rejected(), read.verdict.reason() != RecordVerdict::REASON_UNSPECIFIED);
    EXPECT_GE(read.verdict.column(), 0);
    EXPECT_LE(read.verdict.column(), import.columns_size());
    EXPECT_THAT(read.verdict.message(), Not(HasSubstr(marker)));
    if (read.rejected()) continue;
    EXPECT_FALSE(read.email_key.empty());
    EXPECT_EQ(read.invitation.guest().family_name().find('\n'), std::string::npos);
  }
}

TEST(ImportRecordsTest, AListNeedsOneAddressAndNoFieldTwice) {
  EXPECT_THAT(CheckImport(WholeList()), IsEmpty());
  const auto fields = [](const StartInvitationImportRequest& import) {
    return CheckImport(import);
  };
  EXPECT_THAT(fields(ListOf({ImportColumn::NOTE})),
              ElementsAre(Field(&errors::FieldViolation::field, "columns")));
  EXPECT_THAT(fields(ListOf({ImportColumn::EMAIL, ImportColumn::NOTE, ImportColumn::NOTE})),
              ElementsAre(Field(&errors::FieldViolation::field, "columns[2]")));
  EXPECT_THAT(fields(ListOf({ImportColumn::EMAIL, ImportColumn::FIELD_UNSPECIFIED,
                             ImportColumn::FIELD_UNSPECIFIED, ImportColumn::PLACEHOLDER,
                             ImportColumn::PLACEHOLDER})),
              IsEmpty());
  StartInvitationImportRequest nameless = ListOf({ImportColumn::EMAIL, ImportColumn::PLACEHOLDER});
  nameless.mutable_columns(1)->clear_header();
  EXPECT_THAT(fields(nameless),
              ElementsAre(Field(&errors::FieldViolation::field, "columns[1].header")));
}

TEST(ImportRecordsTest, ListsHaveBounds) {
  StartInvitationImportRequest import = ListOf({ImportColumn::EMAIL});
  import.set_fingerprint("short");
  import.set_file_name(std::string(201, 'f'));
  import.set_byte_count(-1);
  import.mutable_columns(0)->set_header(std::string(201, 'h'));
  EXPECT_THAT(CheckImport(import),
              ElementsAre(Field(&errors::FieldViolation::field, "fingerprint"),
                          Field(&errors::FieldViolation::field, "file_name"),
                          Field(&errors::FieldViolation::field, "byte_count"),
                          Field(&errors::FieldViolation::field, "columns[0].header")));
  std::vector<ImportColumn::Field> many(1000, ImportColumn::FIELD_UNSPECIFIED);
  many[0] = ImportColumn::EMAIL;
  EXPECT_THAT(CheckImport(ListOf(many)), IsEmpty());
  many.push_back(ImportColumn::FIELD_UNSPECIFIED);
  EXPECT_THAT(CheckImport(ListOf(many)), SizeIs(1));
  std::vector<ImportColumn::Field> placeholders(22, ImportColumn::PLACEHOLDER);
  placeholders[0] = ImportColumn::EMAIL;
  EXPECT_THAT(CheckImport(ListOf(placeholders)), SizeIs(1));
}

TEST(ImportRecordsTest, ImportsAreTheSameByListColumnsAndOptions) {
  const StartInvitationImportRequest import = WholeList();
  StartInvitationImportRequest renamed = import;
  renamed.set_file_name("guests (1).csv");
  renamed.set_byte_count(17);
  EXPECT_EQ(ImportFingerprint(import), ImportFingerprint(renamed));
  EXPECT_THAT(ImportFingerprint(import), SizeIs(32));
  const std::vector<std::function<void(StartInvitationImportRequest&)>> changes = {
      [](auto& other) { other.set_fingerprint(std::string(32, 'g')); },
      [](auto& other) { other.mutable_columns(0)->set_field(ImportColumn::FIELD_UNSPECIFIED); },
      [](auto& other) { other.set_dry_run(true); },
      [](auto& other) { other.set_category("speakers"); },
      [](auto& other) { other.set_reserve_seats(true); },
      [](auto& other) { other.mutable_expire_time()->set_seconds(1); },
  };
  for (const auto& change : changes) {
    StartInvitationImportRequest other = import;
    change(other);
    EXPECT_NE(ImportFingerprint(import), ImportFingerprint(other)) << other.ShortDebugString();
  }
}

Invitation Made() {
  Invitation invitation;
  invitation.mutable_guest()->set_email("ada@example.org");
  invitation.mutable_guest()->set_family_name("Lovelace");
  invitation.mutable_guest()->set_title("Dr.");
  invitation.set_party_size(2);
  invitation.set_category("speakers");
  invitation.set_note("vegetarian");
  (*invitation.mutable_placeholders())["Room"] = "4";
  return invitation;
}

TEST(ImportRecordsTest, MergingTakesWhatIsNewAndKeepsTheRest) {
  Invitation record;
  record.mutable_guest()->set_email("Ada@example.org");
  record.mutable_guest()->set_given_name("Ada");
  record.set_party_size(3);
  record.set_category("guests");
  record.set_reserve_seats(true);
  (*record.mutable_placeholders())["Table"] = "7";
  Invitation invitation = Made();
  ASSERT_TRUE(Merge(record, invitation));
  EXPECT_EQ(invitation.guest().email(), "Ada@example.org");
  EXPECT_EQ(invitation.guest().given_name(), "Ada");
  EXPECT_EQ(invitation.guest().family_name(), "Lovelace");
  EXPECT_EQ(invitation.guest().title(), "Dr.");
  EXPECT_EQ(invitation.party_size(), 3);
  EXPECT_EQ(invitation.note(), "vegetarian");
  EXPECT_EQ(invitation.placeholders().at("Room"), "4");
  EXPECT_EQ(invitation.placeholders().at("Table"), "7");
  // What the invitation was made with.
  EXPECT_EQ(invitation.category(), "speakers");
  EXPECT_FALSE(invitation.reserve_seats());
  // The second time it is nothing new.
  EXPECT_FALSE(Merge(record, invitation));
}

TEST(ImportRecordsTest, AnEmptyRecordIsNothingNew) {
  Invitation invitation = Made();
  const std::string before = invitation.SerializeAsString();
  Invitation record;
  record.mutable_guest()->set_email("ada@example.org");
  EXPECT_FALSE(Merge(record, invitation));
  EXPECT_EQ(invitation.SerializeAsString(), before);
}

TEST(ImportRecordsTest, EveryVerdictIsCounted) {
  v1::InvitationImportResult result;
  for (int verdict = RecordVerdict::CREATED; verdict <= RecordVerdict::REJECTED; ++verdict) {
    for (int i = 0; i < verdict; ++i) {
      RecordVerdict one;
      one.set_verdict(static_cast<RecordVerdict::Verdict>(verdict));
      Count(one, result);
    }
  }
  EXPECT_EQ(result.created_count(), 1);
  EXPECT_EQ(result.unchanged_count(), 2);
  EXPECT_EQ(result.updated_count(), 3);
  EXPECT_EQ(result.duplicate_count(), 4);
  EXPECT_EQ(result.suppressed_count(), 5);
  EXPECT_EQ(result.rejected_count(), 6);
}

}  // namespace
}  // namespace colloquy::registrations::rules
