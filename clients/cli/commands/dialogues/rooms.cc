// `colloquy dialogues create, list, show, update, open, …`
#include "clients/cli/commands/dialogues/dialogues.h"
#include "clients/cli/files.h"
#include "clients/cli/names.h"
#include "clients/cli/text_flag.h"

namespace colloquy::cli {
namespace {

namespace pb = dialogues::v1;

struct Args {
  std::string dialogue, file, admission, moderation, analysis, speaker_order, etag;
  TextFlag title, description, text_language, event;
  std::vector<std::string> types;
  int speaking_seconds = -1;
  bool statements_closed = false, statements_open = false, names_shown = false, pseudonyms = false;
  bool force = false, renew = false;
  ListFlags list;
};
std::shared_ptr<Args> NewArgs() { return std::make_shared<Args>(); }

void ContentFlags(CLI::App* app, Args* args) {
  app->add_option("-f,--file", args->file, "Dialogue as YAML or JSON; - for standard input");
  AddText(app, "--title", args->title, "What it is about");
  AddText(app, "--description", args->description, "What participants read first");
  AddText(app, "--written-in", args->text_language, "Language of its texts, such as de");
  AddText(app, "--event", args->event, "Event that it belongs to");
  app->add_option("--admission", args->admission, "own-list or join-link");
  app->add_option("--moderation", args->moderation, "Statements are shown before or after it");
  app->add_option("--analysis", args->analysis, "stable or polis-compatible");
  app->add_option("--speaker-order", args->speaker_order, "fifo, least-spoken or balanced");
  app->add_option("--speaking-seconds", args->speaking_seconds, "How long one speaks; 0: no limit")
      ->check(CLI::Range(0, 86400));
  app->add_flag("--statements-closed", args->statements_closed, "Participants only vote");
  app->add_flag("--statements-open", args->statements_open, "Participants write statements too")
      ->excludes("--statements-closed");
  app->add_flag("--names-shown", args->names_shown, "Participants see each other's names");
  app->add_flag("--pseudonyms", args->pseudonyms, "Participants see numbers, not names")
      ->excludes("--names-shown");
  app->add_option("--type", args->types, "Stakeholder type, such as company; repeat")
      ->allow_extra_args(false);
}

template <typename Enum, typename Set>
absl::Status ApplyEnum(const std::string& typed, absl::string_view flag, const Set& set) {
  if (typed.empty()) return absl::OkStatus();
  COLLOQUY_ASSIGN_OR_RETURN(const Enum value, EnumOf<Enum>(typed, flag));
  set(value);
  return absl::OkStatus();
}

absl::Status ApplyChoices(const Args& args, pb::Dialogue* dialogue,
                          google::protobuf::FieldMask* mask) {
  COLLOQUY_RETURN_IF_ERROR(
      ApplyEnum<pb::Dialogue::Admission>(args.admission, "--admission", [&](auto value) {
        dialogue->set_admission(value);
        mask->add_paths("admission");
      }));
  COLLOQUY_RETURN_IF_ERROR(
      ApplyEnum<pb::Dialogue::Moderation>(args.moderation, "--moderation", [&](auto value) {
        dialogue->set_moderation(value);
        mask->add_paths("moderation");
      }));
  COLLOQUY_RETURN_IF_ERROR(
      ApplyEnum<pb::Dialogue::AnalysisMode>(args.analysis, "--analysis", [&](auto value) {
        dialogue->set_analysis_mode(value);
        mask->add_paths("analysis_mode");
      }));
  return ApplyEnum<pb::Dialogue::SpeakerOrder>(args.speaker_order, "--speaker-order",
                                               [&](auto value) {
                                                 dialogue->set_speaker_order(value);
                                                 mask->add_paths("speaker_order");
                                               });
}

// Sets what the flags give, and adds the path of each to `mask`.
absl::Status Apply(Session& session, const Args& args, pb::Dialogue* dialogue,
                   google::protobuf::FieldMask* mask) {
  const auto text = [&](const TextFlag& typed, std::string* field, const char* path) {
    if (!typed) return;
    *field = *typed;
    mask->add_paths(path);
  };
  text(args.title, dialogue->mutable_title(), "title");
  text(args.description, dialogue->mutable_description(), "description");
  text(args.text_language, dialogue->mutable_language_code(), "language_code");
  if (args.event) {
    TextFlag event = args.event;
    if (!event.text.empty()) {
      COLLOQUY_ASSIGN_OR_RETURN(event.text, session.Name(*event, "organizers/*/events/*"));
    }
    text(event, dialogue->mutable_event(), "event");
  }
  if (args.speaking_seconds >= 0) {
    dialogue->set_speaking_seconds(args.speaking_seconds);
    mask->add_paths("speaking_seconds");
  }
  if (args.statements_closed || args.statements_open) {
    dialogue->set_statements_closed(args.statements_closed);
    mask->add_paths("statements_closed");
  }
  if (args.names_shown || args.pseudonyms) {
    dialogue->set_names_shown(args.names_shown);
    mask->add_paths("names_shown");
  }
  if (!args.types.empty()) {
    dialogue->mutable_stakeholder_types()->Assign(args.types.begin(), args.types.end());
    mask->add_paths("stakeholder_types");
  }
  return ApplyChoices(args, dialogue, mask);
}

absl::Status Create(Session& session, const Args& args) {
  pb::CreateDialogueRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.RequiredOrganizer());
  if (!args.file.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(const std::string text, ReadFile(session.io(), args.file));
    COLLOQUY_RETURN_IF_ERROR(ParseMessage(text, request.mutable_dialogue()));
  }
  google::protobuf::FieldMask mask;
  COLLOQUY_RETURN_IF_ERROR(Apply(session, args, request.mutable_dialogue(), &mask));
  request.set_dialogue_id(
      std::string(LastSegment(args.dialogue.empty() ? request.dialogue().name() : args.dialogue)));
  request.mutable_dialogue()->clear_name();
  return Mutate(session, &sdk::Dialogues::CreateDialogue, request);
}

absl::Status Update(Session& session, const Args& args) {
  pb::GetDialogueRequest get;
  COLLOQUY_ASSIGN_OR_RETURN(*get.mutable_name(), session.Name(args.dialogue, kDialogue));
  pb::UpdateDialogueRequest request;
  if (args.file.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_dialogue(),
                              CallOnce(session, &sdk::Dialogues::GetDialogue, get));
    COLLOQUY_RETURN_IF_ERROR(
        Apply(session, args, request.mutable_dialogue(), request.mutable_update_mask()));
    if (request.update_mask().paths().empty()) {
      return UsageError("Nothing to change: give at least one flag, or --file.");
    }
  } else {
    // Without a mask everything that is filled is changed: the file's fields and the flags'.
    COLLOQUY_ASSIGN_OR_RETURN(const std::string text, ReadFile(session.io(), args.file));
    COLLOQUY_RETURN_IF_ERROR(ParseMessage(text, request.mutable_dialogue()));
    google::protobuf::FieldMask by_flags;
    COLLOQUY_RETURN_IF_ERROR(Apply(session, args, request.mutable_dialogue(), &by_flags));
    request.mutable_dialogue()->set_name(get.name());
  }
  if (!args.etag.empty()) request.mutable_dialogue()->set_etag(args.etag);
  return Mutate(session, &sdk::Dialogues::UpdateDialogue, request);
}

