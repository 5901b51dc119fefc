// How letters leave: through a relay (smtp.h), or into a maildir (maildir.h).
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_MAIL_TRANSPORT_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_MAIL_TRANSPORT_H_

#include <functional>
#include <memory>
#include <string>

#include "services/registrations/mail/invitation_mail.h"

namespace colloquy::registrations::mail {

struct SendResult {
  enum Kind {
    kTaken,    // for good: it is the relay's, or on disk
    kLater,    // this letter was refused for now
    kRefused,  // and never will be taken
    kAway,     // nothing was asked, as the relay cannot be reached or wants no mail now
    kUnknown,  // all of it was sent, and no answer came
  };
  Kind kind = kAway;
  int code = 0;      // of the relay's answer; 0 without one
  std::string text;  // the relay's answer, or what went wrong; any bytes
};

// One connection, used by one thread.
class Transport {
 public:
  virtual ~Transport() = default;
  // `delivery` names the letter. Blocks.
  virtual SendResult Send(const std::string& delivery, const Letter& letter) = 0;
};

// `stopping` is asked now and then while a letter is being sent, from the sending thread; true ends
// it, as long as that leaves no doubt. It outlives the transport.
using TransportFactory = std::function<std::unique_ptr<Transport>(std::function<bool()> stopping)>;

}  // namespace colloquy::registrations::mail

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_MAIL_TRANSPORT_H_
