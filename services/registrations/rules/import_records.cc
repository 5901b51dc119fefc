#include "services/registrations/rules/import_records.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/message_differencer.h"
#include "services/common/resource/digest.h"
#include "services/common/resource/email_address.h"
#include "services/common/resource/spoken_names.h"
#include "services/common/resource/validation.h"
#include "services/registrations/rules/invitations.h"

namespace colloquy::registrations::rules {
namespace {

using resource::AddressFault;
using v1::ImportColumn;
using v1::ImportRecord;
using v1::Invitation;
using v1::RecordVerdict;
using Violations = std::vector<errors::FieldViolation>;

constexpr int kMaxColumns = 1000;
constexpr int kMaxPlaceholders = 20;
constexpr size_t kFingerprintSize = 32;
constexpr size_t kMaxHeader = 200;  // characters, as all below
constexpr size_t kMaxName = 200;
constexpr size_t kMaxNote = 1000;
constexpr size_t kMaxPlaceholder = 500;
constexpr int kMaxParty = 100;

size_t Characters(absl::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

bool IsBreak(char c) { return c == '\r' || c == '\n' || c == '\t'; }

// C0 but for tab and line ends, and DEL. C1 is U+0080 to U+009F: C2 and a byte from 80 to 9F.
bool HasControl(absl::string_view text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if ((c < 0x20 && !IsBreak(text[i])) || c == 0x7F) return true;
    if (c != 0xC2 || i + 1 == text.size()) continue;
    const auto next = static_cast<unsigned char>(text[i + 1]);
    if (next >= 0x80 && next <= 0x9F) return true;
  }
  return false;
}

// "CSEM SA\nAbteilung 2" is "CSEM SA Abteilung 2": names go into lines that must not break.
std::string OneLine(absl::string_view text) {
  std::string line(absl::StripAsciiWhitespace(text));
  std::replace_if(line.begin(), line.end(), IsBreak, ' ');
  absl::RemoveExtraAsciiWhitespace(&line);
  return line;
}

absl::string_view DescribeDefect(ImportRecord::Defect defect) {
  switch (defect) {
    case ImportRecord::INVALID_ENCODING:
      return "has bytes that the file's encoding does not know; save the file as UTF-8";
    case ImportRecord::TOO_LONG:
      return "is longer than 64 KiB; look for a quotation mark that is never closed";
    case ImportRecord::TOO_MANY_CELLS:
      return "has more cells than the list has columns; put cells with delimiters in quotation "
             "marks";
    case ImportRecord::UNTERMINATED_QUOTE:
      return "has a quotation mark that is never closed";
    default:
      return "cannot be read";
  }
}

// Fills one record, cell by cell, and stops at the first fault.
class Reader {
 public:
  Reader(const v1::StartInvitationImportRequest& import, ReadRecord& out)
      : import_(import), out_(out) {}

  void Read(const ImportRecord& record) {
    if (record.defect() != ImportRecord::DEFECT_UNSPECIFIED)
      return Refuse(RecordVerdict::RECORD_DEFECTIVE, -1, DescribeDefect(record.defect()));
    if (record.cells_size() > import_.columns_size())
      return Refuse(RecordVerdict::RECORD_DEFECTIVE, -1,
                    DescribeDefect(ImportRecord::TOO_MANY_CELLS));
    const int address = AddressColumn();
    ReadAddress(address, address < record.cells_size() ? record.cells(address) : std::string());
    for (int i = 0; i < record.cells_size() && !out_.rejected(); ++i) {
      if (i != address) ReadCell(i, record.cells(i));
    }
    if (out_.rejected()) return;
    out_.invitation.set_category(import_.category());
    out_.invitation.set_reserve_seats(import_.reserve_seats());
    if (import_.has_expire_time()) *out_.invitation.mutable_expire_time() = import_.expire_time();
  }

 private:
  int AddressColumn() const {
    const auto& columns = import_.columns();
    return static_cast<int>(std::find_if(columns.begin(), columns.end(),
                                         [](const ImportColumn& column) {
                                           return column.field() == ImportColumn::EMAIL;
                                         }) -
                            columns.begin());
  }

  // `column` counts from 0; -1 for the whole record.
  void Refuse(RecordVerdict::Reason reason, int column, absl::string_view message) {
    out_.verdict = Reject(reason, column + 1, message);
  }

