// An event's registration form: shown, and read back. Pure and thread-safe.
#ifndef COLLOQUY_SERVICES_WEB_PAGES_FORM_H_
#define COLLOQUY_SERVICES_WEB_PAGES_FORM_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "colloquy/events/v1/events.pb.h"
#include "colloquy/registrations/v1/guests.pb.h"
#include "services/web/http/message.h"
#include "services/web/pages/reader.h"
#include "services/web/pages/render.h"

namespace colloquy::web {

// What is wrong with a control, in the reader's language, by the control's name: "party_size",
// "category", "answer-diet".
using Mistakes = std::map<std::string, std::string>;

// The controls for accepting `invitation`, filled with what was given before.
Data FormOf(const events::v1::Event& event, const registrations::v1::Invitation& invitation,
            const Fields& given, const Mistakes& mistakes, const Reader& reader);

// What was given, as the service takes it; `mistakes` gets what cannot even be said to it. Answers
// to questions that are not asked under the other answers are left out.
registrations::v1::AcceptInvitationRequest ReadForm(const events::v1::Event& event,
                                                    const registrations::v1::Invitation& invitation,
                                                    const Fields& given, const Reader& reader,
                                                    Mistakes& mistakes);

// The controls that a service's INVALID_ARGUMENT is about; empty if it is about none of them.
Mistakes MistakesOf(const absl::Status& error, const events::v1::Event& event, const Fields& given,
                    const Reader& reader);

}  // namespace colloquy::web

#endif  // COLLOQUY_SERVICES_WEB_PAGES_FORM_H_
