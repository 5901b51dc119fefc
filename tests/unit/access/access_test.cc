// Access on a database of either engine, called without gRPC.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "absl/strings/str_cat.h"
#include "colloquy/access/v1/access.grpc.pb.h"
#include "services/access/service.h"
#include "services/common/auth/api_key.h"
#include "services/common/auth/credentials.h"
#include "services/common/errors/errors.h"
#include "services/common/feed/sequencer.h"
#include "services/common/resource/ids.h"
#include "tests/conformance/db/test_store.h"

namespace colloquy::access {
namespace {

using errors::ErrorReason;
using errors::ReasonOf;
using testing::ElementsAre;
using v1::ApiKey;

class AccessTest : public testing::TestWithParam<db::Engine> {
 protected:
  void SetUp() override {
    if (!db::TestStore::Available(GetParam())) GTEST_SKIP() << "COLLOQUY_TEST_MYSQL is not set";
    store_ = std::make_unique<db::TestStore>(GetParam());
    db_ = store_->Open();
    const absl::Status migrated = db_->Migrate(Schemas());
    ASSERT_TRUE(migrated.ok()) << migrated;
    feed_ = std::make_unique<feed::Feed>(*db_, tokens_);
    service_ = std::make_unique<AccessService>(
        *db_, *feed_, tokens_,
        AccessService::Options{
            .now = [this] { return now_; },
            .forget = [this](absl::string_view key) { forgotten_.emplace_back(key); }});
    v1::CreateOrganizerRequest request;
    request.set_organizer_id("acme");
    request.mutable_organizer()->set_display_name("ACME Research");
    ASSERT_TRUE(service_->CreateOrganizer(Call(auth::Role::kOperator), request).ok());
  }
  void TearDown() override {
    service_.reset();
    feed_.reset();
    if (db_ != nullptr) db_->Close();
  }

  rpc::CallContext Call(auth::Role role, absl::string_view method = "Method") const {
    auth::Caller caller{.role = role, .actor = absl::StrCat("actor-", static_cast<int>(role))};
    if (role != auth::Role::kOperator && role != auth::Role::kService) caller.organizer = "acme";
    // The context keeps a view of the name.
    static auto* const methods = new std::set<std::string>();
    return rpc::CallContext(
        std::move(caller), absl::Now() + absl::Seconds(30), "test",
        *methods->insert(absl::StrCat("/colloquy.access.v1.AccessService/", method)).first);
  }
  absl::StatusOr<v1::Partner> MakePartner(const std::string& id) {
    v1::CreatePartnerRequest request;
    request.set_parent("organizers/acme");
    request.set_partner_id(id);
    request.mutable_partner()->set_display_name("A portal");
    return service_->CreatePartner(Call(auth::Role::kManager), request);
  }
  absl::StatusOr<ApiKey> MakeKey(const std::string& id, ApiKey::Role role,
                                 auth::Role caller = auth::Role::kOwner,
                                 const std::string& partner = "",
                                 std::optional<absl::Duration> lifetime = std::nullopt) {
    v1::CreateApiKeyRequest request;
    request.set_parent("organizers/acme");
    request.set_api_key_id(id);
    request.mutable_api_key()->set_display_name("A key");
    request.mutable_api_key()->set_role(role);
    request.mutable_api_key()->set_partner(partner);
    if (lifetime) {
      request.mutable_api_key()->mutable_expire_time()->set_seconds(
          absl::ToUnixSeconds(now_ + *lifetime));
    }
    return service_->CreateApiKey(Call(caller, "CreateApiKey"), request);
  }
  ErrorReason Opens(const std::string& secret) {
    return ReasonOf(service_->Resolve(secret, absl::Now() + absl::Seconds(30)).status());
  }
  std::vector<changes::v1::Change> History() {
    if (feed_->sequencer() != nullptr) {
      EXPECT_TRUE(feed_->sequencer()->StampOnce(absl::Now() + absl::Seconds(30)).ok());
    }
    changes::v1::ListChangesRequest request;
    request.set_parent("organizers/-");
    const auto page = feed_->List(Call(auth::Role::kOperator), request);
    EXPECT_TRUE(page.ok()) << page.status();
    return {page->changes().begin(), page->changes().end()};
  }

