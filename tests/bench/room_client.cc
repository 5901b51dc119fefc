#include "tests/bench/room_client.h"

#include <iostream>
#include <utility>

namespace colloquy::bench {

using dialogues::v1::CastVoteRequest;
using dialogues::v1::CastVoteResponse;
using dialogues::v1::SeatsService;

SeatsStubs Connect(const std::string& server, int connections) {
  SeatsStubs stubs;
  for (int i = 0; i < connections; ++i) {
    // Channels of equal arguments share a connection.
    grpc::ChannelArguments arguments;
    arguments.SetInt("bench.connection", i);
    stubs.push_back(SeatsService::NewStub(
        grpc::CreateCustomChannel(server, grpc::InsecureChannelCredentials(), arguments)));
  }
  return stubs;
}

void Agree(SeatsService::Stub& stub, const std::string& seat, int statement) {
  struct Call {
    grpc::ClientContext context;
    CastVoteRequest request;
    CastVoteResponse response;
  };
  auto call = std::make_shared<Call>();
  call->request.set_token(seat);
  call->request.set_statement(statement);
  call->request.set_value(dialogues::v1::AGREE);
  stub.async()->CastVote(&call->context, &call->request, &call->response,
                         [call](const grpc::Status& status) {
                           if (!status.ok()) std::cerr << status.error_message() << "\n";
                         });
}

Watcher::Watcher(SeatsService::Stub& stub, const std::string& seat, Seen seen)
    : seen_(std::move(seen)) {
  request_.set_token(seat);
  stub.async()->WatchRoom(&context_, &request_, this);
  StartRead(&update_);
  StartCall();
}

Watcher::~Watcher() {
  context_.TryCancel();
  done_.WaitForNotification();
}

void Watcher::OnReadDone(bool ok) {
  if (!ok) return;
  seen_(update_);
  StartRead(&update_);
}

}  // namespace colloquy::bench
