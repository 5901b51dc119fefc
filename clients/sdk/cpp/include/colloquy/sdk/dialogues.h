// The services of dialogues: `client.Call(&sdk::Dialogues::GetDialogue, request)`. A header of
// their own, because programs that only register people need not compile them.
#ifndef COLLOQUY_SDK_DIALOGUES_H_
#define COLLOQUY_SDK_DIALOGUES_H_

#include "colloquy/dialogues/v1/agenda.grpc.pb.h"
#include "colloquy/dialogues/v1/dialogues.grpc.pb.h"
#include "colloquy/dialogues/v1/opinion.grpc.pb.h"
#include "colloquy/dialogues/v1/outcomes.grpc.pb.h"
#include "colloquy/dialogues/v1/polls.grpc.pb.h"
#include "colloquy/dialogues/v1/seats.grpc.pb.h"
#include "colloquy/dialogues/v1/statements.grpc.pb.h"
#include "colloquy/sdk/client.h"

namespace colloquy::sdk {

using Dialogues = dialogues::v1::DialoguesService::StubInterface;
using Statements = dialogues::v1::StatementsService::StubInterface;
using Agenda = dialogues::v1::AgendaService::StubInterface;
using Polls = dialogues::v1::PollsService::StubInterface;
using Outcomes = dialogues::v1::OutcomesService::StubInterface;
using Opinions = dialogues::v1::OpinionService::StubInterface;
using Seats = dialogues::v1::SeatsService::StubInterface;

template <>
struct StubOf<Dialogues> : StubOfDefinition<dialogues::v1::DialoguesService> {};
template <>
struct StubOf<Statements> : StubOfDefinition<dialogues::v1::StatementsService> {};
template <>
struct StubOf<Agenda> : StubOfDefinition<dialogues::v1::AgendaService> {};
template <>
struct StubOf<Polls> : StubOfDefinition<dialogues::v1::PollsService> {};
template <>
struct StubOf<Outcomes> : StubOfDefinition<dialogues::v1::OutcomesService> {};
template <>
struct StubOf<Opinions> : StubOfDefinition<dialogues::v1::OpinionService> {};
template <>
struct StubOf<Seats> : StubOfDefinition<dialogues::v1::SeatsService> {};

}  // namespace colloquy::sdk

#endif  // COLLOQUY_SDK_DIALOGUES_H_