  std::unique_ptr<db::TestStore> store_;
  std::unique_ptr<db::Database> db_;
  resource::PageTokens tokens_{"a secret of thirty-two bytes or more"};
  std::unique_ptr<feed::Feed> feed_;
  std::unique_ptr<AccessService> service_;
  absl::Time now_ = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()));
  std::vector<std::string> forgotten_;
};

INSTANTIATE_TEST_SUITE_P(Engines, AccessTest,
                         testing::Values(db::Engine::kSqlite, db::Engine::kMysql),
                         [](const testing::TestParamInfo<db::Engine>& info) {
                           return info.param == db::Engine::kSqlite ? "Sqlite" : "Mysql";
                         });

TEST_P(AccessTest, TheRootKeyIsMadeOnceAndOpens) {
  const auto first = EnsureRootKey(*db_, *feed_);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(first->has_value());
  const auto second = EnsureRootKey(*db_, *feed_);
  ASSERT_TRUE(second.ok());
  EXPECT_FALSE(second->has_value());
  const auto caller = service_->Resolve(**first, absl::Now() + absl::Seconds(30));
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->role(), ApiKey::OPERATOR);
  EXPECT_EQ(caller->api_key(), "apiKeys/root");
  EXPECT_EQ(caller->organizer(), "");
  v1::RevokeApiKeyRequest revoke;
  revoke.set_name("apiKeys/root");
  EXPECT_FALSE(service_->RevokeApiKey(Call(auth::Role::kOperator), revoke).ok());
  v1::GetApiKeyRequest get;
  get.set_name("apiKeys/root");
  EXPECT_FALSE(service_->GetApiKey(Call(auth::Role::kOwner), get).ok());
}

TEST_P(AccessTest, AKeyOpensUntilItIsRevoked) {
  const auto key = MakeKey("office", ApiKey::MANAGER);
  ASSERT_TRUE(key.ok()) << key.status();
  const auto caller = service_->Resolve(key->secret(), absl::Now() + absl::Seconds(30));
  ASSERT_TRUE(caller.ok());
  EXPECT_EQ(caller->organizer(), "organizers/acme");
  EXPECT_EQ(caller->role(), ApiKey::MANAGER);
  auto parsed = auth::ParseApiKey(key->secret());
  ASSERT_TRUE(parsed.has_value());
  parsed->secret[0] ^= 1;
  EXPECT_EQ(Opens(auth::FormatApiKey(*parsed)), ErrorReason::CREDENTIALS_INVALID);
  parsed->uid[0] ^= 1;
  EXPECT_EQ(Opens(auth::FormatApiKey(*parsed)), ErrorReason::CREDENTIALS_INVALID);

  v1::RevokeApiKeyRequest revoke;
  revoke.set_name(key->name());
  const auto revoked = service_->RevokeApiKey(Call(auth::Role::kOwner, "RevokeApiKey"), revoke);
  ASSERT_TRUE(revoked.ok()) << revoked.status();
  EXPECT_EQ(revoked->state(), ApiKey::REVOKED);
  EXPECT_EQ(Opens(key->secret()), ErrorReason::CREDENTIALS_INVALID);
  EXPECT_THAT(forgotten_, ElementsAre("organizers/acme/apiKeys/office"));
  EXPECT_EQ(ReasonOf(service_->RevokeApiKey(Call(auth::Role::kOwner), revoke).status()),
            ErrorReason::STATE_INVALID);
}

