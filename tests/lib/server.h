// A colloquyd of one's own, as a process: on a free loopback port, with a database of its own.
#ifndef COLLOQUY_TESTS_LIB_SERVER_H_
#define COLLOQUY_TESTS_LIB_SERVER_H_

#include <sys/types.h>

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpcpp/channel.h"

namespace colloquy::test {

enum class Engine { kSqlite, kMysql };

// Whether there is such an engine here. MySQL needs COLLOQUY_TEST_MYSQL, which tests/lib/mariadb
// prints; the schemas that a test makes there are thrown away with the whole server.
bool Available(Engine engine);

inline void PrintTo(Engine engine, std::ostream* out) {
  *out << (engine == Engine::kSqlite ? "Sqlite" : "Mysql");
}

struct ServerOptions {
  Engine engine = Engine::kSqlite;
  // Of colloquyd, besides listen, data-dir, database, root-key-file, peer-secret-file.
  std::vector<std::string> flags;
  // Where the data lie; "data" in a folder of this server's own, if empty.
  std::string data_dir;
  // Not 0: the data directory is a file system of this many bytes that only the server sees
  // (tmpfs in a mount namespace; needs CAP_SYS_ADMIN). Look at it through visible_data_dir().
  size_t disk_bytes = 0;
};

// Used by one thread, but for channel().
class Server {
 public:
  explicit Server(ServerOptions options);
  // Kills what was not stopped. The folder goes.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Serving when OK; otherwise the error has the end of the log. After Stop() or Kill() it starts
  // again on the same data, at another port.
  absl::Status Start();
  // SIGTERM. An error unless the process ends with 0.
  absl::Status Stop();
  // SIGKILL.
  void Kill();

  std::shared_ptr<grpc::Channel> channel() const { return channel_; }
  // A connection of its own, for each call of this.
  std::shared_ptr<grpc::Channel> Connect() const;
  // Resident memory of the process now.
  int64_t ResidentBytes() const;
  const std::string& root_key() const { return root_key_; }
  // What the events service of this installation would say of itself.
  std::string peer_credential() const;
  std::string folder() const { return folder_; }
  std::string data_dir() const { return data_dir_; }
  // A path that this process can use for the data directory, also where only the server sees it
  // (disk_bytes); valid until the next Start(), even after the server ended.
  std::string visible_data_dir() const;
  // Standard error of the server so far.
  std::string log() const;

 private:
  std::vector<std::string> Arguments() const;
  [[noreturn]] void RunChild(char** arguments, char** environment, int out, int err) const;
  absl::Status AwaitAnnouncement(int out);
  int Wait();

  const ServerOptions options_;
  std::string folder_;
  std::string data_dir_;
  std::string database_;
  std::string peer_secret_;
  std::string root_key_;
  std::string address_;
  std::shared_ptr<grpc::Channel> channel_;
  pid_t pid_ = 0;
  int data_fd_ = -1;
};

}  // namespace colloquy::test

#endif  // COLLOQUY_TESTS_LIB_SERVER_H_
