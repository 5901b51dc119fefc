// `colloquy dialogues agenda …`
#include "absl/strings/match.h"
#include "clients/cli/commands/dialogues/dialogues.h"
#include "clients/cli/files.h"
#include "clients/cli/text_flag.h"

namespace colloquy::cli {
namespace {

namespace pb = dialogues::v1;
constexpr char kItem[] = "organizers/*/dialogues/*/agendaItems/*";

struct Args {
  std::string dialogue, item, parent, text, file, etag;
  TextFlag title, description, presenter;
  std::vector<std::string> documents;
  int planned = -1, position = 0, by = 0;
  ListFlags list;
};
std::shared_ptr<Args> NewArgs() { return std::make_shared<Args>(); }

void ItemArgument(CLI::App* app, Args* args) {
  app->add_option("item", args->item, "DIALOGUE/NUMBER or full name")->required();
  app->add_option("--etag", args->etag, "Only if this is still its etag");
}

void ContentFlags(CLI::App* app, Args* args) {
  AddText(app, "--title", args->title, "What it is about");
  AddText(app, "--description", args->description, "More about it");
  app->add_option("--minutes", args->planned, "Planned minutes; those of parts fit in the whole's")
      ->check(CLI::Range(0, 1440));
  AddText(app, "--presenter", args->presenter, "Who presents");
  app->add_option("--document", args->documents, "Link to a document; repeat")
      ->allow_extra_args(false);
}

void Apply(const Args& args, pb::AgendaItem* item, google::protobuf::FieldMask* mask) {
  const auto text = [&](const TextFlag& typed, std::string* field, const char* path) {
    if (!typed) return;
    *field = *typed;
    mask->add_paths(path);
  };
  text(args.title, item->mutable_title(), "title");
  text(args.description, item->mutable_description(), "description");
  text(args.presenter, item->mutable_presenter(), "presenter");
  if (args.planned >= 0) {
    item->set_planned_minutes(args.planned);
    mask->add_paths("planned_minutes");
  }
  if (!args.documents.empty()) {
    item->mutable_document_uris()->Assign(args.documents.begin(), args.documents.end());
    mask->add_paths("document_uris");
  }
}

absl::Status Create(Session& session, const Args& args) {
  pb::CreateAgendaItemRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Name(args.dialogue, kDialogue));
  google::protobuf::FieldMask mask;
  Apply(args, request.mutable_agenda_item(), &mask);
  if (!args.parent.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_agenda_item()->mutable_parent_item(),
                              ChildName(session, request.parent(), "agendaItems", args.parent));
  }
  return Mutate(session, &sdk::Agenda::CreateAgendaItem, request);
}

// The item as it is, with its etag: nobody's change in between is lost.
absl::StatusOr<pb::UpdateAgendaItemRequest> UpdateOf(Session& session, const Args& args) {
  pb::GetAgendaItemRequest get;
  COLLOQUY_ASSIGN_OR_RETURN(*get.mutable_name(), session.Name(args.item, kItem));
  pb::UpdateAgendaItemRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_agenda_item(),
                            CallOnce(session, &sdk::Agenda::GetAgendaItem, get));
  if (!args.etag.empty()) request.mutable_agenda_item()->set_etag(args.etag);
  return request;
}

absl::Status Update(Session& session, const Args& args) {
  COLLOQUY_ASSIGN_OR_RETURN(pb::UpdateAgendaItemRequest request, UpdateOf(session, args));
  Apply(args, request.mutable_agenda_item(), request.mutable_update_mask());
  if (request.update_mask().paths().empty()) {
    return UsageError("Nothing to change: give at least one flag.");
  }
  return Mutate(session, &sdk::Agenda::UpdateAgendaItem, request);
}

// Shows what was written down, or replaces it.
absl::Status Minutes(Session& session, const Args& args) {
  COLLOQUY_ASSIGN_OR_RETURN(pb::UpdateAgendaItemRequest request, UpdateOf(session, args));
  if (args.text.empty() && args.file.empty()) {
    const std::string& minutes = request.agenda_item().minutes();
    session.io().out << (session.io().out_is_terminal ? VisibleLines(minutes) : minutes)
                     << (minutes.empty() || absl::EndsWith(minutes, "\n") ? "" : "\n");
    return absl::OkStatus();
  }
  std::string text = args.text;
  if (!args.file.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(text, ReadFile(session.io(), args.file));
  }
  request.mutable_agenda_item()->set_minutes(text);
  request.mutable_update_mask()->add_paths("minutes");
  return Mutate(session, &sdk::Agenda::UpdateAgendaItem, request);
}

absl::Status Move(Session& session, const Args& args) {
  pb::MoveAgendaItemRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name(args.item, kItem));
  if (!args.parent.empty()) {
    const std::string dialogue = request.name().substr(0, request.name().rfind("/agendaItems/"));
    COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent_item(),
                              ChildName(session, dialogue, "agendaItems", args.parent));
  }
  request.set_position(args.position);
  request.set_etag(args.etag);
  return Mutate(session, &sdk::Agenda::MoveAgendaItem, request);
}