absl::Status Links(Session& session, const Args& args) {
  pb::GetDialogueLinksRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(), session.Name(args.dialogue, kDialogue));
  request.set_renew(args.renew);
  if (args.renew) {
    COLLOQUY_RETURN_IF_ERROR(session.Confirm(
        absl::StrCat("Make new links for ", request.name(), "? Those given out stop working.")));
  }
  return CallAndShow(session, &sdk::Dialogues::GetDialogueLinks, request);
}

void AddTransitions(CommandTree& tree, CLI::App* group) {
  AddVerb<pb::OpenDialogueRequest>(tree, group, "open", "Let participants in, or end the live time",
                                   "colloquy dialogues open roadmap", kDialogue, "dialogue",
                                   &sdk::Dialogues::OpenDialogue);
  AddVerb<pb::StartDialogueRequest>(tree, group, "start", "Go live: agenda and speaker queue run",
                                    "colloquy dialogues start roadmap", kDialogue, "dialogue",
                                    &sdk::Dialogues::StartDialogue);
  AddVerb<pb::CloseDialogueRequest>(
      tree, group, "close", "End writing and voting; decisions and actions go on",
      "colloquy dialogues close roadmap --yes", kDialogue, "dialogue",
      &sdk::Dialogues::CloseDialogue, "Close {name}? Nobody can vote in it afterwards.");
  AddVerb<pb::PublishDialogueRequest>(tree, group, "publish",
                                      "Let participants read the report of a closed dialogue",
                                      "colloquy dialogues publish roadmap", kDialogue, "dialogue",
                                      &sdk::Dialogues::PublishDialogue);
}

}  // namespace

