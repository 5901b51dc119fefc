// Errors as part of the API (AIP-193): an absl::Status whose payloads are google.rpc details.
//
// A payload's type URL is `type.googleapis.com/` + the message's full name and its content the
// serialized message, so the rpc room can hand all of them to the client without knowing them.
// Each detail type occurs once in a status. Functions here are pure and thread-safe.
#ifndef COLLOQUY_SERVICES_COMMON_ERRORS_ERRORS_H_
#define COLLOQUY_SERVICES_COMMON_ERRORS_ERRORS_H_

#include <initializer_list>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "colloquy/errors/v1/error_reason.pb.h"
#include "google/rpc/error_details.pb.h"

namespace colloquy::errors {

using v1::ErrorReason;

inline constexpr absl::string_view kDomain = "colloquy";

// Words of the message that depend on the request, by key; they go into ErrorInfo.metadata.
using Metadata = std::initializer_list<std::pair<absl::string_view, absl::string_view>>;

// One broken rule of a request: `field` is the path as the client wrote it ("event.end_time",
// "requests[3].registration.attendee.email"), `description` what is wrong and how to mend it.
struct FieldViolation {
  std::string field;
  std::string description;
};

// A status with ErrorInfo{reason, domain, metadata}.
absl::Status Make(absl::StatusCode code, ErrorReason reason, absl::string_view message,
                  Metadata metadata = {});

// INVALID_ARGUMENT with BadRequest naming one field. The message names the field too; `metadata`
// comes on top of {"field": field}.
absl::Status InvalidField(absl::string_view field, absl::string_view description,
                          ErrorReason reason = ErrorReason::FIELD_INVALID, Metadata metadata = {});
absl::Status RequiredField(absl::string_view field);

// INVALID_ARGUMENT with every violation at once; OK when there is none.
absl::Status InvalidFields(const std::vector<FieldViolation>& violations,
                           ErrorReason reason = ErrorReason::FIELD_INVALID);

// NOT_FOUND and ALREADY_EXISTS with ResourceInfo. `type` as in google.api.resource
// ("colloquy/Event").
absl::Status NotFound(absl::string_view type, absl::string_view name);
absl::Status AlreadyExists(absl::string_view type, absl::string_view name);

// FAILED_PRECONDITION with PreconditionFailure; `subject` is the resource or pool that stands in
// the way.
absl::Status FailedPrecondition(ErrorReason reason, absl::string_view subject,
                                absl::string_view description, Metadata metadata = {});

// The state does not allow the method: "Event organizers/a/events/b is CANCELLED; PublishEvent
// needs DRAFT."
absl::Status IllegalTransition(absl::string_view name, absl::string_view state,
                               absl::string_view method, absl::string_view needed);

absl::Status EtagMismatch(absl::string_view name);
absl::Status PermissionDenied(absl::string_view method);

// UNAVAILABLE or RESOURCE_EXHAUSTED (or ABORTED) that says when to come back.
absl::Status Retryable(absl::StatusCode code, ErrorReason reason, absl::string_view message,
                       absl::Duration retry_after, Metadata metadata = {});

// The reason a status carries, or ERROR_REASON_UNSPECIFIED.
ErrorReason ReasonOf(const absl::Status& status);
std::optional<google::rpc::ErrorInfo> InfoOf(const absl::Status& status);

// Puts `prefix` before every field path of a BadRequest: a batch names the item that is wrong.
absl::Status WithFieldPrefix(const absl::Status& status, absl::string_view prefix);

}  // namespace colloquy::errors

// Returns from the enclosing function when an expression of type absl::Status is not OK.
#define COLLOQUY_RETURN_IF_ERROR(expr)                                                           \
  do {                                                                                           \
    if (absl::Status colloquy_status_ = (expr); !colloquy_status_.ok()) return colloquy_status_; \
  } while (0)

// `lhs` is assigned the value of an expression of type absl::StatusOr, or the function returns its
// error.
#define COLLOQUY_ASSIGN_OR_RETURN(lhs, expr) \
  COLLOQUY_ASSIGN_OR_RETURN_IMPL_(COLLOQUY_CONCAT_(colloquy_or_, __LINE__), lhs, expr)
#define COLLOQUY_ASSIGN_OR_RETURN_IMPL_(temporary, lhs, expr) \
  auto temporary = (expr);                                    \
  if (!temporary.ok()) return std::move(temporary).status();  \
  lhs = *std::move(temporary)
#define COLLOQUY_CONCAT_(a, b) COLLOQUY_CONCAT_INNER_(a, b)
#define COLLOQUY_CONCAT_INNER_(a, b) a##b

#endif  // COLLOQUY_SERVICES_COMMON_ERRORS_ERRORS_H_
