// `colloquy dialogues import` and `export`
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "clients/cli/commands/dialogues/dialogues.h"
#include "clients/cli/commands/dialogues/opinion_text.h"
#include "clients/cli/files.h"
#include "clients/cli/names.h"
#include "clients/cli/patience.h"
#include "clients/cli/polis/conversation.h"
#include "clients/cli/polis/export.h"
#include "clients/cli/progress.h"
#include "clients/cli/terminal.h"
#include "colloquy/sdk/errors.h"
#include "google/protobuf/util/json_util.h"

namespace colloquy::cli {
namespace {

namespace pb = dialogues::v1;
constexpr int kShownFindings = 10;
constexpr size_t kMostTitle = 200;

struct Args {
  std::string folder, dialogue, title;
  bool analyse = false;
};

absl::StatusOr<polis::Files> ReadFolder(Session& session, const std::string& folder) {
  polis::Files files;
  const std::filesystem::path path(folder);
  const auto optional = [&](const char* name, std::string* content) -> absl::Status {
    if (!std::filesystem::exists(path / name)) return absl::OkStatus();
    COLLOQUY_ASSIGN_OR_RETURN(*content, ReadFile(session.io(), path / name));
    return absl::OkStatus();
  };
  COLLOQUY_ASSIGN_OR_RETURN(files.votes, ReadFile(session.io(), path / "votes.csv"));
  COLLOQUY_ASSIGN_OR_RETURN(files.comments, ReadFile(session.io(), path / "comments.csv"));
  COLLOQUY_RETURN_IF_ERROR(optional("participants-votes.csv", &files.participants_votes));
  COLLOQUY_RETURN_IF_ERROR(optional("summary.csv", &files.summary));
  return files;
}

// At most 200 characters, none cut through.
std::string TitleOf(const polis::Conversation& conversation, const Args& args) {
  std::string title = !args.title.empty()          ? args.title
                      : conversation.topic.empty() ? "Imported conversation"
                                                   : conversation.topic;
  size_t characters = 0, end = 0;
  while (end < title.size() && characters < kMostTitle) {
    do {
      ++end;
    } while (end < title.size() && (static_cast<unsigned char>(title[end]) & 0xc0) == 0x80);
    ++characters;
  }
  title.resize(end);
  return title;
}

class Importer {
 public:
  Importer(Session& session, const Args& args) : session_(session), args_(args) {}

  absl::Status Run() {
    COLLOQUY_ASSIGN_OR_RETURN(const polis::Files files, ReadFolder(session_, args_.folder));
    absl::StatusOr<polis::Conversation> read = polis::ReadConversation(files);
    if (!read.ok()) return UsageError(read.status().message());
    conversation_ = *std::move(read);
    Report();
    if (session_.flags().dry_run) {
      session_.Note("Dry run: nothing was changed.");
      return absl::OkStatus();
    }
    COLLOQUY_RETURN_IF_ERROR(CreateDialogue());
    const absl::Status sent = Send();
    if (!sent.ok()) {
      session_.Note(absl::StrCat(done_, " of ", runs_,
                                 " runs are done. The same command goes on from there."));
      return sent;
    }
    return Conclude();
  }

 private:
  void Report() {
    int left_out = 0;
    for (size_t i = 0; i < conversation_.findings.size(); ++i) {
      const polis::Finding& finding = conversation_.findings[i];
      left_out += finding.left_out;
      if (i >= kShownFindings && !session_.flags().verbose) continue;
      session_.Note(absl::StrCat(finding.file, ", line ", finding.line, ": ", finding.words,
                                 finding.left_out ? "; left out" : "", "."));
    }
    const size_t more = conversation_.findings.size();
    if (more > kShownFindings && !session_.flags().verbose) {
      session_.Note(absl::StrCat("And ", more - kShownFindings, " more; --verbose shows all."));
    }
    session_.Note(absl::StrCat(Counted(conversation_.participants.size(), "participant"), ", ",
                               Counted(conversation_.statements.size(), "statement"), ", ",
                               Counted(conversation_.votes.size(), "vote"), "."));
    if (left_out > 0) session_.set_exit_code(kPartial);
  }

