// `colloquy organizers …`, `partners …` and `keys …`
#include <memory>

#include "CLI/CLI.hpp"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "clients/cli/command.h"
#include "clients/cli/failures.h"
#include "clients/cli/names.h"
#include "clients/cli/text_flag.h"
#include "clients/cli/times.h"
#include "services/common/errors/errors.h"

namespace colloquy::cli {
namespace {

namespace pb = access::v1;
constexpr char kOrganizer[] = "organizers/*";
constexpr char kPartner[] = "organizers/*/partners/*";
constexpr char kKey[] = "organizers/*/apiKeys/*";

struct Args {
  std::string name, display_name, language, zone, role, partner, expires, overlap, etag;
  TextFlag contact;
  bool force = false;
  ListFlags list;
};
std::shared_ptr<Args> NewArgs() { return std::make_shared<Args>(); }

void NameArgument(CLI::App* app, Args* args, const char* what) {
  app->add_option("name", args->name, absl::StrCat("Id or full name of the ", what))->required();
}

// Fills what the flags gave and says so in the mask.
template <typename Resource>
void SetPeople(const Args& args, Resource* resource, google::protobuf::FieldMask* mask) {
  if (!args.display_name.empty()) {
    resource->set_display_name(args.display_name);
    mask->add_paths("display_name");
  }
  if (args.contact) {
    resource->set_contact_email(*args.contact);
    mask->add_paths("contact_email");
  }
}

void SetOrganizer(const Args& args, pb::Organizer* organizer, google::protobuf::FieldMask* mask) {
  SetPeople(args, organizer, mask);
  if (!args.language.empty()) {
    organizer->set_default_language(args.language);
    mask->add_paths("default_language");
  }
  if (!args.zone.empty()) {
    organizer->set_time_zone(args.zone);
    mask->add_paths("time_zone");
  }
}

void PeopleFlags(CLI::App* app, Args* args) {
  app->add_option("--display-name", args->display_name, "The name that people see");
  AddText(app, "--contact", args->contact, "Address for questions");
}

void OrganizerFlags(CLI::App* app, Args* args) {
  PeopleFlags(app, args);
  app->add_option("--default-language", args->language, "Language of its texts, such as de");
  app->add_option("--zone", args->zone, "IANA zone of its events");
}

// get: one name in, one resource out.
template <typename Request, typename Method>
void AddGet(CommandTree& tree, CLI::App* group, const char* what, const char* pattern,
            Method method) {
  auto args = NewArgs();
  CLI::App* app = tree.Add(
      group, "get", absl::StrCat(what[0] == 'o' ? "Show an " : "Show a ", what),
      absl::StrCat("colloquy ", group->get_name(), " get demo"),
      [args, pattern, method](Session& session) -> absl::Status {
        Request request;
        COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name(args->name, pattern));
        return CallAndShow(session, method, request);
      });
  NameArgument(app, args.get(), what);
}

void AddOrganizers(CommandTree& tree) {
  CLI::App* group = tree.Group("organizers", "The offices that hold events here");
  auto create = NewArgs();
  CLI::App* app = tree.Add(group, "create", "Create an organizer (operators)",
                           "colloquy organizers create demo --display-name 'Demo office'",
                           [create](Session& session) {
                             pb::CreateOrganizerRequest request;
                             google::protobuf::FieldMask mask;
                             request.set_organizer_id(std::string(LastSegment(create->name)));
                             SetOrganizer(*create, request.mutable_organizer(), &mask);
                             return Mutate(session, &sdk::Access::CreateOrganizer, request);
                           });
  app->add_option("name", create->name, "Id; made by the server if absent");
  OrganizerFlags(app, create.get());

  AddGet<pb::GetOrganizerRequest>(tree, group, "organizer", kOrganizer, &sdk::Access::GetOrganizer);
  auto list = NewArgs();
  app = tree.Add(group, "list", "List organizers", "colloquy organizers list",
                 [list](Session& session) {
                   return ListAndShow(session, &sdk::Access::ListOrganizers, {},
                                      &pb::ListOrganizersResponse::organizers, list->list,
                                      {"id", "display_name", "contact_email", "time_zone"});
                 });
  AddListFlags(app, &list->list, "name, display_name, create_time");

  auto update = NewArgs();
  app =
      tree.Add(group, "update", "Change an organizer",
               "colloquy organizers update demo --zone Europe/Berlin",
               [update](Session& session) -> absl::Status {
                 pb::UpdateOrganizerRequest request;
                 SetOrganizer(*update, request.mutable_organizer(), request.mutable_update_mask());
                 COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_organizer()->mutable_name(),
                                           session.Name(update->name, kOrganizer));
                 request.mutable_organizer()->set_etag(update->etag);
                 if (request.update_mask().paths().empty()) return UsageError("Nothing to change.");
                 return Mutate(session, &sdk::Access::UpdateOrganizer, request);
               });
  NameArgument(app, update.get(), "organizer");
  OrganizerFlags(app, update.get());
  app->add_option("--etag", update->etag, "Only if this is still its etag");
}

