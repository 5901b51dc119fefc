#include "tests/unit/registrations/fake_relay.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace colloquy::registrations::mail {
namespace {

constexpr int kDay = 24 * 60 * 60;

void Extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  ASSERT_NE(extension, nullptr) << value;
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// `issuer` is null for one that signs itself.
Authority::Identity Make(const std::string& subject, const Authority::Identity* issuer, int nid,
                         const std::string& extension) {
  Authority::Identity made{Owned<EVP_PKEY>(EVP_EC_gen("P-256")), Owned<X509>(X509_new())};
  X509* const certificate = made.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  static std::atomic<long> serial = 1;
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate), kDay);
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(subject.c_str()), -1, -1, 0);
  X509* const by = issuer == nullptr ? certificate : issuer->certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(by));
  Extend(certificate, by, nid, extension);
  EXPECT_GT(X509_sign(certificate, (issuer == nullptr ? made : *issuer).key.get(), EVP_sha256()),
            0);
  return made;
}

}  // namespace

Authority::Authority(const std::string& name)
    : own_(Make(name, nullptr, NID_basic_constraints, "critical,CA:TRUE")) {
  std::string pattern = absl::StrCat(testing::TempDir(), "/colloquy-ca-XXXXXX");
  FILE* const file = fdopen(mkstemp(pattern.data()), "w");
  PEM_write_X509(file, own_.certificate.get());
  std::fclose(file);
  file_ = pattern;
}

Authority::~Authority() { unlink(file_.c_str()); }

Authority::Identity Authority::Sign(const std::string& name) const {
  return Make("Test relay", &own_, NID_subject_alt_name, name);
}

// One connection.
class FakeRelay::Session {
 public:
  Session(FakeRelay& relay, int socket) : relay_(relay), socket_(socket) {}

  void Run() {
    if (relay_.options_.tls_at_once && !StartTls()) return;
    Say("220 relay.example ESMTP");
    while (const std::optional<std::string> line = ReadLine()) {
      if (absl::EqualsIgnoreCase(*line, "QUIT")) return Say("221 2.0.0 Bye");
      if (!Answer(*line)) return;
    }
  }

 private:
  bool Answer(const std::string& line) {
    const std::pair<std::string, std::string> command =
        absl::StrSplit(line, absl::MaxSplits(' ', 1));
    const std::string verb = absl::AsciiStrToUpper(command.first);
    if (verb == "EHLO") {
      Greet();
    } else if (verb == "STARTTLS" && OffersTls()) {
      Say("220 2.0.0 Go on in TLS");
      return StartTls();
    } else if (verb == "AUTH") {
      LogIn(command.second);
    } else if (verb == "MAIL") {
      const bool may = relay_.options_.user.empty() || !mechanism_.empty();
      Say(may ? "250 2.1.0 Ok" : "530 5.7.0 Authentication required");
    } else if (verb == "RCPT") {
      to_ = command.second.substr(command.second.find('<') + 1);
      to_.resize(to_.find('>'));
      Say(relay_.options_.to_recipients);
    } else if (verb == "DATA") {
      Take();
    } else {
      Say("502 5.5.1 No such command");
    }
    return true;
  }

  bool OffersTls() const { return relay_.options_.starttls && tls_ == nullptr; }

  void Greet() {
    std::string greeting = "250-relay.example\r\n";
    if (OffersTls()) absl::StrAppend(&greeting, "250-STARTTLS\r\n");
    if (!relay_.options_.user.empty() && !relay_.options_.mechanisms.empty())
      absl::StrAppend(&greeting, "250-AUTH ", relay_.options_.mechanisms, "\r\n");
    Say(absl::StrCat(greeting, "250 8BITMIME"));
  }

