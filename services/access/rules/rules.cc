#include "services/access/rules/rules.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "google/protobuf/util/time_util.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/names.h"
#include "services/common/resource/validation.h"

namespace colloquy::access::rules {
namespace {

using Violations = std::vector<errors::FieldViolation>;
using v1::ApiKey;

constexpr size_t kMaxNameCharacters = 200;

size_t Characters(absl::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  }));
}

void CheckDisplayName(absl::string_view name, absl::string_view path, Violations& out) {
  const size_t length = Characters(name);
  if (length >= 1 && length <= kMaxNameCharacters) return;
  out.push_back({absl::StrCat(path, ".display_name"), "must have 1 to 200 characters"});
}

void CheckEmail(absl::string_view email, absl::string_view path, Violations& out) {
  if (email.empty() || resource::ValidateEmailAddress(email, "").ok()) return;
  out.push_back(
      {absl::StrCat(path, ".contact_email"), "must be an address such as office@example.org"});
}

// 0001-01-01 to 9999-12-31, as google.protobuf.Timestamp has it; anything else would overflow.
bool IsValid(const google::protobuf::Timestamp& time) {
  using google::protobuf::util::TimeUtil;
  return time.seconds() >= TimeUtil::kTimestampMinSeconds &&
         time.seconds() <= TimeUtil::kTimestampMaxSeconds && time.nanos() >= 0 &&
         time.nanos() < 1'000'000'000;
}

// The loader also takes paths of files and spellings of its own.
bool IsIanaZone(absl::string_view name) {
  const bool clean = std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '/' || c == '_' || c == '-' || c == '+';
  });
  absl::TimeZone zone;
  return clean && name[0] != '/' && name != "localtime" && !absl::StartsWith(name, "Fixed/") &&
         absl::LoadTimeZone(name, &zone);
}

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixMicros(google::protobuf::util::TimeUtil::TimestampToMicroseconds(time));
}

}  // namespace

absl::Status CheckOrganizer(const v1::Organizer& organizer, absl::string_view path) {
  Violations out;
  CheckDisplayName(organizer.display_name(), path, out);
  CheckEmail(organizer.contact_email(), path, out);
  if (!organizer.default_language().empty() &&
      !resource::ValidateLanguageTag(organizer.default_language(), "").ok()) {
    out.push_back(
        {absl::StrCat(path, ".default_language"), "must be a BCP 47 tag such as de or en-GB"});
  }
  if (!organizer.time_zone().empty() && !IsIanaZone(organizer.time_zone())) {
    out.push_back({absl::StrCat(path, ".time_zone"), "must be an IANA zone such as Europe/Berlin"});
  }
  return errors::InvalidFields(out);
}

absl::Status CheckPartner(const v1::Partner& partner, absl::string_view path) {
  Violations out;
  CheckDisplayName(partner.display_name(), path, out);
  CheckEmail(partner.contact_email(), path, out);
  return errors::InvalidFields(out);
}

absl::Status CheckApiKey(const ApiKey& key, absl::string_view organizer, absl::Time now,
                         absl::string_view path) {
  Violations out;
  CheckDisplayName(key.display_name(), path, out);
  if (key.role() == ApiKey::OPERATOR || key.role() == ApiKey::ROLE_UNSPECIFIED) {
    out.push_back({absl::StrCat(path, ".role"),
                   "must be one of OWNER, MANAGER, MODERATOR, DESK, VIEWER, PARTNER"});
  }
  static const resource::NamePattern pattern("organizers/{organizer}/partners/{partner}");
  absl::string_view ids[2];
  const bool below = pattern.Match(key.partner(), absl::MakeSpan(ids)) && ids[0] == organizer;
  if (key.role() == ApiKey::PARTNER && !below) {
    out.push_back({absl::StrCat(path, ".partner"), "must name a partner of the organizer"});
  }
  if (key.role() != ApiKey::PARTNER && !key.partner().empty()) {
    out.push_back({absl::StrCat(path, ".partner"), "goes with the role PARTNER only"});
  }
  if (key.has_expire_time() && (!IsValid(key.expire_time()) || ToTime(key.expire_time()) <= now)) {
    out.push_back({absl::StrCat(path, ".expire_time"), "must be in the future"});
  }
  return errors::InvalidFields(out);
}

bool MayManage(const auth::Caller& caller, ApiKey::Role role) {
  if (caller.role == auth::Role::kOperator) return true;
  if (role == ApiKey::OPERATOR) return false;
  if (caller.role == auth::Role::kOwner) return true;
  return caller.role == auth::Role::kManager && role != ApiKey::OWNER && role != ApiKey::MANAGER;
}

ApiKey::State StateOf(const ApiKey& key, absl::Time now) {
  if (key.has_revoke_time()) return ApiKey::REVOKED;
  if (key.has_expire_time() && ToTime(key.expire_time()) <= now) return ApiKey::EXPIRED;
  return ApiKey::ACTIVE;
}

}  // namespace colloquy::access::rules
