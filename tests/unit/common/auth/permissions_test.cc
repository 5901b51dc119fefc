#include "services/common/auth/permissions.h"

#include <gtest/gtest.h>

#include <string>

#include "colloquy/access/v1/access.pb.h"
#include "colloquy/changes/v1/changes.pb.h"
#include "colloquy/registrations/v1/registrations.pb.h"
#include "services/common/errors/errors.h"

namespace colloquy::auth {
namespace {

using errors::ErrorReason;
using errors::ReasonOf;

constexpr char kGet[] = "/colloquy.access.v1.AccessService/GetPartner";
constexpr char kUpdate[] = "/colloquy.access.v1.AccessService/UpdatePartner";
constexpr char kCreate[] = "/colloquy.access.v1.AccessService/CreateApiKey";
constexpr char kChanges[] = "/colloquy.access.v1.AccessService/ListChanges";
constexpr char kResolve[] = "/colloquy.access.v1.AccessService/ResolveCredential";

Caller Staff(Role role, absl::string_view organizer = "acme") {
  return Caller{.role = role, .organizer = std::string(organizer), .actor = "key"};
}
Caller Portal(absl::string_view partner = "portal") {
  return Caller{
      .role = Role::kPartner, .organizer = "acme", .partner = std::string(partner), .actor = "key"};
}

PermissionTable Table() {
  auto table = PermissionTable::Create(std::vector<Permission>{
      {kGet, kStaff | kPartners, {"name"}},
      {kUpdate, kManagers, {"partner.name"}},
      {kCreate, kManagers, {"parent", "api_key.partner?"}},
      {kChanges,
       kManagers | kServices | Roles{Role::kAnonymous, Role::kPartner},
       {"parent"},
       Roles{Role::kOwner}},
      {kResolve, kServices},
  });
  EXPECT_TRUE(table.ok()) << table.status();
  return *std::move(table);
}

access::v1::GetPartnerRequest Get(const std::string& name) {
  access::v1::GetPartnerRequest request;
  request.set_name(name);
  return request;
}

TEST(PermissionTableTest, RolesDecide) {
  const PermissionTable table = Table();
  const auto request = Get("organizers/acme/partners/portal");
  for (Role role : {Role::kOwner, Role::kManager, Role::kModerator, Role::kDesk, Role::kViewer}) {
    EXPECT_TRUE(table.Authorize(kGet, Staff(role), request).ok());
  }
  EXPECT_TRUE(table.Authorize(kGet, Caller{.role = Role::kOperator}, request).ok());
  EXPECT_EQ(ReasonOf(table.Authorize(kGet, Caller{.role = Role::kService}, request)),
            ErrorReason::PERMISSION_DENIED);
  const absl::Status anonymous = table.Authorize(kGet, Caller(), request);
  EXPECT_EQ(anonymous.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(ReasonOf(anonymous), ErrorReason::CREDENTIALS_MISSING);
  EXPECT_FALSE(table
                   .Authorize(kResolve, Caller{.role = Role::kOperator},
                              access::v1::ResolveCredentialRequest())
                   .ok());
}

TEST(PermissionTableTest, StaffStayInTheirOrganizer) {
  const PermissionTable table = Table();
  const Caller owner = Staff(Role::kOwner);
  EXPECT_EQ(ReasonOf(table.Authorize(kGet, owner, Get("organizers/acme2/partners/portal"))),
            ErrorReason::PERMISSION_DENIED);
  EXPECT_EQ(ReasonOf(table.Authorize(kGet, owner, Get("organizers/acm/partners/portal"))),
            ErrorReason::PERMISSION_DENIED);
  EXPECT_EQ(ReasonOf(table.Authorize(kGet, owner, Get("apiKeys/root"))),
            ErrorReason::PERMISSION_DENIED);
  EXPECT_EQ(ReasonOf(table.Authorize(kGet, owner, Get("organizers/-/partners/portal"))),
            ErrorReason::PERMISSION_DENIED);
  EXPECT_EQ(ReasonOf(table.Authorize(kGet, owner, Get("nonsense"))),
            ErrorReason::RESOURCE_NAME_INVALID);
  EXPECT_EQ(ReasonOf(table.Authorize(kGet, owner, Get(""))), ErrorReason::FIELD_REQUIRED);
}

TEST(PermissionTableTest, PartnersStayWithTheirOwn) {
  const PermissionTable table = Table();
  EXPECT_TRUE(table.Authorize(kGet, Portal(), Get("organizers/acme/partners/portal")).ok());
  EXPECT_FALSE(table.Authorize(kGet, Portal(), Get("organizers/acme/partners/other")).ok());
  EXPECT_FALSE(table.Authorize(kGet, Portal(), Get("organizers/acme/partners/portal2")).ok());
  EXPECT_FALSE(table.Authorize(kGet, Portal(), Get("organizers/else/partners/portal")).ok());
}

TEST(PermissionTableTest, NestedOptionalAndAbsentFields) {
  const PermissionTable table = Table();
  const Caller manager = Staff(Role::kManager);
  access::v1::UpdatePartnerRequest update;
  EXPECT_EQ(ReasonOf(table.Authorize(kUpdate, manager, update)), ErrorReason::FIELD_REQUIRED);
  update.mutable_partner()->set_name("organizers/else/partners/portal");
  EXPECT_EQ(ReasonOf(table.Authorize(kUpdate, manager, update)), ErrorReason::PERMISSION_DENIED);
  update.mutable_partner()->set_name("organizers/acme/partners/portal");
  EXPECT_TRUE(table.Authorize(kUpdate, manager, update).ok());

  access::v1::CreateApiKeyRequest create;
  create.set_parent("organizers/acme");
  EXPECT_TRUE(table.Authorize(kCreate, manager, create).ok());
  create.mutable_api_key()->set_partner("organizers/else/partners/portal");
  EXPECT_FALSE(table.Authorize(kCreate, manager, create).ok());
}

TEST(PermissionTableTest, AllOrganizersOnlyWhereTheTableSaysSo) {
  const PermissionTable table = Table();
  changes::v1::ListChangesRequest request;
  request.set_parent("organizers/-");
  EXPECT_TRUE(table.Authorize(kChanges, Staff(Role::kOwner), request).ok());
  EXPECT_FALSE(table.Authorize(kChanges, Staff(Role::kManager), request).ok());
  EXPECT_FALSE(table.Authorize(kChanges, Portal(), request).ok());
  EXPECT_FALSE(table.Authorize(kChanges, Caller(), request).ok());
  EXPECT_TRUE(table.Authorize(kChanges, Caller{.role = Role::kService}, request).ok());
  request.set_parent("organizers/acme");
  EXPECT_TRUE(table.Authorize(kChanges, Caller(), request).ok());
}

TEST(PermissionTableTest, EveryElementOfARepeatedFieldCounts) {
  constexpr char kBatch[] =
      "/colloquy.registrations.v1.RegistrationsService/BatchCreateRegistrations";
  auto table = PermissionTable::Create(
      std::vector<Permission>{{kBatch, kManagers, {"parent", "requests[].parent?"}}});
  ASSERT_TRUE(table.ok()) << table.status();
  registrations::v1::BatchCreateRegistrationsRequest request;
  request.set_parent("organizers/acme/events/e");
  for (int i = 0; i < 3; ++i) request.add_requests()->set_parent("organizers/acme/events/e");
  EXPECT_TRUE(table->Authorize(kBatch, Staff(Role::kManager), request).ok());
  request.mutable_requests(2)->set_parent("organizers/else/events/e");
  EXPECT_EQ(ReasonOf(table->Authorize(kBatch, Staff(Role::kManager), request)),
            ErrorReason::PERMISSION_DENIED);
}

TEST(PermissionTableTest, DefectsAreFoundBeforeTheServerStarts) {
  const auto create = [](Permission permission) {
    return PermissionTable::Create(std::vector<Permission>{std::move(permission)}).status();
  };
  EXPECT_FALSE(create({"/colloquy.access.v1.AccessService/NoSuch", kOperators}).ok());
  EXPECT_FALSE(create({"colloquy.access.v1.AccessService/GetPartner", kOperators}).ok());
  EXPECT_FALSE(create({kGet, kOperators, {"nome"}}).ok());
  EXPECT_FALSE(create({kGet, kOperators, {"name[]"}}).ok());
  EXPECT_FALSE(create({kGet, kOperators, {"name.more"}}).ok());
  EXPECT_FALSE(create({kUpdate, kOperators, {"partner"}}).ok());
  EXPECT_FALSE(
      PermissionTable::Create(std::vector<Permission>{{kGet, kOperators}, {kGet, kOwners}}).ok());
}

TEST(PermissionTableTest, UnknownMethodsAreRefused) {
  const PermissionTable table = Table();
  EXPECT_FALSE(table.Knows("/colloquy.access.v1.AccessService/DeletePartner"));
  EXPECT_TRUE(table.Knows(kGet));
  EXPECT_FALSE(table
                   .Authorize("/colloquy.access.v1.AccessService/DeletePartner",
                              Caller{.role = Role::kOperator}, access::v1::DeletePartnerRequest())
                   .ok());
}

}  // namespace
}  // namespace colloquy::auth