// The first item to come after what runs or ran last, in the agenda's order.
absl::Status Next(Session& session, const Args& args) {
  pb::ListAgendaItemsRequest list;
  COLLOQUY_ASSIGN_OR_RETURN(*list.mutable_parent(), session.Name(args.dialogue, kDialogue));
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<pb::AgendaItem> items,
                            CollectAll(session, &sdk::Agenda::ListAgendaItems, list,
                                       &pb::ListAgendaItemsResponse::agenda_items));
  const pb::AgendaItem* next = nullptr;
  for (const pb::AgendaItem& item : items) {
    if (item.state() != pb::AgendaItem::PLANNED) {
      next = nullptr;
    } else if (next == nullptr) {
      next = &item;
    }
  }
  if (next == nullptr) {
    return absl::FailedPreconditionError(
        "No item is left on the agenda; `colloquy dialogues agenda finish` ends the last one.");
  }
  pb::StartAgendaItemRequest request;
  request.set_name(next->name());
  // Somebody else may have gone on meanwhile: nothing is skipped.
  request.set_etag(next->etag());
  return Mutate(session, &sdk::Agenda::StartAgendaItem, request);
}

void AddPlanning(CommandTree& tree, CLI::App* group) {
  auto add = NewArgs();
  CLI::App* app = tree.Add(
      group, "add", "Add an item at the end of its siblings",
      "colloquy dialogues agenda add roadmap --title 'Which packaging?' --minutes 30 --parent 2",
      [add](Session& session) { return Create(session, *add); });
  DialogueArgument(app, &add->dialogue);
  ContentFlags(app, add.get());
  app->add_option("--parent", add->parent, "Number of the item that it is a part of");

  auto list = NewArgs();
  app = tree.Add(
      group, "list", "List the agenda in its order", "colloquy dialogues agenda list roadmap",
      [list](Session& session) -> absl::Status {
        pb::ListAgendaItemsRequest request;
        COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(),
                                  session.Name(list->dialogue, kDialogue));
        return ListAndShow(session, &sdk::Agenda::ListAgendaItems, request,
                           &pb::ListAgendaItemsResponse::agenda_items, list->list,
                           {"id", "state", "title", "presenter", "planned_minutes",
                            "extended_minutes", "start_time", "finish_time", "parent_item"});
      });
  DialogueArgument(app, &list->dialogue);
  AddPageFlags(app, &list->list);

  AddShow<pb::GetAgendaItemRequest>(tree, group, "Show an item",
                                    "colloquy dialogues agenda show roadmap/2", kItem, "item",
                                    &sdk::Agenda::GetAgendaItem);

  auto update = NewArgs();
  app = tree.Add(group, "update", "Change an item: only what is given",
                 "colloquy dialogues agenda update roadmap/2 --minutes 45",
                 [update](Session& session) { return Update(session, *update); });
  ItemArgument(app, update.get());
  ContentFlags(app, update.get());

  auto move = NewArgs();
  app = tree.Add(group, "move", "Move an item, with its parts, to another place",
                 "colloquy dialogues agenda move roadmap/4 --position 1",
                 [move](Session& session) { return Move(session, *move); });
  ItemArgument(app, move.get());
  app->add_option("--parent", move->parent, "Number of its new whole; none if absent");
  app->add_option("--position", move->position, "Place among its siblings, from 1; last if absent")
      ->check(Positive());

  AddVerb<pb::DeleteAgendaItemRequest>(tree, group, "delete", "Delete an item that has not begun",
                                       "colloquy dialogues agenda delete roadmap/4 --yes", kItem,
                                       "item", &sdk::Agenda::DeleteAgendaItem, "Delete {name}?");
}

}  // namespace

void AddAgenda(CommandTree& tree, CLI::App* dialogues) {
  CLI::App* group = tree.Group(dialogues, "agenda", "What is talked about, and for how long");
  AddPlanning(tree, group);
  AddVerb<pb::StartAgendaItemRequest>(
      tree, group, "start", "Begin an item; what ran beside it is finished",
      "colloquy dialogues agenda start roadmap/2", kItem, "item", &sdk::Agenda::StartAgendaItem);
  auto next = NewArgs();
  CLI::App* app = tree.Add(group, "next", "Begin the item that follows; what runs is finished",
                           "colloquy dialogues agenda next roadmap",
                           [next](Session& session) { return Next(session, *next); });
  DialogueArgument(app, &next->dialogue);
  auto extend = NewArgs();
  app = tree.Add(group, "extend", "Give the running item more minutes",
                 "colloquy dialogues agenda extend roadmap/2 --by 10",
                 [extend](Session& session) -> absl::Status {
                   pb::ExtendAgendaItemRequest request;
                   COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(),
                                             session.Name(extend->item, kItem));
                   request.set_minutes(extend->by);
                   request.set_etag(extend->etag);
                   return Mutate(session, &sdk::Agenda::ExtendAgendaItem, request);
                 });
  ItemArgument(app, extend.get());
  app->add_option("--by", extend->by, "Minutes")->required()->check(CLI::Range(1, 1440));
  AddVerb<pb::FinishAgendaItemRequest>(tree, group, "finish", "End an item and its parts",
                                       "colloquy dialogues agenda finish roadmap/2", kItem, "item",
                                       &sdk::Agenda::FinishAgendaItem);
  auto minutes = NewArgs();
  app = tree.Add(group, "minutes", "Show the minutes taken under an item, or replace them",
                 "colloquy dialogues agenda minutes roadmap/2 --file minutes.txt",
                 [minutes](Session& session) { return Minutes(session, *minutes); });
  ItemArgument(app, minutes.get());
  app->add_option("--text", minutes->text, "The minutes");
  app->add_option("-f,--file", minutes->file, "File that holds them; - for standard input")
      ->excludes("--text");
}

}  // namespace colloquy::cli