void AddPartners(CommandTree& tree) {
  CLI::App* group = tree.Group("partners", "Portals that register people for an organizer");
  auto create = NewArgs();
  CLI::App* app =
      tree.Add(group, "create", "Create a partner",
               "colloquy partners create portal --display-name 'City portal'",
               [create](Session& session) -> absl::Status {
                 pb::CreatePartnerRequest request;
                 google::protobuf::FieldMask mask;
                 COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.RequiredOrganizer());
                 request.set_partner_id(std::string(LastSegment(create->name)));
                 SetPeople(*create, request.mutable_partner(), &mask);
                 return Mutate(session, &sdk::Access::CreatePartner, request);
               });
  app->add_option("name", create->name, "Id; made by the server if absent");
  PeopleFlags(app, create.get());

  AddGet<pb::GetPartnerRequest>(tree, group, "partner", kPartner, &sdk::Access::GetPartner);
  auto list = NewArgs();
  app =
      tree.Add(group, "list", "List partners", "colloquy partners list",
               [list](Session& session) -> absl::Status {
                 pb::ListPartnersRequest request;
                 COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.RequiredOrganizer());
                 return ListAndShow(session, &sdk::Access::ListPartners, request,
                                    &pb::ListPartnersResponse::partners, list->list,
                                    {"id", "display_name", "contact_email", "create_time"});
               });
  AddListFlags(app, &list->list, "name, display_name, create_time");

  auto update = NewArgs();
  app = tree.Add(group, "update", "Change a partner",
                 "colloquy partners update portal --contact portal@example.org",
                 [update](Session& session) -> absl::Status {
                   pb::UpdatePartnerRequest request;
                   SetPeople(*update, request.mutable_partner(), request.mutable_update_mask());
                   COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_partner()->mutable_name(),
                                             session.Name(update->name, kPartner));
                   request.mutable_partner()->set_etag(update->etag);
                   if (request.update_mask().paths().empty())
                     return UsageError("Nothing to change.");
                   return Mutate(session, &sdk::Access::UpdatePartner, request);
                 });
  NameArgument(app, update.get(), "partner");
  PeopleFlags(app, update.get());
  app->add_option("--etag", update->etag, "Only if this is still its etag");

  auto remove = NewArgs();
  app = tree.Add(
      group, "delete", "Delete a partner", "colloquy partners delete portal --force",
      [remove](Session& session) -> absl::Status {
        pb::DeletePartnerRequest request;
        COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name(remove->name, kPartner));
        request.set_etag(remove->etag);
        request.set_force(remove->force);
        COLLOQUY_RETURN_IF_ERROR(session.Confirm(absl::StrCat("Delete ", request.name(), "?")));
        return Mutate(session, &sdk::Access::DeletePartner, request);
      });
  NameArgument(app, remove.get(), "partner");
  app->add_option("--etag", remove->etag, "Only if this is still its etag");
  app->add_flag("--force", remove->force, "Revoke its keys too");
}