TEST_P(AccessTest, RotationOverlaps) {
  const auto key = MakeKey("office", ApiKey::VIEWER);
  ASSERT_TRUE(key.ok());
  v1::RotateApiKeyRequest rotate;
  rotate.set_name(key->name());
  const auto rotated = service_->RotateApiKey(Call(auth::Role::kOwner, "RotateApiKey"), rotate);
  ASSERT_TRUE(rotated.ok()) << rotated.status();
  EXPECT_NE(rotated->secret(), key->secret());
  EXPECT_NE(rotated->etag(), key->etag());
  now_ += absl::Hours(24) - absl::Seconds(1);
  EXPECT_EQ(Opens(key->secret()), ErrorReason::ERROR_REASON_UNSPECIFIED);
  // Whoever caches the old secret's caller must not do so beyond the overlap.
  const auto old = service_->Resolve(key->secret(), absl::Now() + absl::Seconds(30));
  EXPECT_EQ(old->expire_time().seconds(), rotated->previous_secret_expire_time().seconds());
  now_ += absl::Seconds(1);
  EXPECT_EQ(Opens(key->secret()), ErrorReason::CREDENTIALS_INVALID);
  EXPECT_EQ(Opens(rotated->secret()), ErrorReason::ERROR_REASON_UNSPECIFIED);

  rotate.mutable_overlap()->set_seconds(0);
  ASSERT_TRUE(service_->RotateApiKey(Call(auth::Role::kOwner), rotate).ok());
  EXPECT_EQ(Opens(rotated->secret()), ErrorReason::CREDENTIALS_INVALID);
  for (int64_t seconds : {int64_t{-1}, int64_t{2592001}, std::numeric_limits<int64_t>::max(),
                          std::numeric_limits<int64_t>::min()}) {
    rotate.mutable_overlap()->set_seconds(seconds);
    EXPECT_EQ(ReasonOf(service_->RotateApiKey(Call(auth::Role::kOwner), rotate).status()),
              ErrorReason::FIELD_INVALID);
  }
}

TEST_P(AccessTest, KeysExpire) {
  const auto key = MakeKey("temp", ApiKey::DESK, auth::Role::kOwner, "", absl::Seconds(100));
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(Opens(key->secret()), ErrorReason::ERROR_REASON_UNSPECIFIED);
  now_ += absl::Seconds(100);
  EXPECT_EQ(Opens(key->secret()), ErrorReason::CREDENTIALS_INVALID);
  v1::GetApiKeyRequest get;
  get.set_name(key->name());
  EXPECT_EQ(service_->GetApiKey(Call(auth::Role::kOwner), get)->state(), ApiKey::EXPIRED);
}

TEST_P(AccessTest, ManagersHandOutOnlyWhatIsBelowThem) {
  for (ApiKey::Role role : {ApiKey::MODERATOR, ApiKey::DESK, ApiKey::VIEWER}) {
    EXPECT_TRUE(MakeKey(absl::StrCat("m", role), role, auth::Role::kManager).ok());
  }
  for (ApiKey::Role role : {ApiKey::OWNER, ApiKey::MANAGER}) {
    EXPECT_EQ(ReasonOf(MakeKey(absl::StrCat("n", role), role, auth::Role::kManager).status()),
              ErrorReason::PERMISSION_DENIED);
    EXPECT_TRUE(MakeKey(absl::StrCat("o", role), role, auth::Role::kOwner).ok());
  }
  EXPECT_EQ(ReasonOf(MakeKey("op", ApiKey::OPERATOR, auth::Role::kOperator).status()),
            ErrorReason::FIELD_INVALID);
  v1::RevokeApiKeyRequest revoke;
  revoke.set_name(absl::StrCat("organizers/acme/apiKeys/o", ApiKey::OWNER));
  EXPECT_EQ(ReasonOf(service_->RevokeApiKey(Call(auth::Role::kManager), revoke).status()),
            ErrorReason::PERMISSION_DENIED);
}

TEST_P(AccessTest, PartnerKeysNeedTheirPartner) {
  EXPECT_EQ(ReasonOf(MakeKey("p", ApiKey::PARTNER).status()), ErrorReason::FIELD_INVALID);
  const auto with = [&](const std::string& partner, ApiKey::Role role = ApiKey::PARTNER) {
    return ReasonOf(MakeKey("p", role, auth::Role::kOwner, partner).status());
  };
  EXPECT_EQ(with("organizers/acme/partners/portal"), ErrorReason::RESOURCE_NOT_FOUND);
  ASSERT_TRUE(MakePartner("portal").ok());
  EXPECT_EQ(with("organizers/else/partners/portal"), ErrorReason::FIELD_INVALID);
  EXPECT_EQ(with("organizers/acme/partners/x/portal"), ErrorReason::FIELD_INVALID);
  EXPECT_EQ(with("organizers/acme/partners/portal", ApiKey::VIEWER), ErrorReason::FIELD_INVALID);
  EXPECT_EQ(with("organizers/acme/partners/portal"), ErrorReason::ERROR_REASON_UNSPECIFIED);
}