  void LogIn(const std::string& arguments) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(arguments, absl::MaxSplits(' ', 1));
    std::string user, password;
    if (parts.first == "PLAIN") {  // RFC 4616: authorization, user and password, NUL in between
      const std::vector<std::string> told =
          absl::StrSplit(parts.second.empty() ? Ask("") : Decode(parts.second), '\0');
      if (told.size() == 3) user = told[1], password = told[2];
    } else {
      user = parts.second.empty() ? Ask("Username:") : Decode(parts.second);
      password = Ask("Password:");
    }
    const bool right = user == relay_.options_.user && password == relay_.options_.password;
    if (right) mechanism_ = parts.first;
    Say(right ? "235 2.7.0 Welcome" : "535 5.7.8 Authentication credentials invalid");
  }

  std::string Ask(absl::string_view question) {
    Say(absl::StrCat("334 ", absl::Base64Escape(question)));
    return Decode(ReadLine().value_or(""));
  }

  static std::string Decode(const std::string& text) {
    std::string decoded;
    absl::Base64Unescape(text, &decoded);
    return decoded;
  }

  void Take() {
    Say("354 Go on");
    while (const std::optional<std::string> line = ReadLine()) {
      if (*line != ".") continue;
      {
        absl::MutexLock lock(&relay_.mutex_);
        relay_.letters_.push_back({to_, tls_ != nullptr, mechanism_});
      }
      return Say(relay_.options_.to_letters);
    }
  }

  bool StartTls() {
    tls_.reset(SSL_new(relay_.tls_.get()));
    SSL_set_fd(tls_.get(), socket_);
    rest_.clear();
    return SSL_accept(tls_.get()) == 1;
  }

  void Say(const std::string& line) {
    const std::string bytes = absl::StrCat(line, "\r\n");
    const int length = static_cast<int>(bytes.size());
    if (tls_ != nullptr) {
      SSL_write(tls_.get(), bytes.data(), length);
    } else {
      send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    }
  }

  std::optional<std::string> ReadLine() {
    size_t end;
    while ((end = rest_.find("\r\n")) == std::string::npos) {
      char buffer[4096];
      const auto length = tls_ != nullptr ? SSL_read(tls_.get(), buffer, sizeof(buffer))
                                          : read(socket_, buffer, sizeof(buffer));
      if (length <= 0) return std::nullopt;
      rest_.append(buffer, static_cast<size_t>(length));
    }
    std::string line = rest_.substr(0, end);
    rest_.erase(0, end + 2);
    if (tls_ == nullptr) {
      absl::MutexLock lock(&relay_.mutex_);
      absl::StrAppend(&relay_.clear_, line, "\n");
    }
    return line;
  }

  FakeRelay& relay_;
  const int socket_;
  Owned<SSL> tls_;
  std::string rest_;
  std::string to_;
  std::string mechanism_;
};

FakeRelay::FakeRelay(const Authority::Identity& identity, Options options)
    : options_(std::move(options)), tls_(SSL_CTX_new(TLS_server_method())) {
  SSL_CTX_use_certificate(tls_.get(), identity.certificate.get());
  SSL_CTX_use_PrivateKey(tls_.get(), identity.key.get());
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  EXPECT_EQ(bind(listener_, generic, size), 0);
  EXPECT_EQ(listen(listener_, 16), 0);
  EXPECT_EQ(getsockname(listener_, generic, &size), 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Listen(); });
}

FakeRelay::~FakeRelay() {
  shutdown(listener_, SHUT_RDWR);
  thread_.join();
  {
    absl::MutexLock lock(&mutex_);
    for (const int socket : sockets_) shutdown(socket, SHUT_RDWR);
  }
  for (std::thread& session : sessions_) session.join();
  for (const int socket : sockets_) close(socket);
  close(listener_);
}

void FakeRelay::Listen() {
  for (int socket; (socket = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
    {
      absl::MutexLock lock(&mutex_);
      sockets_.push_back(socket);
    }
    sessions_.emplace_back([this, socket] {
      Session(*this, socket).Run();
      shutdown(socket, SHUT_RDWR);
    });
  }
}

std::string FakeRelay::url() const {
  return absl::StrCat(options_.tls_at_once ? "smtps" : "smtp", "://127.0.0.1:", port_);
}

std::vector<FakeRelay::Letter> FakeRelay::letters() const {
  absl::MutexLock lock(&mutex_);
  return letters_;
}

int FakeRelay::connections() const {
  absl::MutexLock lock(&mutex_);
  return static_cast<int>(sockets_.size());
}

std::string FakeRelay::heard_in_the_clear() const {
  absl::MutexLock lock(&mutex_);
  return clear_;
}

}  // namespace colloquy::registrations::mail
