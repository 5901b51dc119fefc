#include "tests/lib/server.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "services/common/auth/api_key.h"

namespace colloquy::test {
namespace {

const char* MysqlServer() { return std::getenv("COLLOQUY_TEST_MYSQL"); }

std::string UniqueName() {
  static std::atomic<int> count = 0;
  return absl::StrCat("colloquy_it_", getpid(), "_", count++, "_", std::random_device{}());
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// What the child is given: this process's environment without what colloquyd would take for
// options.
std::vector<std::string> Environment() {
  std::vector<std::string> kept;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!absl::StartsWith(*entry, "COLLOQUY")) kept.emplace_back(*entry);
  }
  return kept;
}

std::vector<char*> Pointers(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const std::string& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

bool Available(Engine engine) { return engine == Engine::kSqlite || MysqlServer() != nullptr; }

Server::Server(ServerOptions options) : options_(std::move(options)) {
  const std::string name = UniqueName();
  folder_ = (std::filesystem::temp_directory_path() / name).string();
  std::filesystem::create_directory(folder_);
  data_dir_ = options_.data_dir.empty() ? absl::StrCat(folder_, "/data") : options_.data_dir;
  std::filesystem::create_directories(data_dir_);
  database_ =
      options_.engine == Engine::kSqlite ? "sqlite" : absl::StrCat(MysqlServer(), "/", name);
  peer_secret_ = auth::NewPeerSecret();
  std::ofstream(absl::StrCat(folder_, "/peer.secret")) << peer_secret_;
}

Server::~Server() {
  Kill();
  if (data_fd_ >= 0) close(data_fd_);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::vector<std::string> Server::Arguments() const {
  std::vector<std::string> arguments = {
      COLLOQUYD_PATH,
      "--listen=127.0.0.1:0",
      "--web-listen=127.0.0.1:0",
      absl::StrCat("--data-dir=", data_dir_),
      absl::StrCat("--database=", database_),
      absl::StrCat("--root-key-file=", folder_, "/root.key"),
      absl::StrCat("--peer-secret-file=", folder_, "/peer.secret"),
  };
  arguments.insert(arguments.end(), options_.flags.begin(), options_.flags.end());
  return arguments;
}

// Between fork and exec: nothing that could need a lock that another thread held.
void Server::RunChild(char** arguments, char** environment, int out, int err) const {
  dup2(out, STDOUT_FILENO);
  dup2(err, STDERR_FILENO);
  if (options_.disk_bytes != 0) {
    char size[64];
    std::snprintf(size, sizeof(size), "size=%zu", options_.disk_bytes);
    if (unshare(CLONE_NEWNS) != 0 ||
        mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("tmpfs", data_dir_.c_str(), "tmpfs", 0, size) != 0) {
      _exit(77);
    }
  }
  execve(COLLOQUYD_PATH, arguments, environment);
  _exit(127);
}

absl::Status Server::Start() {
  if (data_fd_ >= 0) close(data_fd_);
  data_fd_ = -1;
  const std::vector<std::string> arguments = Arguments();
  const std::vector<std::string> environment = Environment();
  int pipe_ends[2];
  if (pipe2(pipe_ends, O_CLOEXEC) != 0) return absl::InternalError("no pipe");
  const int log =
      open(absl::StrCat(folder_, "/log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  std::vector<char*> argv = Pointers(arguments);
  std::vector<char*> envp = Pointers(environment);
  pid_ = fork();
  if (pid_ < 0) {
    pid_ = 0;
    return absl::ResourceExhaustedError("no process");
  }
  if (pid_ == 0) RunChild(argv.data(), envp.data(), pipe_ends[1], log);
  close(pipe_ends[1]);
  close(log);
  const absl::Status announced = AwaitAnnouncement(pipe_ends[0]);
  close(pipe_ends[0]);
  if (!announced.ok()) {
    kill(pid_, SIGKILL);
    const int code = Wait();
    if (code == 77) return absl::UnimplementedError("no right to mount a file system");
    const std::string said = this->log();
    return absl::InternalError(
        absl::StrCat(announced.message(), "; it ended with ", code, ":\n",
                     said.substr(said.size() - std::min<size_t>(said.size(), 2000))));
  }
  if (options_.disk_bytes != 0) {
    data_fd_ = open(absl::StrCat("/proc/", pid_, "/root", data_dir_).c_str(),
                    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }
  if (root_key_.empty()) {
    root_key_ =
        std::string(absl::StripAsciiWhitespace(ReadFile(absl::StrCat(folder_, "/root.key"))));
  }
  return absl::OkStatus();
}

// "SERVING on 127.0.0.1:1234: access, …".
absl::Status Server::AwaitAnnouncement(int out) {
  std::string line;
  for (char letter = 0; read(out, &letter, 1) == 1 && letter != '\n';) line += letter;
  constexpr absl::string_view kPrefix = "SERVING on ";
  if (!absl::StartsWith(line, kPrefix)) {
    return absl::InternalError(absl::StrCat("colloquyd said '", line, "'"));
  }
  const std::vector<std::string> words = absl::StrSplit(line, ' ');
  const std::string address(absl::StripSuffix(words[2], ":"));
  address_ = address;
  channel_ = Connect();
  return absl::OkStatus();
}

std::shared_ptr<grpc::Channel> Server::Connect() const {
  grpc::ChannelArguments options;
  // Requests and answers as large as a test likes; a server that is back is found at once.
  options.SetMaxReceiveMessageSize(-1);
  options.SetMaxSendMessageSize(-1);
  options.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 200);
  options.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return grpc::CreateCustomChannel(address_, grpc::InsecureChannelCredentials(), options);
}

int64_t Server::ResidentBytes() const {
  std::ifstream file(absl::StrCat("/proc/", pid_, "/statm"));
  int64_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

int Server::Wait() {
  int state = 0;
  waitpid(pid_, &state, 0);
  pid_ = 0;
  channel_.reset();
  return WIFEXITED(state) ? WEXITSTATUS(state) : 128 + WTERMSIG(state);
}

// To a process that is none, a signal would go to this one's whole group.
absl::Status Server::Stop() {
  if (pid_ == 0) return absl::FailedPreconditionError("colloquyd does not run");
  kill(pid_, SIGTERM);
  const int code = Wait();
  if (code == 0) return absl::OkStatus();
  const std::string said = log();
  return absl::InternalError(
      absl::StrCat("colloquyd ended with ", code, " when told to stop:\n",
                   said.substr(said.size() - std::min<size_t>(said.size(), 20000))));
}

void Server::Kill() {
  if (pid_ == 0) return;
  kill(pid_, SIGKILL);
  Wait();
}

std::string Server::peer_credential() const {
  return auth::FormatPeerCredential("events", peer_secret_);
}

std::string Server::visible_data_dir() const {
  return data_fd_ >= 0 ? absl::StrCat("/proc/self/fd/", data_fd_) : data_dir_;
}

std::string Server::log() const { return ReadFile(absl::StrCat(folder_, "/log")); }

}  // namespace colloquy::test
