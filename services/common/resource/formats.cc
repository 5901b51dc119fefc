// The rules of validation.h for single values: texts, codes and addresses.
#include <unicode/uloc.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <iterator>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/common/resource/email_address.h"
#include "services/common/resource/validation.h"

namespace colloquy::resource {
namespace {

// ISO 3166-1, officially assigned: 249 codes, sorted.
constexpr absl::string_view kRegions =
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ "
    "BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM "
    "DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS "
    "GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN "
    "KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ "
    "MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM "
    "PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV "
    "SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI "
    "VN VU WF WS YE YT ZA ZM ZW ";

constexpr size_t kMaxLanguageTagBytes = 64;

}  // namespace

bool IsCleanUtf8(absl::string_view text) {
  bool plain =
      std::all_of(text.begin(), text.end(), [](char c) { return static_cast<signed char>(c) > 0; });
  if (plain) return true;
  int32_t at = 0;
  int32_t size = static_cast<int32_t>(text.size());
  while (at < size) {
    UChar32 c;
    U8_NEXT(text.data(), at, size, c);
    if (c <= 0) return false;
  }
  return true;
}

absl::StatusOr<std::string> CanonicalLanguageTag(absl::string_view tag, absl::string_view field) {
  auto invalid = [&] {
    return errors::InvalidField(field,
                                "must be a BCP 47 language tag such as de, en-GB or zh-Hant");
  };
  if (tag.empty() || tag.size() > kMaxLanguageTagBytes) return invalid();
  std::string text(tag);
  char locale[ULOC_FULLNAME_CAPACITY];
  int32_t parsed = 0;
  UErrorCode error = U_ZERO_ERROR;
  uloc_forLanguageTag(text.c_str(), locale, sizeof(locale), &parsed, &error);
  if (U_FAILURE(error) || error == U_STRING_NOT_TERMINATED_WARNING ||
      parsed != static_cast<int32_t>(tag.size())) {
    return invalid();
  }
  char canonical[ULOC_FULLNAME_CAPACITY];
  int32_t size = uloc_toLanguageTag(locale, canonical, sizeof(canonical), /*strict=*/true, &error);
  if (U_FAILURE(error) || size >= static_cast<int32_t>(sizeof(canonical))) return invalid();
  return std::string(canonical, size);
}

absl::Status ValidateLanguageTag(absl::string_view tag, absl::string_view field) {
  return CanonicalLanguageTag(tag, field).status();
}

absl::Status ValidateRegionCode(absl::string_view code, absl::string_view field) {
  bool two_letters =
      code.size() == 2 && absl::ascii_isupper(code[0]) && absl::ascii_isupper(code[1]);
  if (two_letters && absl::StrContains(kRegions, code)) return absl::OkStatus();
  return errors::InvalidField(field, "must be an ISO 3166-1 alpha-2 country code such as AT");
}

absl::Status ValidateEmailAddress(absl::string_view address, absl::string_view field) {
  const AddressFault fault = ParseEmailAddress(address, AddressForm::kBare, nullptr);
  if (fault == AddressFault::kNone) return absl::OkStatus();
  return errors::InvalidField(
      field, absl::StrCat("must be an e-mail address; this one ", DescribeFault(fault)));
}

}  // namespace colloquy::resource
