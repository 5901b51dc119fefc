// Questions to the services: asynchronous, bounded in time, answered on the web server's threads.
#ifndef COLLOQUY_SERVICES_WEB_CALLS_H_
#define COLLOQUY_SERVICES_WEB_CALLS_H_

#include <functional>
#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "colloquy/access/v1/access.grpc.pb.h"
#include "colloquy/dialogues/v1/seats.grpc.pb.h"
#include "colloquy/events/v1/events.grpc.pb.h"
#include "colloquy/registrations/v1/guests.grpc.pb.h"
#include "grpcpp/client_context.h"

namespace colloquy::web {

// In whose name a question is asked. Pages see what anybody sees; the web service itself is asked
// only for what its reader has shown to be entitled to.
enum class As { kAnyone, kWeb };

// Thread-safe.
class Calls {
 public:
  using Events = events::v1::EventsService::StubInterface;
  using Guests = registrations::v1::GuestsService::StubInterface;
  using Access = access::v1::AccessService::StubInterface;
  using Seats = dialogues::v1::SeatsService::StubInterface;

  struct Options {
    std::shared_ptr<grpc::Channel> access;
    std::shared_ptr<grpc::Channel> events;
    std::shared_ptr<grpc::Channel> registrations;
    // None if the installation has no dialogues.
    std::shared_ptr<grpc::Channel> dialogues;
    // Makes a call one of the web service's own.
    std::function<void(grpc::ClientContext&)> identify;
    absl::Duration deadline = absl::Seconds(8);
  };
  using Post = std::function<void(absl::AnyInvocable<void()>)>;

  // `post` runs what comes after an answer.
  Calls(Options options, Post post)
      : options_(std::move(options)),
        post_(std::move(post)),
        access_(access::v1::AccessService::NewStub(options_.access)),
        events_(events::v1::EventsService::NewStub(options_.events)),
        guests_(registrations::v1::GuestsService::NewStub(options_.registrations)),
        seats_(options_.dialogues == nullptr
                   ? nullptr
                   : dialogues::v1::SeatsService::NewStub(options_.dialogues)) {}
  ~Calls() { Wait(); }

  // Until no call is under way: their deadline at most.
  void Wait() const;

  Access::async_interface* access() const { return access_->async(); }
  Events::async_interface* events() const { return events_->async(); }
  Guests::async_interface* guests() const { return guests_->async(); }
  bool has_dialogues() const { return seats_ != nullptr; }
  Seats::async_interface* seats() const { return seats_->async(); }

  // Calls ask(calls.events(), &Calls::Events::async_interface::GetEvent, request, done): `done`
  // gets the answer, or the service's error, once.
  template <typename Stub, typename Request, typename Response, typename Done>
  void Ask(Stub* stub,
           void (Stub::*method)(grpc::ClientContext*, const Request*, Response*,
                                std::function<void(grpc::Status)>),
           Request request, Done done, As as = As::kAnyone) const {
    struct Call {
      grpc::ClientContext context;
      Request request;
      Response response;
    };
    auto call = std::make_shared<Call>();
    call->request = std::move(request);
    call->context.set_deadline(absl::ToChronoTime(Deadline()));
    if (as == As::kWeb) options_.identify(call->context);
    Began();
    // The call leaves gRPC's thread before Ended says so: its context holds the channel, and a
    // channel whose last holder is gRPC's own thread takes the queue away under that thread.
    Call* const started = call.get();
    (stub->*method)(
        &started->context, &started->request, &started->response,
        [this, call = std::move(call), done = std::move(done)](const grpc::Status& status) mutable {
          post_([call = std::move(call), done = std::move(done), answer = Answered(status)] {
            if (!answer.ok()) return done(absl::StatusOr<Response>(answer));
            done(absl::StatusOr<Response>(std::move(call->response)));
          });
          Ended();
        });
  }

 private:
  absl::Time Deadline() const;
  void Began() const;
  void Ended() const;
  static absl::Status Answered(const grpc::Status& status);

  const Options options_;
  const Post post_;
  const std::unique_ptr<Access> access_;
  const std::unique_ptr<Events> events_;
  const std::unique_ptr<Guests> guests_;
  const std::unique_ptr<Seats> seats_;
  mutable absl::Mutex mutex_;
  mutable int under_way_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace colloquy::web

#endif  // COLLOQUY_SERVICES_WEB_CALLS_H_
