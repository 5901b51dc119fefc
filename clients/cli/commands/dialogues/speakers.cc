// `colloquy dialogues speakers …`
#include "clients/cli/commands/dialogues/dialogues.h"

namespace colloquy::cli {
namespace {

namespace pb = dialogues::v1;
constexpr char kRequest[] = "organizers/*/dialogues/*/speakerRequests/*";

struct Args {
  std::string dialogue, participant, kind, topic;
  ListFlags list;
};
std::shared_ptr<Args> NewArgs() { return std::make_shared<Args>(); }

absl::Status Enter(Session& session, const Args& args) {
  pb::CreateSpeakerRequestRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Name(args.dialogue, kDialogue));
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_speaker_request()->mutable_participant(),
                            ChildName(session, request.parent(), "participants", args.participant));
  if (!args.kind.empty()) {
    COLLOQUY_ASSIGN_OR_RETURN(const auto kind,
                              EnumOf<pb::SpeakerRequest::Kind>(args.kind, "--kind"));
    request.mutable_speaker_request()->set_kind(kind);
  }
  request.mutable_speaker_request()->set_topic(args.topic);
  return Mutate(session, &sdk::Agenda::CreateSpeakerRequest, request);
}

absl::Status Summary(Session& session, const Args& args) {
  pb::SummarizeSpeakingRequest request;
  COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(), session.Name(args.dialogue, kDialogue));
  if (!session.printer().has_columns()) {
    return CallAndShow(session, &sdk::Agenda::SummarizeSpeaking, request);
  }
  COLLOQUY_ASSIGN_OR_RETURN(const pb::SummarizeSpeakingResponse summary,
                            CallOnce(session, &sdk::Agenda::SummarizeSpeaking, request));
  session.printer().Begin(
      {"stakeholder_type", "pseudonym", "participant", "spoken_milliseconds", "speech_count"});
  for (const auto& one : summary.stakeholder_types()) {
    COLLOQUY_RETURN_IF_ERROR(session.printer().Add(one));
  }
  for (const auto& one : summary.participants()) {
    COLLOQUY_RETURN_IF_ERROR(session.printer().Add(one));
  }
  session.printer().End();
  return absl::OkStatus();
}

}  // namespace

void AddSpeakers(CommandTree& tree, CLI::App* dialogues) {
  CLI::App* group = tree.Group(dialogues, "speakers", "Who speaks, and who is next");
  group->alias("queue");
  auto list = NewArgs();
  CLI::App* app =
      tree.Add(group, "list", "List who speaks, who was called and the queue",
               "colloquy dialogues speakers list roadmap --filter 'state = WAITING'",
               [list](Session& session) -> absl::Status {
                 pb::ListSpeakerRequestsRequest request;
                 COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(),
                                           session.Name(list->dialogue, kDialogue));
                 return ListAndShow(session, &sdk::Agenda::ListSpeakerRequests, request,
                                    &pb::ListSpeakerRequestsResponse::speaker_requests, list->list,
                                    {"id", "state", "position", "pseudonym", "stakeholder_type",
                                     "kind", "topic", "spoken_milliseconds"});
               });
  DialogueArgument(app, &list->dialogue);
  AddListFlags(app, &list->list, "state, kind, participant", Order::kFixed);

  auto add = NewArgs();
  app = tree.Add(group, "add", "Put somebody in the queue",
                 "colloquy dialogues speakers add roadmap 12 --kind question --topic Costs",
                 [add](Session& session) { return Enter(session, *add); });
  DialogueArgument(app, &add->dialogue);
  app->add_option("participant", add->participant, "Number of the participant")->required();
  app->add_option("--kind", add->kind, "contribution, question or point-of-order");
  app->add_option("--topic", add->topic, "What about");

  auto next = NewArgs();
  app = tree.Add(group, "next", "Call whoever is next by the dialogue's order",
                 "colloquy dialogues speakers next roadmap",
                 [next](Session& session) -> absl::Status {
                   pb::CallNextSpeakerRequest request;
                   COLLOQUY_ASSIGN_OR_RETURN(*request.mutable_parent(),
                                             session.Name(next->dialogue, kDialogue));
                   return Mutate(session, &sdk::Agenda::CallNextSpeaker, request);
                 });
  DialogueArgument(app, &next->dialogue);

  const auto verb = [&]<typename Request>(const std::string& name, const std::string& description,
                                          auto method, const Request&) {
    AddVerb<Request>(tree, group, name, description,
                     "colloquy dialogues speakers " + name + " roadmap/5", kRequest, "request",
                     method);
  };
  verb("call", "Call somebody from the queue, whoever is next", &sdk::Agenda::CallSpeakerRequest,
       pb::CallSpeakerRequestRequest());
  verb("begin", "Begin or resume a speech; who spoke before is paused",
       &sdk::Agenda::BeginSpeakerRequest, pb::BeginSpeakerRequestRequest());
  verb("pause", "Interrupt a speech", &sdk::Agenda::PauseSpeakerRequest,
       pb::PauseSpeakerRequestRequest());
  verb("end", "End a speech", &sdk::Agenda::EndSpeakerRequest, pb::EndSpeakerRequestRequest());
  verb("withdraw", "Take somebody out of the queue", &sdk::Agenda::WithdrawSpeakerRequest,
       pb::WithdrawSpeakerRequestRequest());

  auto summary = NewArgs();
  app = tree.Add(group, "summary", "How long each stakeholder type and participant has spoken",
                 "colloquy dialogues speakers summary roadmap",
                 [summary](Session& session) { return Summary(session, *summary); });
  DialogueArgument(app, &summary->dialogue);
}

}  // namespace colloquy::cli
