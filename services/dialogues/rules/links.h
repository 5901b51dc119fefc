// The links that open a dialogue: each opens one thing, and whoever has it is let in.
//
//   https://web.example.org/d/TOKEN   a participant's seat
//   https://web.example.org/j/TOKEN   the page where one takes a seat
//   https://web.example.org/p/TOKEN   the presenter's view
//
// A token is base64url, without padding, of 56 bytes: the dialogue's uid, the participant's number
// and the link's generation (4 bytes each, big-endian), and 32 bytes
// HMAC-SHA256(secret, "colloquy-dialogue-link" | version 1 | purpose | all before). The purpose is
// no part of the token, so one for a seat is not even well-formed as one for the presenter. A link
// of an older generation than its participant's, or (join, presenter) its room's, is dead: whoever
// opens one compares.
//
// Derived and not drawn at random, so that the database does not hold what opens people's seats,
// and a wrong token is refused before the database is asked (as registrations' links).
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_LINKS_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_LINKS_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "services/common/resource/ids.h"

namespace colloquy::dialogues::rules {

enum class LinkPurpose : char { kSeat = 's', kJoin = 'j', kPresenter = 'p' };

// What a link opens.
struct LinkTarget {
  resource::Uid dialogue;
  int64_t number = 0;      // of the participant; 0 for kJoin and kPresenter
  int64_t generation = 0;  // of the link; both below 2^32

  friend bool operator==(const LinkTarget&, const LinkTarget&) = default;
};

// Immutable, hence thread-safe.
class Links {
 public:
  // At least 32 random bytes that all replicas of the service share.
  explicit Links(absl::string_view secret) : secret_(secret) {}

  // 75 characters, always the same for the same arguments.
  std::string Token(LinkPurpose purpose, const LinkTarget& target) const;

  // The link itself: `base` is the web service's, such as "https://web.example.org", with or
  // without a final slash. Empty if `base` is.
  std::string Url(absl::string_view base, LinkPurpose purpose, const LinkTarget& target) const;

  // What the token opens, if it was made here for that purpose; nullopt for every other text. Takes
  // the same time wherever a well-formed token differs.
  std::optional<LinkTarget> Open(LinkPurpose purpose, absl::string_view token) const;

 private:
  std::string Mac(LinkPurpose purpose, absl::string_view body) const;

  std::string secret_;
};

}  // namespace colloquy::dialogues::rules

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_LINKS_H_
