// Who may call what: the table of api.md, written down a second time, by hand, so that a mistake in
// the server's own table is a difference here. A method that the server has and this table has not
// fails the test.
#ifndef COLLOQUY_TESTS_INTEGRATION_ACCESS_TABLE_H_
#define COLLOQUY_TESTS_INTEGRATION_ACCESS_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace colloquy::test {

// Every kind of caller, as a bit.
using Callers = uint32_t;
inline constexpr Callers kNone = 1 << 0;
inline constexpr Callers kOperator = 1 << 1;
inline constexpr Callers kOwner = 1 << 2;
inline constexpr Callers kManager = 1 << 3;
inline constexpr Callers kModerator = 1 << 4;
inline constexpr Callers kDesk = 1 << 5;
inline constexpr Callers kViewer = 1 << 6;
inline constexpr Callers kPartner = 1 << 7;
inline constexpr Callers kForeign = 1 << 8;  // the owner of another organizer
inline constexpr Callers kPeer = 1 << 9;     // another service of the installation

inline constexpr Callers kOwners = kOperator | kOwner;
inline constexpr Callers kManagers = kOwners | kManager;
inline constexpr Callers kModerators = kManagers | kModerator;
inline constexpr Callers kDesks = kManagers | kDesk;
inline constexpr Callers kStaff = kModerators | kDesks | kViewer;

struct CallerKind {
  Callers bit;
  absl::string_view who;  // World::credential
};
// Without those whose key opens nothing (revoked, expired): they may not call anything.
const std::vector<CallerKind>& CallerKinds();

struct MethodAccess {
  std::string method;  // "/package.Service/Method"
  // They may call it.
  Callers allowed;
  // In text format, with placeholders (World); it changes nothing that another row needs.
  std::string request;
  // What those who may get, as test::Outcome says it.
  std::string outcome = "OK";
  // What the owner of another organizer gets, where that is not PERMISSION_DENIED.
  std::string foreign = "PERMISSION_DENIED PERMISSION_DENIED";
};

const std::vector<MethodAccess>& AccessTable();

}  // namespace colloquy::test

#endif  // COLLOQUY_TESTS_INTEGRATION_ACCESS_TABLE_H_