  void ReadAddress(int column, absl::string_view cell) {
    resource::EmailAddress address;
    const AddressFault fault =
        resource::ParseEmailAddress(cell, resource::AddressForm::kListed, &address);
    switch (fault) {
      case AddressFault::kNone:
        out_.invitation.mutable_guest()->set_email(std::move(address.text));
        out_.email_key = std::move(address.key);
        return;
      case AddressFault::kMissing:
        return Refuse(RecordVerdict::ADDRESS_MISSING, column, "the address is missing");
      case AddressFault::kControlCharacter:
        return Refuse(RecordVerdict::CONTROL_CHARACTERS, column,
                      absl::StrCat("the address ", resource::DescribeFault(fault)));
      default:
        return Refuse(RecordVerdict::ADDRESS_INVALID, column,
                      absl::StrCat("the address ", resource::DescribeFault(fault)));
    }
  }

  void ReadCell(int column, absl::string_view cell) {
    const ImportColumn& meaning = import_.columns(column);
    if (meaning.field() == ImportColumn::FIELD_UNSPECIFIED) return;
    if (HasControl(cell)) {
      return Refuse(RecordVerdict::CONTROL_CHARACTERS, column,
                    "holds control characters, which no text needs; take them out");
    }
    v1::Attendee& guest = *out_.invitation.mutable_guest();
    switch (meaning.field()) {
      case ImportColumn::GIVEN_NAME:
        return ReadText(column, OneLine(cell), kMaxName, guest.mutable_given_name());
      case ImportColumn::FAMILY_NAME:
        return ReadText(column, OneLine(cell), kMaxName, guest.mutable_family_name());
      case ImportColumn::TITLE:
        return ReadText(column, OneLine(cell), kMaxName, guest.mutable_title());
      case ImportColumn::ORGANISATION:
        return ReadText(column, OneLine(cell), kMaxName, guest.mutable_organisation());
      case ImportColumn::GROUP:
        return ReadText(column, OneLine(cell), kMaxName, out_.invitation.mutable_group());
      case ImportColumn::COUNTRY:
        return ReadCountry(column, OneLine(cell));
      case ImportColumn::LANGUAGE:
        return ReadLanguage(column, OneLine(cell));
      case ImportColumn::PARTY_SIZE:
        return ReadParty(column, OneLine(cell));
      case ImportColumn::NOTE:
        return ReadText(column, std::string(absl::StripAsciiWhitespace(cell)), kMaxNote,
                        out_.invitation.mutable_note());
      case ImportColumn::PLACEHOLDER:
        if (absl::StripAsciiWhitespace(cell).empty()) return;
        return ReadText(column, std::string(absl::StripAsciiWhitespace(cell)), kMaxPlaceholder,
                        &(*out_.invitation.mutable_placeholders())[meaning.header()]);
      default:
        return;
    }
  }

  void ReadText(int column, std::string text, size_t most, std::string* field) {
    if (Characters(text) > most) {
      return Refuse(RecordVerdict::CELL_TOO_LONG, column,
                    absl::StrCat("takes at most ", most, " characters"));
    }
    *field = std::move(text);
  }

  void ReadCountry(int column, const std::string& text) {
    if (text.empty()) return;
    std::optional<std::string> code = resource::RegionCodeOf(text);
    if (!code.has_value()) {
      return Refuse(
          RecordVerdict::CODE_INVALID, column,
          "must be a country's name, or its code of two letters (ISO 3166-1), such as DE");
    }
    out_.invitation.mutable_guest()->set_region_code(*std::move(code));
  }

  void ReadLanguage(int column, const std::string& text) {
    if (text.empty()) return;
    // "Deutsch" would pass as a tag.
    const std::optional<std::string> named = resource::LanguageTagOf(text);
    absl::StatusOr<std::string> tag =
        named.has_value() ? *named : resource::CanonicalLanguageTag(text, "language");
    if (!tag.ok()) {
      return Refuse(RecordVerdict::CODE_INVALID, column,
                    "must be a language's name, or its tag (BCP 47), such as de or en-GB");
    }
    out_.invitation.mutable_guest()->set_language_code(*std::move(tag));
  }

  void ReadParty(int column, const std::string& text) {
    if (text.empty()) return;
    int32_t party = 0;
    if (!absl::SimpleAtoi(text, &party) || party < 1 || party > kMaxParty) {
      return Refuse(RecordVerdict::PARTY_SIZE_INVALID, column,
                    absl::StrCat("must be a whole number from 1 to ", kMaxParty));
    }
    out_.invitation.set_party_size(party);
  }