TEST_P(AccessTest, APartnerWithLiveKeysIsDeletedOnlyByForce) {
  ASSERT_TRUE(MakePartner("portal").ok());
  const auto key =
      MakeKey("p", ApiKey::PARTNER, auth::Role::kOwner, "organizers/acme/partners/portal");
  ASSERT_TRUE(key.ok()) << key.status();
  v1::DeletePartnerRequest request;
  request.set_name("organizers/acme/partners/portal");
  EXPECT_EQ(ReasonOf(service_->DeletePartner(Call(auth::Role::kManager), request).status()),
            ErrorReason::RESOURCE_HAS_CHILDREN);
  request.set_force(true);
  request.set_validate_only(true);
  EXPECT_TRUE(service_->DeletePartner(Call(auth::Role::kManager), request).ok());
  EXPECT_EQ(Opens(key->secret()), ErrorReason::ERROR_REASON_UNSPECIFIED);
  request.set_validate_only(false);
  EXPECT_TRUE(service_->DeletePartner(Call(auth::Role::kManager), request).ok());
  EXPECT_EQ(Opens(key->secret()), ErrorReason::CREDENTIALS_INVALID);
  EXPECT_THAT(forgotten_, ElementsAre(key->name()));
  v1::GetApiKeyRequest get;
  get.set_name(key->name());
  EXPECT_NE(service_->GetApiKey(Call(auth::Role::kOwner), get)->etag(), key->etag());
}

TEST_P(AccessTest, SecretsAreShownOnceAndAreInNoChange) {
  const auto key = MakeKey("office", ApiKey::VIEWER);
  ASSERT_TRUE(key.ok());
  v1::RotateApiKeyRequest rotate;
  rotate.set_name(key->name());
  const auto rotated = service_->RotateApiKey(Call(auth::Role::kOwner), rotate);
  ASSERT_TRUE(rotated.ok());
  v1::GetApiKeyRequest get;
  get.set_name(key->name());
  EXPECT_EQ(service_->GetApiKey(Call(auth::Role::kOwner), get)->secret(), "");
  v1::ListApiKeysRequest list;
  list.set_parent("organizers/acme");
  EXPECT_EQ(service_->ListApiKeys(Call(auth::Role::kOwner), list)->api_keys(0).secret(), "");
  const auto history = History();
  ASSERT_EQ(history.size(), 3u);
  for (const auto& change : history) {
    const std::string text = change.SerializeAsString();
    EXPECT_EQ(text.find("clq_"), std::string::npos);
    EXPECT_EQ(text.find(auth::ParseApiKey(key->secret())->secret), std::string::npos);
  }
}

TEST_P(AccessTest, ARequestIdReplaysAndIsNotReused) {
  v1::CreatePartnerRequest request;
  request.set_parent("organizers/acme");
  request.mutable_partner()->set_display_name("A portal");
  request.set_request_id(resource::NewUid().ToUuid());
  const auto first = service_->CreatePartner(Call(auth::Role::kOwner, "CreatePartner"), request);
  ASSERT_TRUE(first.ok()) << first.status();
  const auto again = service_->CreatePartner(Call(auth::Role::kOwner, "CreatePartner"), request);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  request.mutable_partner()->set_display_name("Another");
  EXPECT_EQ(
      ReasonOf(
          service_->CreatePartner(Call(auth::Role::kOwner, "CreatePartner"), request).status()),
      ErrorReason::REQUEST_ID_REUSED);
}

TEST_P(AccessTest, UpdatesGoByMaskAndEtag) {
  const auto partner = MakePartner("portal");
  ASSERT_TRUE(partner.ok());
  v1::UpdatePartnerRequest update;
  *update.mutable_partner() = *partner;
  update.mutable_partner()->set_display_name("New");
  update.mutable_partner()->set_contact_email("not an address");
  update.mutable_update_mask()->add_paths("display_name");
  const auto changed = service_->UpdatePartner(Call(auth::Role::kManager), update);
  ASSERT_TRUE(changed.ok()) << changed.status();
  EXPECT_EQ(changed->display_name(), "New");
  EXPECT_EQ(changed->contact_email(), "");
  EXPECT_EQ(ReasonOf(service_->UpdatePartner(Call(auth::Role::kManager), update).status()),
            ErrorReason::ETAG_MISMATCH);
  update.mutable_partner()->set_etag(changed->etag());
  update.mutable_update_mask()->add_paths("colour");
  EXPECT_EQ(ReasonOf(service_->UpdatePartner(Call(auth::Role::kManager), update).status()),
            ErrorReason::FIELD_MASK_INVALID);
  update.mutable_update_mask()->clear_paths();
  EXPECT_EQ(ReasonOf(service_->UpdatePartner(Call(auth::Role::kManager), update).status()),
            ErrorReason::FIELD_INVALID);
}

