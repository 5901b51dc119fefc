#include "tests/bench/guest_list.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "services/common/db/open.h"
#include "services/common/errors/errors.h"
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

absl::Status Insert(db::Database& database, int64_t first, int64_t count) {
  std::vector<std::vector<db::Value>> rows;
  for (int64_t number = first; number < first + count; ++number) {
    const auto guest = GuestOf(number);
    rows.emplace_back(guest.begin(), guest.end());
  }
  return database.Write({}, [&](db::Transaction& tx) -> absl::Status {
    return tx.InsertRows("guests", kColumns, rows);
  });
}

absl::Status InsertAll(const std::string& url, int64_t count, double& per_second) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::unique_ptr<db::Database> database, db::Open(url));
  COLLOQUY_RETURN_IF_ERROR(database->Migrate({schema::bench()}));
  const absl::Time begin = absl::Now();
  for (int64_t first = 0; first < count; first += kInTransaction) {
    COLLOQUY_RETURN_IF_ERROR(Insert(*database, first, std::min(kInTransaction, count - first)));
  }
  per_second = static_cast<double>(count) / absl::ToDoubleSeconds(absl::Now() - begin);
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
  double per_second = 0;
  if (const absl::Status status = InsertAll(database, count, per_second); !status.ok()) {
    std::cerr << status << "\n";
    return 1;
  }
  std::printf("%.0f\n", per_second);
  return 0;
}

}  // namespace colloquy::bench
