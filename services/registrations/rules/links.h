// The links that guests are sent: each opens one thing, and whoever has it is let in.
//
//   https://web.example.org/i/TOKEN   an invitation
//   https://web.example.org/r/TOKEN   a registration
//   https://web.example.org/u/TOKEN   the unsubscribe page of an invitation's guest
//
// A token is base64url, without padding, of 64 bytes: the event's uid, the resource's uid, and 32
// bytes HMAC-SHA256(secret, "colloquy-link" | version 1 | purpose | generation | event | resource).
// The purpose is no part of the token, so one for a registration is not even well-formed as one for
// an invitation. The generation (0 until a link is replaced by a new one) is not either: the row
// that the uid leads to has it.
//
// Derived and not drawn at random, because a mail has to be built again, the same, after a crash,
// and the database must not hold what opens people's pages. And it carries the uids instead of
// being looked up by its hash: a wrong token is refused before the database is asked, compared in
// constant time, and a million invitations need no index over random bytes. Who reads the tables
// without the settings (a replica for reports, an export) cannot make one.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_RULES_LINKS_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_RULES_LINKS_H_

#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "services/common/resource/ids.h"

namespace colloquy::registrations::rules {

enum class LinkPurpose : char { kInvitation = 'i', kRegistration = 'r', kUnsubscribe = 'u' };

// What a link opens. For kUnsubscribe the resource is the invitation that its mail is about.
struct LinkTarget {
  resource::Uid event;
  resource::Uid resource;

  friend bool operator==(const LinkTarget&, const LinkTarget&) = default;
};

// Immutable, hence thread-safe.
class Links {
 public:
  // At least 32 random bytes that all replicas of the service share.
  explicit Links(absl::string_view secret) : secret_(secret) {}

  // 86 characters, always the same for the same arguments.
  std::string Token(LinkPurpose purpose, const LinkTarget& target, uint32_t generation = 0) const;

  // The link itself: `base` is the web service's, such as "https://web.example.org", with or
  // without a final slash.
  std::string Url(absl::string_view base, LinkPurpose purpose, const LinkTarget& target,
                  uint32_t generation = 0) const;

  // What the token opens, if it was made here for that purpose and generation; nullopt for every
  // other text. Takes the same time wherever a well-formed token differs.
  std::optional<LinkTarget> Open(LinkPurpose purpose, absl::string_view token,
                                 uint32_t generation = 0) const;

 private:
  std::string Mac(LinkPurpose purpose, const LinkTarget& target, uint32_t generation) const;

  std::string secret_;
};

}  // namespace colloquy::registrations::rules

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_RULES_LINKS_H_