TEST_P(AccessTest, ListsPageAndStayInTheirOrganizer) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(MakePartner(absl::StrCat("p", i)).ok());
  v1::CreateOrganizerRequest other;
  other.set_organizer_id("else");
  other.mutable_organizer()->set_display_name("Else");
  ASSERT_TRUE(service_->CreateOrganizer(Call(auth::Role::kOperator), other).ok());
  v1::ListPartnersRequest list;
  list.set_parent("organizers/acme");
  list.set_page_size(2);
  list.set_order_by("name desc");
  std::vector<std::string> names;
  do {
    const auto page = service_->ListPartners(Call(auth::Role::kViewer), list);
    ASSERT_TRUE(page.ok()) << page.status();
    for (const auto& partner : page->partners()) names.push_back(partner.name().substr(25));
    list.set_page_token(page->next_page_token());
  } while (!list.page_token().empty());
  EXPECT_THAT(names, ElementsAre("p4", "p3", "p2", "p1", "p0"));
  v1::ListOrganizersRequest organizers;
  EXPECT_EQ(service_->ListOrganizers(Call(auth::Role::kOperator), organizers)->organizers_size(),
            2);
  EXPECT_EQ(service_->ListOrganizers(Call(auth::Role::kViewer), organizers)->organizers_size(), 1);
}

TEST_P(AccessTest, BadInputNamesItsFields) {
  v1::CreateOrganizerRequest request;
  auto* organizer = request.mutable_organizer();
  const auto refused = [&] {
    return ReasonOf(service_->CreateOrganizer(Call(auth::Role::kOperator), request).status());
  };
  organizer->set_display_name("Good");
  for (const char* zone : {"Nowhere/City", "/etc/localtime", "../../../etc/passwd", "localtime"}) {
    organizer->set_time_zone(zone);
    EXPECT_EQ(refused(), ErrorReason::FIELD_INVALID) << zone;
  }
  organizer->set_time_zone("Europe/Vienna");
  organizer->set_default_language("not a tag");
  EXPECT_EQ(refused(), ErrorReason::FIELD_INVALID);
  organizer->set_default_language("de");
  organizer->set_contact_email("office");
  EXPECT_EQ(refused(), ErrorReason::FIELD_INVALID);
  organizer->clear_contact_email();
  request.set_organizer_id("Not-An-Id");
  EXPECT_EQ(refused(), ErrorReason::FIELD_INVALID);
  request.set_organizer_id("acme");
  EXPECT_EQ(refused(), ErrorReason::RESOURCE_ALREADY_EXISTS);

  v1::CreateApiKeyRequest key;
  key.set_parent("organizers/acme");
  key.mutable_api_key()->set_display_name("A key");
  key.mutable_api_key()->set_role(ApiKey::VIEWER);
  for (int64_t seconds :
       {int64_t{0}, std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()}) {
    key.mutable_api_key()->mutable_expire_time()->set_seconds(seconds);
    EXPECT_EQ(ReasonOf(service_->CreateApiKey(Call(auth::Role::kOwner), key).status()),
              ErrorReason::FIELD_INVALID);
  }
}

TEST(AccessPermissionsTest, CoverTheWholeService) {
  const auto table = auth::PermissionTable::Create(Permissions());
  ASSERT_TRUE(table.ok()) << table.status();
  const auto* service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
      "colloquy.access.v1.AccessService");
  ASSERT_NE(service, nullptr);
  for (int i = 0; i < service->method_count(); ++i) {
    EXPECT_TRUE(table->Knows(
        absl::StrCat("/colloquy.access.v1.AccessService/", service->method(i)->name())));
  }
  EXPECT_EQ(table->RolesOf("/colloquy.access.v1.AccessService/ResolveCredential"), auth::kServices);
}

}  // namespace
}  // namespace colloquy::access