  absl::Status CreateDialogue() {
    pb::CreateDialogueRequest request;
    COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session_.RequiredOrganizer());
    const std::string id =
        args_.dialogue.empty()
            ? Slug(std::filesystem::absolute(args_.folder).lexically_normal().filename().string(),
                   63)
            : args_.dialogue;
    COLLOQUY_ASSIGN_OR_RETURN(name_, session_.Name(id, kDialogue));
    request.set_dialogue_id(std::string(LastSegment(name_)));
    request.mutable_dialogue()->set_title(TitleOf(conversation_, args_));
    request.mutable_dialogue()->set_description(conversation_.description);
    const absl::Status created =
        CallOnce(session_, &sdk::Dialogues::CreateDialogue, request).status();
    // There already: an import that was cut off, or somebody else's, which the server refuses.
    return absl::IsAlreadyExists(created) ? absl::OkStatus() : created;
  }

  absl::Status Send() {
    const std::vector<pb::ImportConversationRequest> runs = polis::RunsOf(conversation_, name_);
    runs_ = runs.size();
    int64_t total = 0, records = 0;
    const auto size = [](const pb::ImportConversationRequest& run) {
      return run.participants_size() + run.statements_size() + run.votes_size();
    };
    for (const auto& run : runs) total += size(run);
    Progress progress(session_.io(), "Importing", total);
    const sdk::Cancellation* cancellation = session_.io().cancellation;
    for (const pb::ImportConversationRequest& run : runs) {
      if (cancellation != nullptr && cancellation->cancelled()) return absl::CancelledError();
      COLLOQUY_ASSIGN_OR_RETURN(const pb::ImportConversationResponse response,
                                CallPatiently(session_, &sdk::Statements::ImportConversation, run));
      repeated_ += response.repeated_run();
      ++done_;
      records += size(run);
      progress.Update(records, 0);
    }
    return absl::OkStatus();
  }

  absl::Status Conclude() {
    if (repeated_ > 0) {
      session_.Note(absl::StrCat(repeated_, " of ", runs_, " runs were there already."));
    }
    session_.Note(absl::StrCat("Imported as a draft; `colloquy dialogues open ", LastSegment(name_),
                               "` lets participants in."));
    if (!args_.analyse) {
      pb::GetDialogueRequest request;
      request.set_name(name_);
      return CallAndShow(session_, &sdk::Dialogues::GetDialogue, request);
    }
    pb::ComputeOpinionRequest request;
    request.set_name(name_);
    COLLOQUY_ASSIGN_OR_RETURN(const pb::Opinion opinion,
                              CallOnce(session_, &sdk::Opinions::ComputeOpinion, request));
    return ShowOpinion(session_, name_, opinion);
  }