void AddRooms(CommandTree& tree, CLI::App* group) {
  auto create = NewArgs();
  CLI::App* app = tree.Add(
      group, "create", "Create a dialogue, as a draft",
      "colloquy dialogues create roadmap --title 'Packaging by 2030' --admission join-link \\\n"
      "      --moderation before --type company --type research",
      [create](Session& session) { return Create(session, *create); });
  app->add_option("dialogue", create->dialogue, "Id; made by the server if absent");
  ContentFlags(app, create.get());

  auto list = NewArgs();
  app =
      tree.Add(group, "list", "List dialogues", "colloquy dialogues list --filter 'state = LIVE'",
               [list](Session& session) -> absl::Status {
                 pb::ListDialoguesRequest request;
                 COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.RequiredOrganizer());
                 return ListAndShow(session, &sdk::Dialogues::ListDialogues, request,
                                    &pb::ListDialoguesResponse::dialogues, list->list,
                                    {"id", "state", "title", "participant_count", "statement_count",
                                     "vote_sequence", "create_time"});
               });
  AddListFlags(app, &list->list, "state, event, create_time, update_time");

  AddShow<pb::GetDialogueRequest>(tree, group, "Show a dialogue",
                                  "colloquy dialogues show roadmap -o yaml", kDialogue, "dialogue",
                                  &sdk::Dialogues::GetDialogue);

  auto update = NewArgs();
  app = tree.Add(group, "update", "Change a dialogue: only what is given",
                 "colloquy dialogues update roadmap --moderation after",
                 [update](Session& session) { return Update(session, *update); });
  DialogueArgument(app, &update->dialogue);
  ContentFlags(app, update.get());
  app->add_option("--etag", update->etag, "Only if this is still its etag");

  AddTransitions(tree, group);

  auto remove = NewArgs();
  app = tree.Add(
      group, "delete", "Delete a dialogue that was never opened",
      "colloquy dialogues delete roadmap --force --yes",
      [remove](Session& session) -> absl::Status {
        pb::DeleteDialogueRequest request;
        COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_name(),
                                  session.Name(remove->dialogue, kDialogue));
        request.set_etag(remove->etag);
        request.set_force(remove->force);
        COLLOQUY_RETURN_IF_ERROR(session.Confirm(absl::StrCat("Delete ", request.name(), "?")));
        return Mutate(session, &sdk::Dialogues::DeleteDialogue, request);
      });
  DialogueArgument(app, &remove->dialogue);
  app->add_option("--etag", remove->etag, "Only if this is still its etag");
  app->add_flag("--force", remove->force, "What is in it too");

  auto links = NewArgs();
  app = tree.Add(group, "links", "Show the links for joining and for the presenter's screen",
                 "colloquy dialogues links roadmap",
                 [links](Session& session) { return Links(session, *links); });
  DialogueArgument(app, &links->dialogue);
  app->add_flag("--renew", links->renew, "Make new ones; the old ones stop working");
}

}  // namespace colloquy::cli
