#include "tests/bench/counterpart.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>

#include "absl/strings/str_cat.h"
#include "colloquy/events/v1/events.grpc.pb.h"
#include "tests/bench/load.h"

namespace colloquy::bench {
namespace {

using grpc::ByteBuffer;

using ServiceBase =
    events::v1::EventsService::WithRawCallbackMethod_GetEvent<events::v1::EventsService::Service>;

class NoopService final : public ServiceBase {
 public:
  explicit NoopService(const std::string& bytes) : answer_(ToBuffer(bytes)) {}
  grpc::ServerUnaryReactor* GetEvent(grpc::CallbackServerContext* context, const ByteBuffer*,
                                     ByteBuffer* response) override {
    *response = answer_;
    grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }

 private:
  const ByteBuffer answer_;
};

}  // namespace

int ServeNoop(const char* file) {
  std::ifstream in(file, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  NoopService service(bytes);
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&service);
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  std::printf("%d\n", port);
  std::fflush(stdout);
  server->Wait();
  return 0;
}

Noop::Noop(const char* self, const std::string& answer) {
  char file[] = "/tmp/colloquy-bench-XXXXXX";
  const int handle = mkstemp(file);
  if (write(handle, answer.data(), answer.size()) != static_cast<ssize_t>(answer.size()))
    std::exit(1);
  close(handle);
  int pipes[2];
  if (pipe(pipes) != 0) std::exit(1);
  pid_ = fork();
  if (pid_ == 0) {
    dup2(pipes[1], STDOUT_FILENO);
    execl(self, self, "noop", file, static_cast<char*>(nullptr));
    _exit(127);
  }
  close(pipes[1]);
  char port[16] = {};
  const ssize_t size = read(pipes[0], port, sizeof(port) - 1);
  close(pipes[0]);
  unlink(file);
  if (size <= 0) std::exit(1);
  address_ = absl::StrCat("127.0.0.1:", std::atoi(port));
}

Noop::~Noop() {
  kill(pid_, SIGTERM);
  waitpid(pid_, nullptr, 0);
}

}  // namespace colloquy::bench
