// `colloquy dialogues statements …` and `colloquy dialogues votes list`
#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "clients/cli/commands/dialogues/dialogues.h"
#include "clients/cli/files.h"
#include "clients/cli/importing.h"

namespace colloquy::cli {
namespace {

namespace pb = dialogues::v1;
constexpr char kStatement[] = "organizers/*/dialogues/*/statements/*";
constexpr size_t kBatch = 1000;
const std::vector<std::string> kColumns = {
    "id",   "state", "text", "tally.agree_count", "tally.disagree_count", "tally.pass_count",
    "seed", "author"};

struct Args {
  std::string dialogue, statement, text, language, file, item, etag;
  std::vector<std::string> translations;
  int64_t through = 0;
  bool meta = false;
  ListFlags list;
};
std::shared_ptr<Args> NewArgs() { return std::make_shared<Args>(); }

// `de=Text`, each into the statement's translations.
absl::Status ApplyTranslations(const std::vector<std::string>& typed, pb::Statement* statement) {
  for (const std::string& one : typed) {
    const size_t equals = one.find('=');
    if (equals == std::string::npos || equals == 0) {
      return UsageError(
          absl::StrCat("A translation is LANGUAGE=TEXT, such as de=Text; '", one, "' is not."));
    }
    const std::string language = one.substr(0, equals), text = one.substr(equals + 1);
    if (text.empty()) {
      statement->mutable_translations()->erase(language);
    } else {
      (*statement->mutable_translations())[language] = text;
    }
  }
  return absl::OkStatus();
}

absl::Status Write(Session& session, const Args& args) {
  pb::CreateStatementRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Name(args.dialogue, kDialogue));
  pb::Statement* statement = request.mutable_statement();
  statement->set_text(args.text);
  statement->set_language_code(args.language);
  statement->set_meta(args.meta);
  if (!args.item.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(*statement->mutable_agenda_item(),
                              ChildName(session, request.parent(), "agendaItems", args.item));
  }
  COLLOQUY_RETURN_IF_ERROR(ApplyTranslations(args.translations, statement));
  return Mutate(session, &sdk::Statements::CreateStatement, request);
}

// Columns: text, language, meta, and one for each language of translations.
absl::StatusOr<std::vector<pb::Statement>> SeedsFromCsv(absl::string_view text) {
  COLLOQUY_ASSIGN_OR_RETURN(const auto rows, ParseCsv(text));
  std::vector<pb::Statement> seeds;
  for (size_t i = 1; i < rows.size(); ++i) {
    pb::Statement& seed = seeds.emplace_back();
    for (size_t j = 0; j < std::min(rows[i].size(), rows[0].size()); ++j) {
      const std::string column(absl::StripAsciiWhitespace(rows[0][j]));
      const std::string& cell = rows[i][j];
      if (column == "text") {
        seed.set_text(cell);
      } else if (column == "language" || column == "language_code") {
        seed.set_language_code(cell);
      } else if (column == "meta") {
        seed.set_meta(cell == "true" || cell == "1" || cell == "yes");
      } else if (!cell.empty()) {
        (*seed.mutable_translations())[column] = cell;
      }
    }
    if (seed.text().empty()) {
      return UsageError(
          absl::StrCat("Row ", i + 1, " has no text; there must be a column `text`."));
    }
  }
  return seeds;
}

std::vector<pb::Statement> SeedsFromLines(absl::string_view text) {
  std::vector<pb::Statement> seeds;
  absl::ConsumePrefix(&text, "\xEF\xBB\xBF");
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    const absl::string_view words = absl::StripAsciiWhitespace(line);
    if (!words.empty()) seeds.emplace_back().set_text(std::string(words));
  }
  return seeds;
}

absl::Status Seed(Session& session, const Args& args) {
  COLLOQUY_ASSIGN_OR_RETURN(const std::string dialogue, session.Name(args.dialogue, kDialogue));
  COLLOQUY_ASSIGN_OR_RETURN(const std::string text, ReadFile(session.io(), args.file));
  std::vector<pb::Statement> seeds;
  if (absl::EndsWithIgnoreCase(args.file, ".csv") || absl::EndsWithIgnoreCase(args.file, ".tsv")) {
    COLLOQUY_ASSIGN_OR_RETURN(seeds, SeedsFromCsv(text));
  } else {
    seeds = SeedsFromLines(text);
  }
  if (seeds.empty()) return UsageError(absl::StrCat("There is no statement in ", args.file, "."));
  COLLOQUY_RETURN_IF_ERROR(session.printer().CheckFields(pb::Statement::default_instance()));
  session.printer().Begin({"id", "text"});
  for (size_t begin = 0; begin < seeds.size(); begin += kBatch) {
    pb::BatchCreateStatementsRequest request;
    request.set_parent(dialogue);
    for (size_t i = begin; i < std::min(seeds.size(), begin + kBatch); ++i) {
      pb::Statement* seed = request.add_requests()->mutable_statement();
      *seed = seeds[i];
      if (seed->language_code().empty()) seed->set_language_code(args.language);
    }
    request.set_request_id(UuidOf(absl::StrCat(dialogue, args.language, text, begin)));
    COLLOQUY_RETURN_IF_ERROR(SetDryRun(session, request));
    COLLOQUY_ASSIGN_OR_RETURN(const pb::BatchCreateStatementsResponse response,
                              CallOnce(session, &sdk::Statements::BatchCreateStatements, request));
    for (const pb::Statement& seed : response.statements()) {
      COLLOQUY_RETURN_IF_ERROR(session.printer().Add(seed));
    }
  }
  session.printer().End();
  if (session.flags().dry_run) session.Note("Dry run: nothing was changed.");
  return absl::OkStatus();
}

