// A mail relay on loopback that speaks STARTTLS (RFC 3207) and AUTH (RFC 4954) and vouches for
// itself with certificates made for the test.
#ifndef COLLOQUY_TESTS_UNIT_REGISTRATIONS_FAKE_RELAY_H_
#define COLLOQUY_TESTS_UNIT_REGISTRATIONS_FAKE_RELAY_H_

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace colloquy::registrations::mail {

struct Free {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* connection) const { SSL_free(connection); }
};
template <typename T>
using Owned = std::unique_ptr<T, Free>;

// Signs certificates; its own lies in a file for those who are to trust it.
class Authority {
 public:
  explicit Authority(const std::string& name = "Test authority");
  ~Authority();
  Authority(const Authority&) = delete;

  const std::string& file() const { return file_; }  // PEM

  struct Identity {
    Owned<EVP_PKEY> key;
    Owned<X509> certificate;
  };
  // For a server that is found under `name`, such as "IP:127.0.0.1" or "DNS:relay.example".
  Identity Sign(const std::string& name) const;

 private:
  Identity own_;
  std::string file_;
};

class FakeRelay {
 public:
  struct Options {
    bool starttls = true;
    bool tls_at_once = false;                // as smtps:// does
    std::string mechanisms = "PLAIN LOGIN";  // that it offers for AUTH
    std::string user;                        // who may send; anybody if empty
    std::string password;
    std::string to_recipients = "250 2.1.5 Ok";  // what it says to each
    std::string to_letters = "250 2.0.0 Taken";
  };
  struct Letter {
    std::string to;
    bool encrypted = false;
    std::string mechanism;  // by which its sender logged in
  };

  FakeRelay(const Authority::Identity& identity, Options options);
  ~FakeRelay();
  FakeRelay(const FakeRelay&) = delete;

  std::string url() const;
  std::vector<Letter> letters() const;
  int connections() const;
  // Everything that was said to it without TLS.
  std::string heard_in_the_clear() const;

 private:
  class Session;

  void Listen();

  const Options options_;
  Owned<SSL_CTX> tls_;
  int listener_ = -1;
  int port_ = 0;
  mutable absl::Mutex mutex_;
  std::vector<Letter> letters_ ABSL_GUARDED_BY(mutex_);
  std::string clear_ ABSL_GUARDED_BY(mutex_);
  std::vector<int> sockets_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> sessions_;  // the listening thread's
  std::thread thread_;
};

}  // namespace colloquy::registrations::mail

#endif  // COLLOQUY_TESTS_UNIT_REGISTRATIONS_FAKE_RELAY_H_
