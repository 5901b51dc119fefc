#include "tests/bench/guest_list.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <functional>
#include <iostream>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "services/common/db/open.h"
#include "services/common/errors/errors.h"
#include "services/common/resource/ids.h"
#include "services/registrations/invitation_book.h"
#include "services/registrations/schema/schema.h"
#include "services/registrations/store/invitations.h"
#include "tests/bench/schema/schema.h"

namespace colloquy::bench {
namespace {

constexpr int64_t kInTransaction = 1000;
constexpr absl::string_view kColumns[] = {"given_name", "family_name", "email",      "organisation",
                                          "country",    "language",    "guest_group"};

std::array<std::string, 7> GuestOf(int64_t number) {
  static constexpr const char* kNames[] = {"Zoë", "Björn", "Věra", "Nuno", "Élodie", "Łukasz"};
  static constexpr const char* kHouses[] = {"CSEM SA", "Institut für Mikrotechnik", "VTT Sensing"};
  static constexpr const char* kCountries[] = {"AT", "BE", "CH", "DE", "ES", "FR", "IT", "NL"};
  static constexpr const char* kLanguages[] = {"de", "en", "fr"};
  static constexpr const char* kGroups[] = {"research", "company", "platform", "policy"};
  return {kNames[number % 6],
          absl::StrCat("Family", number),
          absl::StrCat("guest.", number, "@uni", number % 97, ".example.org"),
          kHouses[number % 3],
          kCountries[number % 8],
          kLanguages[number % 3],
          kGroups[number % 4]};
}

using Rows = std::vector<std::vector<db::Value>>;

Rows PlainRows(int64_t first, int64_t count) {
  Rows rows;
  for (int64_t number = first; number < first + count; ++number) {
    const auto guest = GuestOf(number);
    rows.emplace_back(guest.begin(), guest.end());
  }
  return rows;
}

registrations::v1::Invitation InvitationOf(int64_t number) {
  const auto guest = GuestOf(number);
  registrations::v1::Invitation invitation;
  invitation.mutable_guest()->set_given_name(guest[0]);
  invitation.mutable_guest()->set_family_name(guest[1]);
  invitation.mutable_guest()->set_email(guest[2]);
  invitation.mutable_guest()->set_organisation(guest[3]);
  invitation.mutable_guest()->set_region_code(guest[4]);
  invitation.mutable_guest()->set_language_code(guest[5]);
  invitation.set_group(guest[6]);
  invitation.set_party_size(1);
  return invitation;
}

Rows StoredRows(int64_t first, int64_t count) {
  static const resource::Uid event = resource::NewUid();
  static const resource::Uid import = resource::NewUid();
  const registrations::EventIds ids{event, "bench", "list"};
  Rows rows;
  for (int64_t number = first; number < first + count; ++number) {
    registrations::v1::Invitation invitation = InvitationOf(number);
    rows.push_back(registrations::MakeInvitation(ids,
                                                 {.uid = resource::NewUid(),
                                                  .email_key = invitation.guest().email(),
                                                  .import_uid = import,
                                                  .import_record = number + 1,
                                                  .message = std::move(invitation)},
                                                 {"bench", "ImportInvitations"}, absl::Now())
                       .row);
  }
  return rows;
}

// Rows a second.
absl::StatusOr<double> InsertAll(
    db::Database& database, int64_t count, const std::function<Rows(int64_t, int64_t)>& make,
    const std::function<absl::Status(db::Transaction&, const Rows&)>& insert) {
  absl::Duration took;
  for (int64_t first = 0; first < count; first += kInTransaction) {
    const Rows rows = make(first, std::min(kInTransaction, count - first));
    const absl::Time begin = absl::Now();
    COLLOQUY_RETURN_IF_ERROR(
        database.Write({}, [&](db::Transaction& tx) { return insert(tx, rows); }));
    took += absl::Now() - begin;
  }
  return static_cast<double>(count) / absl::ToDoubleSeconds(took);
}

absl::Status Insert(const std::string& url, int64_t count) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::unique_ptr<db::Database> database, db::Open(url));
  COLLOQUY_RETURN_IF_ERROR(database->Migrate({schema::bench(), schema::registrations()}));
  COLLOQUY_ASSIGN_OR_RETURN(
      const double plain,
      InsertAll(*database, count, PlainRows, [](db::Transaction& tx, const Rows& rows) {
        return tx.InsertRows("guests", kColumns, rows);
      }));
  COLLOQUY_ASSIGN_OR_RETURN(
      const double stored,
      InsertAll(*database, count, StoredRows, [](db::Transaction& tx, const Rows& rows) {
        return registrations::store::InsertInvitations(tx, rows);
      }));
  std::printf("%.0f %.0f\n", plain, stored);
  return absl::OkStatus();
}

}  // namespace

int WriteGuestList(int64_t count) {
  std::cout << "Vorname;Nachname;E-Mail;Organisation;Land;Sprache;Gruppe\n";
  for (int64_t number = 0; number < count; ++number)
    std::cout << absl::StrJoin(GuestOf(number), ";") << "\n";
  std::cout.flush();
  return std::cout.good() ? 0 : 1;
}

int InsertGuestList(const std::string& database, int64_t count) {
  const absl::Status status = Insert(database, count);
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}

}  // namespace colloquy::bench
