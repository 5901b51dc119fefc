// The routes of the site, a function for each kind of page.
#ifndef COLLOQUY_SERVICES_WEB_ROUTES_H_
#define COLLOQUY_SERVICES_WEB_ROUTES_H_

#include <functional>
#include <string>

#include "absl/time/time.h"
#include "services/web/calls.h"
#include "services/web/guesses.h"
#include "services/web/http/router.h"
#include "services/web/rooms.h"

namespace colloquy::web {

// What pages are made with; outlives the router.
struct Kit {
  const Calls& calls;
  Guesses& guesses;
  Rooms& rooms;
  const std::string& public_url;
  std::function<absl::Time()> now;
};

// /, /e/…, /o/…, /s/…: what anybody may see.
void AddPublicPages(const Kit& kit, Router& router);

// /i/…, /r/…, /u/…: what a link opens. The token is the credential. There are no cookies, so a
// forged form of another site has nothing to borrow: no CSRF.
void AddGuestPages(const Kit& kit, Router& router);

// /j/…, /d/…, /p/…: the way into a dialogue, a seat in it, and its presenter's view. The token is
// the credential, as above. Only where calls.has_dialogues().
void AddDialoguePages(const Kit& kit, Router& router);

}  // namespace colloquy::web

#endif  // COLLOQUY_SERVICES_WEB_ROUTES_H_