  const v1::StartInvitationImportRequest& import_;
  ReadRecord& out_;
};

void CheckColumns(const v1::StartInvitationImportRequest& import, Violations& out) {
  std::set<std::pair<int, std::string>> seen;
  int addresses = 0;
  int placeholders = 0;
  for (int i = 0; i < import.columns_size(); ++i) {
    const ImportColumn& column = import.columns(i);
    const std::string path = absl::StrCat("columns[", i, "]");
    if (Characters(column.header()) > kMaxHeader)
      out.push_back({absl::StrCat(path, ".header"), "takes at most 200 characters"});
    addresses += column.field() == ImportColumn::EMAIL ? 1 : 0;
    if (column.field() == ImportColumn::FIELD_UNSPECIFIED) continue;
    const bool placeholder = column.field() == ImportColumn::PLACEHOLDER;
    if (placeholder && (column.header().empty() || HasControl(column.header())))
      out.push_back({absl::StrCat(path, ".header"), "must say what the placeholder is called"});
    placeholders += placeholder ? 1 : 0;
    if (!seen.insert({column.field(), placeholder ? column.header() : ""}).second)
      out.push_back({path, "is there twice; every field has one column"});
  }
  if (addresses != 1) out.push_back({"columns", "must have one of EMAIL"});
  if (import.columns_size() > kMaxColumns)
    out.push_back({"columns", absl::StrCat("takes at most ", kMaxColumns)});
  if (placeholders > kMaxPlaceholders)
    out.push_back({"columns", absl::StrCat("takes at most ", kMaxPlaceholders, " placeholders")});
}

}  // namespace

Violations CheckImport(const v1::StartInvitationImportRequest& import) {
  Violations out;
  if (import.fingerprint().size() != kFingerprintSize)
    out.push_back({"fingerprint", "must be the 32 bytes of a SHA-256"});
  if (Characters(import.file_name()) > kMaxHeader)
    out.push_back({"file_name", "takes at most 200 characters"});
  if (import.byte_count() < 0) out.push_back({"byte_count", "must not be negative"});
  CheckColumns(import, out);
  return out;
}

std::string ImportFingerprint(const v1::StartInvitationImportRequest& import) {
  v1::StartInvitationImportRequest same = import;
  same.clear_file_name();
  same.clear_byte_count();
  return resource::Sha256(resource::DeterministicBytes(same));
}

ReadRecord ReadImportRecord(const v1::StartInvitationImportRequest& import,
                            const ImportRecord& record) {
  ReadRecord out;
  Reader(import, out).Read(record);
  return out;
}

RecordVerdict Reject(RecordVerdict::Reason reason, int column, absl::string_view message) {
  RecordVerdict verdict;
  verdict.set_verdict(RecordVerdict::REJECTED);
  verdict.set_reason(reason);
  verdict.set_column(column);
  verdict.set_message(std::string(message));
  return verdict;
}

bool Merge(const Invitation& record, Invitation& invitation) {
  Invitation merged = invitation;
  // Empty fields of a message leave alone what they are merged into; maps are joined by key.
  merged.mutable_guest()->MergeFrom(record.guest());
  if (!record.group().empty()) merged.set_group(record.group());
  if (!record.note().empty()) merged.set_note(record.note());
  if (record.party_size() > 0) merged.set_party_size(record.party_size());
  for (const auto& [name, text] : record.placeholders())
    (*merged.mutable_placeholders())[name] = text;
  if (google::protobuf::util::MessageDifferencer::Equals(merged, invitation)) return false;
  invitation = std::move(merged);
  return true;
}

void Count(const RecordVerdict& verdict, v1::InvitationImportResult& result) {
  switch (verdict.verdict()) {
    case RecordVerdict::CREATED:
      return result.set_created_count(result.created_count() + 1);
    case RecordVerdict::UNCHANGED:
      return result.set_unchanged_count(result.unchanged_count() + 1);
    case RecordVerdict::UPDATED:
      return result.set_updated_count(result.updated_count() + 1);
    case RecordVerdict::DUPLICATE:
      return result.set_duplicate_count(result.duplicate_count() + 1);
    case RecordVerdict::SUPPRESSED:
      return result.set_suppressed_count(result.suppressed_count() + 1);
    default:
      return result.set_rejected_count(result.rejected_count() + 1);
  }
}

}  // namespace colloquy::registrations::rules