  Session& session_;
  const Args& args_;
  polis::Conversation conversation_;
  std::string name_;
  size_t runs_ = 0, done_ = 0;
  int repeated_ = 0;
};

absl::Status WriteFile(const std::filesystem::path& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << content;
  file.close();
  return file ? absl::OkStatus() : UsageError(absl::StrCat("Cannot write ", path.string(), "."));
}

absl::Status WriteFolder(const std::string& folder, const polis::Files& files,
                         const pb::Opinion& opinion) {
  const std::filesystem::path path(folder);
  std::error_code error;
  std::filesystem::create_directories(path, error);
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  std::string json;
  if (!google::protobuf::util::MessageToJsonString(opinion, &json, options).ok()) {
    return absl::InternalError("The analysis cannot be written as JSON.");
  }
  COLLOQUY_RETURN_IF_ERROR(WriteFile(path / "votes.csv", files.votes));
  COLLOQUY_RETURN_IF_ERROR(WriteFile(path / "comments.csv", files.comments));
  COLLOQUY_RETURN_IF_ERROR(WriteFile(path / "participants-votes.csv", files.participants_votes));
  COLLOQUY_RETURN_IF_ERROR(WriteFile(path / "summary.csv", files.summary));
  return WriteFile(path / "opinion.json", json);
}

absl::Status Export(Session& session, const Args& args) {
  pb::GetDialogueRequest get;
  COLLOQUY_ASSIGN_OR_RETURN(*get.mutable_name(), session.Name(args.dialogue, kDialogue));
  COLLOQUY_ASSIGN_OR_RETURN(const pb::Dialogue dialogue,
                            CallOnce(session, &sdk::Dialogues::GetDialogue, get));
  // All of it up to the same vote, also while people go on voting.
  pb::ListVotesRequest list_votes;
  list_votes.set_parent(get.name());
  list_votes.set_page_size(10000);
  list_votes.set_through_sequence(dialogue.vote_sequence());
  std::vector<pb::Vote> votes;
  if (dialogue.vote_sequence() > 0) {
    COLLOQUY_ASSIGN_OR_RETURN(votes, CollectAll(session, &sdk::Statements::ListVotes, list_votes,
                                                &pb::ListVotesResponse::votes));
  }
  pb::ListStatementsRequest list_statements;
  list_statements.set_parent(get.name());
  COLLOQUY_ASSIGN_OR_RETURN(const std::vector<pb::Statement> statements,
                            CollectAll(session, &sdk::Statements::ListStatements, list_statements,
                                       &pb::ListStatementsResponse::statements));
  pb::ComputeOpinionRequest compute;
  compute.set_name(get.name());
  compute.set_vote_sequence(dialogue.vote_sequence());
  COLLOQUY_ASSIGN_OR_RETURN(const pb::Opinion opinion,
                            CallOnce(session, &sdk::Opinions::ComputeOpinion, compute));
  const polis::Exported exported = polis::ExportConversation(dialogue, statements, votes, opinion);
  COLLOQUY_RETURN_IF_ERROR(WriteFolder(args.folder, exported.files, opinion));
  if (exported.votes_left_out > 0) {
    session.Note(absl::StrCat(Counted(exported.votes_left_out, "vote was", "votes were"),
                              " taken back, or came before that: left out."));
  }
  session.Note(absl::StrCat(Counted(votes.size() - exported.votes_left_out, "vote"), " and ",
                            Counted(statements.size(), "statement"), " in ", args.folder, "."));
  return absl::OkStatus();
}

}  // namespace

void AddTransfer(CommandTree& tree, CLI::App* group) {
  auto import = std::make_shared<Args>();
  CLI::App* app = tree.Add(
      group, "import", "Bring in a conversation from the files of compdemocracy/openData",
      "colloquy dialogues import scoop-hivemind.biodiversity --as biodiversity --analyse\n\n"
      "The folder holds votes.csv and comments.csv, and may hold participants-votes.csv and\n"
      "summary.csv. Rows that are broken are left out and reported (exit code 8). An import that\n"
      "was cut off goes on when the same command is given again. --dry-run only reads the files.",
      [import](Session& session) { return Importer(session, *import).Run(); });
  app->add_option("folder", import->folder, "Folder with the files")->required();
  app->add_option("--as", import->dialogue, "Id of the new dialogue; the folder's name if absent");
  app->add_option("--title", import->title, "Its title; the conversation's topic if absent");
  app->add_flag("--analyse", import->analyse, "Show the groups of opinion afterwards");

  auto output = std::make_shared<Args>();
  app = tree.Add(group, "export", "Write a dialogue as files that others' tools read",
                 "colloquy dialogues export roadmap roadmap-data\n\n"
                 "Writes votes.csv, comments.csv, participants-votes.csv, summary.csv as\n"
                 "compdemocracy/openData does, and opinion.json. Participants are numbers.",
                 [output](Session& session) { return Export(session, *output); });
  DialogueArgument(app, &output->dialogue);
  app->add_option("folder", output->folder, "Folder to write to; made if it is missing")
      ->required();
}

}  // namespace colloquy::cli
