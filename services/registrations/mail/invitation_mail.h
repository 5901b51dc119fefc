// The mail that carries an invitation: HTML and plain text in the guest's language, and the entry
// for their calendar. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_MAIL_INVITATION_MAIL_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_MAIL_INVITATION_MAIL_H_

#include <string>

#include "absl/time/time.h"
#include "colloquy/events/v1/events.pb.h"
#include "colloquy/registrations/v1/invitations.pb.h"
#include "services/registrations/mail/message.h"

namespace colloquy::registrations::mail {

struct InvitationMail {
  const events::v1::Event* event = nullptr;
  const v1::Invitation* invitation = nullptr;
  std::string organizer;   // its display name
  std::string sender;      // the installation's address: "office@events.example.org"
  std::string delivery;    // id of the delivery, by which answers and bounces are told apart
  std::string message_id;  // with its angle brackets
  std::string answer_url;  // the invitation's page
  std::string unsubscribe_url;
  absl::Time now;
};

// The envelope and the bytes. `to` takes what SMTP takes: a domain of A-labels.
struct Letter {
  std::string from;  // by it bounces tell their delivery (VERP): "office+b-ID@events.example.org"
  std::string to;
  std::string bytes;
};

// The invitation's address is one that ParseEmailAddress takes; the sender's, too.
Letter Compose(const InvitationMail& mail);

// The parts, for who wants to look at them.
Message ComposeMessage(const InvitationMail& mail);

// "<ID@domain of the sender>".
std::string MessageId(const std::string& delivery, const std::string& sender);

}  // namespace colloquy::registrations::mail

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_MAIL_INVITATION_MAIL_H_
