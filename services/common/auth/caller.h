// Who makes a call. Built once per call by the adaptor from the credential, then only read.
#ifndef COLLOQUY_SERVICES_COMMON_AUTH_CALLER_H_
#define COLLOQUY_SERVICES_COMMON_AUTH_CALLER_H_

#include <string>

namespace colloquy::auth {

// In the order of the table in the top README: what each may do is data, in permissions.h.
enum class Role {
  kAnonymous,  // no credential
  kOperator,   // the root key: creates organizers and keys, operates the installation
  kOwner,      // staff of one organizer, most rights first
  kManager,
  kModerator,
  kDesk,
  kViewer,
  kPartner,  // a portal bound to one partner of one organizer
  kService,  // another service of this installation, by the peer secret
};

struct Caller {
  Role role = Role::kAnonymous;
  // Resource ids, not names: "acme" of organizers/acme. Empty where the role is not bound to one.
  std::string organizer;
  std::string partner;
  // Resource name of the key that was presented ("organizers/acme/apiKeys/portal"),
  // "services/events" for a peer, "anonymous" without a credential. It is what change records call
  // the actor, and what request ids, page tokens and rate limits are scoped to.
  std::string actor = "anonymous";

  bool is_staff() const { return role >= Role::kOwner && role <= Role::kViewer; }
};

}  // namespace colloquy::auth

#endif  // COLLOQUY_SERVICES_COMMON_AUTH_CALLER_H_
