// What kinds of callers may know and do with registrations, beyond the permission table.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_CALLERS_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_CALLERS_H_

#include "colloquy/events/v1/events.pb.h"
#include "colloquy/registrations/v1/registrations.pb.h"
#include "services/common/auth/caller.h"
#include "services/registrations/rules/form.h"

namespace colloquy::registrations {

inline bool IsManager(const auth::Caller& caller) {
  return caller.role == auth::Role::kOperator || caller.role == auth::Role::kOwner ||
         caller.role == auth::Role::kManager;
}

inline bool IsStaff(const auth::Caller& caller) {
  return caller.is_staff() || caller.role == auth::Role::kOperator;
}

// Answers to sensitive questions.
inline bool ReadsSensitive(const auth::Caller& caller) { return IsManager(caller); }

// Takes out what the caller must not read.
inline void Redact(const auth::Caller& caller, const events::v1::Event& event,
                   v1::Registration& registration) {
  if (ReadsSensitive(caller) || !registration.has_answers()) return;
  rules::RemoveSensitive(event.form(), *registration.mutable_answers());
}

}  // namespace colloquy::registrations

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_CALLERS_H_
