// The permission table: who may call which method, on whose resources. It is data, so that it can
// be read on one page, walked by tests, and checked for completeness before the server starts.
//
// Permission comes before existence: the table decides from the names in the request alone, so a
// caller who may not see a resource learns nothing about it.
#ifndef COLLOQUY_SERVICES_COMMON_AUTH_PERMISSIONS_H_
#define COLLOQUY_SERVICES_COMMON_AUTH_PERMISSIONS_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "google/protobuf/message.h"
#include "services/common/auth/caller.h"
#include "services/common/rpc/policy.h"

namespace colloquy::auth {

// A set of roles, as bits.
class Roles {
 public:
  constexpr Roles() = default;
  constexpr Roles(std::initializer_list<Role> roles) {
    for (Role role : roles) bits_ |= Bit(role);
  }
  constexpr bool Has(Role role) const { return (bits_ & Bit(role)) != 0; }
  constexpr Roles operator|(Roles other) const {
    Roles all;
    all.bits_ = bits_ | other.bits_;
    return all;
  }
  constexpr bool operator==(const Roles&) const = default;

 private:
  static constexpr uint16_t Bit(Role role) {
    return static_cast<uint16_t>(1u << static_cast<unsigned>(role));
  }
  uint16_t bits_ = 0;
};

// The usual sets. Operators may do everything, except act as a partner; services only what says so.
inline constexpr Roles kNoRoles{};
inline constexpr Roles kOperators{Role::kOperator};
inline constexpr Roles kOwners{Role::kOperator, Role::kOwner};
inline constexpr Roles kManagers = kOwners | Roles{Role::kManager};
inline constexpr Roles kModerators = kManagers | Roles{Role::kModerator};
inline constexpr Roles kDesks = kManagers | Roles{Role::kDesk};  // a moderator is no desk
inline constexpr Roles kStaff = kModerators | kDesks | Roles{Role::kViewer};
inline constexpr Roles kPartners{Role::kPartner};
inline constexpr Roles kServices{Role::kService};
inline constexpr Roles kAnyone = kStaff | kPartners | kServices | Roles{Role::kAnonymous};

struct Permission {
  // "/colloquy.events.v1.EventsService/GetEvent".
  std::string method;
  // Who may call it. Role::kAnonymous in it: no credential is needed.
  Roles roles;
  // Paths in the request of the names that the caller must be entitled to: "parent", "event.name",
  // "names[]", "requests[].parent". "[]" follows every repeated field; a final "?" says that the
  // field may be empty. Staff and partners are held to names below their own organizer; names below
  // `organizers/*/partners/*` also hold a partner to its own partner.
  std::vector<std::string> names = {};
  // Who may say `organizers/-` in these names. Operators and services may wherever the handler can.
  Roles any_organizer = kNoRoles;
};

// The table of all services of a process. Immutable, hence thread-safe.
class PermissionTable : public rpc::Authorizer {
 public:
  // INTERNAL, naming the defect, if an entry names a method or a field that the linked contract
  // does not have, if a field is no string, or if a method occurs twice.
  static absl::StatusOr<PermissionTable> Create(absl::Span<const Permission> permissions);

  bool Knows(absl::string_view method) const override { return rules_.contains(method); }

  // OK, if `caller` may call `method` with `request`, which must be of the method's request type.
  // UNAUTHENTICATED without a credential where one is needed, PERMISSION_DENIED for the wrong role,
  // organizer or partner and for an unknown method, INVALID_ARGUMENT for a missing or malformed
  // name. Does not allocate unless it refuses. Names are checked for callers that are bound to an
  // organizer, and `organizers/-` for anonymous ones too; handlers still have to validate names.
  absl::Status Authorize(absl::string_view method, const Caller& caller,
                         const google::protobuf::Message& request) const override;

  // For tests that walk all methods: every entry's method, sorted.
  std::vector<std::string> Methods() const;
  Roles RolesOf(absl::string_view method) const;

 private:
  struct Path {
    std::string text;
    std::vector<const google::protobuf::FieldDescriptor*> steps;
    bool optional = false;
  };
  struct Rule {
    std::string method;
    Roles roles;
    Roles any_organizer;
    std::vector<Path> paths;
  };

  static absl::StatusOr<Path> Resolve(const google::protobuf::Descriptor* request,
                                      absl::string_view text);
  static absl::Status CheckPath(const Rule& rule, const Path& path, size_t step,
                                const Caller& caller, const google::protobuf::Message& message);
  static absl::Status CheckName(const Rule& rule, const Path& path, const Caller& caller,
                                absl::string_view name);

  absl::flat_hash_map<std::string, Rule> rules_;
};

}  // namespace colloquy::auth

#endif  // COLLOQUY_SERVICES_COMMON_AUTH_PERMISSIONS_H_
