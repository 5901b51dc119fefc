// Answers to an event's registration form.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_RULES_FORM_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_RULES_FORM_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "colloquy/events/v1/events.pb.h"
#include "google/protobuf/struct.pb.h"
#include "services/common/errors/errors.h"

namespace colloquy::registrations::rules {

// Every answer that breaks the form, each with its path below `path` ("registration.answers.diet").
// Questions that are not shown must not be answered; those shown and required must be.
std::vector<errors::FieldViolation> CheckAnswers(
    const google::protobuf::RepeatedPtrField<events::v1::FormField>& form,
    const google::protobuf::Struct& answers, absl::string_view path);

// Takes out the answers to sensitive questions, and those to questions that the form no longer has.
void RemoveSensitive(const google::protobuf::RepeatedPtrField<events::v1::FormField>& form,
                     google::protobuf::Struct& answers);

}  // namespace colloquy::registrations::rules

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_RULES_FORM_H_
