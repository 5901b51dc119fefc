// Letters into a maildir (https://cr.yp.to/proto/maildir.html), for installations without a relay.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_MAIL_MAILDIR_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_MAIL_MAILDIR_H_

#include <string>

#include "services/registrations/mail/transport.h"

namespace colloquy::registrations::mail {

// Writes into `folder`, made with its parents if missing. A letter is a file named after its
// delivery, so that one sent twice lies there once. It is on disk before it is taken.
TransportFactory ToMaildir(std::string folder);

}  // namespace colloquy::registrations::mail

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_MAIL_MAILDIR_H_