// Reads, changes and writes back with the etag that was read.
absl::Status Translate(Session& session, const Args& args) {
  pb::GetStatementRequest get;
  COLLOQUY_ASSIGN_OR_RETURN(*get.mutable_name(), session.Name(args.statement, kStatement));
  pb::UpdateStatementRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_statement(),
                            CallOnce(session, &sdk::Statements::GetStatement, get));
  COLLOQUY_RETURN_IF_ERROR(ApplyTranslations(args.translations, request.mutable_statement()));
  request.mutable_update_mask()->add_paths("translations");
  if (!args.etag.empty()) request.mutable_statement()->set_etag(args.etag);
  return Mutate(session, &sdk::Statements::UpdateStatement, request);
}

void AddWriting(CommandTree& tree, CLI::App* group) {
  auto add = NewArgs();
  CLI::App* app =
      tree.Add(group, "add", "Write a statement as the organizer",
               "colloquy dialogues statements add roadmap 'Glass is ready for pilot lines' \\\n"
               "      --translation 'de=Glas ist reif für Pilotlinien'",
               [add](Session& session) { return Write(session, *add); });
  DialogueArgument(app, &add->dialogue);
  app->add_option("text", add->text, "Its words, up to 1,000 characters")->required();
  app->add_option("--written-in", add->language, "Language of its words; the dialogue's if absent");
  app->add_option("--translation", add->translations, "LANGUAGE=TEXT; repeat")
      ->allow_extra_args(false);
  app->add_option("--item", add->item, "Number of the agenda item that it belongs to");
  app->add_flag("--meta", add->meta, "About who somebody is: does not shape the groups");

  auto seed = NewArgs();
  app =
      tree.Add(group, "seed", "Write the statements of a file as the organizer",
               "colloquy dialogues statements seed roadmap statements.txt\n"
               "  colloquy dialogues statements seed roadmap statements.csv\n\n"
               "A text file has a statement a line. A CSV file has a column `text`, and may have\n"
               "`language`, `meta` and a column for each language of translations, such as `de`.",
               [seed](Session& session) { return Seed(session, *seed); });
  DialogueArgument(app, &seed->dialogue);
  app->add_option("file", seed->file, "Text or .csv file; - for standard input")->required();
  app->add_option("--written-in", seed->language, "Language where the file does not say");

  auto translate = NewArgs();
  app = tree.Add(group, "translate", "Add translations to a statement, or take them away",
                 "colloquy dialogues statements translate roadmap/3 'de=Glas ist reif' fr=",
                 [translate](Session& session) { return Translate(session, *translate); });
  app->add_option("statement", translate->statement, "DIALOGUE/NUMBER or full name")->required();
  app->add_option("translation", translate->translations,
                  "LANGUAGE=TEXT; without a text it is taken away")
      ->required();
  app->add_option("--etag", translate->etag, "Only if this is still its etag");
}

void AddVotes(CommandTree& tree, CLI::App* dialogues) {
  CLI::App* group = tree.Group(dialogues, "votes", "The log of votes");
  auto list = NewArgs();
  CLI::App* app =
      tree.Add(group, "list", "List the log of votes, oldest first",
               "colloquy dialogues votes list roadmap --through 1000 -o csv",
               [list](Session& session) -> absl::Status {
                 pb::ListVotesRequest request;
                 COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(),
                                           session.Name(list->dialogue, kDialogue));
                 request.set_through_sequence(list->through);
                 return ListAndShow(session, &sdk::Statements::ListVotes, request,
                                    &pb::ListVotesResponse::votes, list->list,
                                    {"sequence", "vote_time", "participant", "statement", "value"});
               });
  DialogueArgument(app, &list->dialogue);
  app->add_option("--through", list->through, "Only up to this vote");
  AddPageFlags(app, &list->list);
}

}  // namespace

void AddStatements(CommandTree& tree, CLI::App* dialogues) {
  CLI::App* group = tree.Group(dialogues, "statements", "What is voted on, and its moderation");
  AddWriting(tree, group);
  auto list = NewArgs();
  CLI::App* app =
      tree.Add(group, "list", "List the statements of a dialogue with their votes",
               "colloquy dialogues statements list roadmap --filter 'state = UNDECIDED'",
               [list](Session& session) -> absl::Status {
                 pb::ListStatementsRequest request;
                 COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(),
                                           session.Name(list->dialogue, kDialogue));
                 return ListAndShow(session, &sdk::Statements::ListStatements, request,
                                    &pb::ListStatementsResponse::statements, list->list, kColumns);
               });
  DialogueArgument(app, &list->dialogue);
  AddListFlags(app, &list->list, "state, seed, meta, language_code, author, create_time",
               Order::kFixed);
  AddShow<pb::GetStatementRequest>(tree, group, "Show a statement",
                                   "colloquy dialogues statements show roadmap/3", kStatement,
                                   "statement", &sdk::Statements::GetStatement);
  AddModeration(tree, group);
  AddVotes(tree, dialogues);
}

}  // namespace colloquy::cli
