// Letters to a relay (RFC 5321), over libcurl: one connection a transport, kept open between
// letters.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_MAIL_SMTP_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_MAIL_SMTP_H_

#include <string>

#include "absl/time/time.h"
#include "services/registrations/mail/transport.h"

namespace colloquy::registrations::mail {

struct RelayOptions {
  std::string url;  // "smtp://host:587", or "smtps://host:465" for TLS from the first byte
  enum class Tls { kOff, kIfOffered, kRequired };  // of STARTTLS (RFC 3207)
  Tls tls = Tls::kRequired;
  std::string ca_file;  // PEM certificates; empty: the system's
  std::string user;     // empty: no AUTH
  std::string password;
  std::string hello;  // what EHLO says: this host's name
  absl::Duration connect_timeout = absl::Seconds(30);
  // For a whole letter: RFC 5321, section 4.5.3.2.6 gives the relay ten minutes for its last
  // answer.
  absl::Duration timeout = absl::Minutes(12);
};

// What keeps every letter (TLS, trust, login) is kAway, in words for the operator that name the
// server's option.
TransportFactory ToRelay(RelayOptions options);

}  // namespace colloquy::registrations::mail

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_MAIL_SMTP_H_