absl::Status CreateKey(Session& session, const Args& args) {
  pb::CreateApiKeyRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.RequiredOrganizer());
  request.set_api_key_id(std::string(LastSegment(args.name)));
  pb::ApiKey* key = request.mutable_api_key();
  key->set_display_name(args.display_name.empty() ? std::string(LastSegment(args.name))
                                                  : args.display_name);
  pb::ApiKey::Role role;
  if (!pb::ApiKey::Role_Parse(absl::AsciiStrToUpper(args.role), &role)) {
    return UsageError("--role is one of owner, manager, moderator, desk, viewer, partner.");
  }
  key->set_role(role);
  if (!args.partner.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(*key->mutable_partner(),
                              ExpandName(args.partner, kPartner, request.parent()));
  }
  if (!args.expires.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(*key->mutable_expire_time(),
                              ParseTime(args.expires, absl::LocalTimeZone()));
  }
  COLLOQUY_RETURN_IF_ERROR(Mutate(session, &sdk::Access::CreateApiKey, request));
  if (!session.flags().dry_run) session.Note("Keep the secret now: it is never shown again.");
  return absl::OkStatus();
}

void AddKeys(CommandTree& tree) {
  CLI::App* group = tree.Group("keys", "API keys");
  auto create = NewArgs();
  CLI::App* app = tree.Add(group, "create", "Create a key; its secret is shown this once",
                           "colloquy keys create portal --role partner --partner portal",
                           [create](Session& session) { return CreateKey(session, *create); });
  app->add_option("name", create->name, "Id")->required();
  app->add_option("--role", create->role, "owner, manager, moderator, desk, viewer, partner")
      ->required();
  app->add_option("--partner", create->partner, "The partner it belongs to, for that role");
  app->add_option("--display-name", create->display_name, "What it is for");
  app->add_option("--expires", create->expires, "When it stops being valid");

  AddGet<pb::GetApiKeyRequest>(tree, group, "key", kKey, &sdk::Access::GetApiKey);
  auto list = NewArgs();
  app = tree.Add(
      group, "list", "List keys, without secrets", "colloquy keys list",
      [list](Session& session) -> absl::Status {
        pb::ListApiKeysRequest request;
        COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.RequiredOrganizer());
        return ListAndShow(session, &sdk::Access::ListApiKeys, request,
                           &pb::ListApiKeysResponse::api_keys, list->list,
                           {"id", "role", "state", "partner", "display_name", "expire_time"});
      });
  AddListFlags(app, &list->list,
               "name, display_name, role, partner, create_time, expire_time, revoke_time");

  auto rotate = NewArgs();
  app = tree.Add(
      group, "rotate", "Give a key a new secret; the old one stays valid for a while",
      "colloquy keys rotate portal --overlap 48h", [rotate](Session& session) -> absl::Status {
        pb::RotateApiKeyRequest request;
        COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(), rotate->name == "apiKeys/root"
                                                               ? rotate->name
                                                               : session.Name(rotate->name, kKey));
        if (!rotate->overlap.empty()) {
          COLLOQUY_ASSIGN_OR_RETURN(const absl::Duration overlap, ParseSpan(rotate->overlap));
          *request.mutable_overlap() = ToProto(overlap);
        }
        return Mutate(session, &sdk::Access::RotateApiKey, request);
      });
  NameArgument(app, rotate.get(), "key (apiKeys/root is the root key)");
  app->add_option("--overlap", rotate->overlap,
                  "How long the old secret stays valid; 24h if absent");

  auto revoke = NewArgs();
  app = tree.Add(group, "revoke", "Revoke a key for good", "colloquy keys revoke portal --yes",
                 [revoke](Session& session) -> absl::Status {
                   pb::RevokeApiKeyRequest request;
                   COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(),
                                             session.Name(revoke->name, kKey));
                   COLLOQUY_RETURN_IF_ERROR(
                       session.Confirm(absl::StrCat("Revoke ", request.name(), " for good?")));
                   return Mutate(session, &sdk::Access::RevokeApiKey, request);
                 });
  NameArgument(app, revoke.get(), "key");
}

}  // namespace

void AddAccess(CommandTree& tree) {
  AddOrganizers(tree);
  AddPartners(tree);
  AddKeys(tree);
}

}  // namespace colloquy::cli
