#include "tests/fault/dialogue.h"

#include "absl/strings/str_cat.h"
#include "colloquy/dialogues/v1/dialogues.pb.h"
#include "services/common/errors/errors.h"

namespace colloquy::test {

absl::Status MakeOpenDialogue(const World& world, absl::string_view id, int participants,
                              int statements, OpenDialogue& dialogue) {
  COLLOQUY_ASSIGN_OR_RETURN(
      const auto made,
      world.Get<dialogues::v1::Dialogue>(
          "owner", absl::StrCat(kDialogues, "CreateDialogue"),
          absl::StrCat("parent: '{organizer}' dialogue_id: '", id,
                       "' dialogue { title: 'Modelling, simulation and training' }")));
  dialogue.name = made.name();
  dialogue.statements = statements;
  std::string people = absl::StrCat("parent: '", made.name(), "'");
  for (int i = 0; i < participants; ++i)
    absl::StrAppend(&people, " requests { parent: '", made.name(), "' participant {} }");
  COLLOQUY_ASSIGN_OR_RETURN(
      const auto seats, world.Get<dialogues::v1::BatchCreateParticipantsResponse>(
                            "owner", absl::StrCat(kDialogues, "BatchCreateParticipants"), people));
  std::string said = absl::StrCat("parent: '", made.name(), "'");
  for (int i = 0; i < statements; ++i) {
    absl::StrAppend(&said, " requests { parent: '", made.name(),
                    "' statement { text: 'What to work on next, thought ", i,
                    "' language_code: 'en' } }");
  }
  COLLOQUY_RETURN_IF_ERROR(
      world.Do("owner", absl::StrCat(kStatements, "BatchCreateStatements"), said).status());
  COLLOQUY_RETURN_IF_ERROR(world
                               .Do("owner", absl::StrCat(kDialogues, "OpenDialogue"),
                                   absl::StrCat("name: '", made.name(), "'"))
                               .status());
  for (const auto& seat : seats.participants()) {
    COLLOQUY_ASSIGN_OR_RETURN(const auto link,
                              world.Get<dialogues::v1::GetParticipantLinkResponse>(
                                  "owner", absl::StrCat(kDialogues, "GetParticipantLink"),
                                  absl::StrCat("name: '", seat.name(), "'")));
    dialogue.tokens.push_back(link.token());
  }
  return absl::OkStatus();
}

}  // namespace colloquy::test
