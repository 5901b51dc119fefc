#include "services/web/pages/errors.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "services/common/errors/errors.h"
#include "services/web/pages/render.h"

namespace colloquy::web {
namespace {

using errors::ErrorReason;

// The wording "…_title" and "…_text", and the HTTP status that goes with it.
struct Telling {
  absl::string_view key;
  int status;
};

constexpr Telling kAway{"away", 503};

Telling TellingOf(ErrorReason reason) {
  switch (reason) {
    case ErrorReason::REGISTRATION_CLOSED:
      return {"closed", 409};
    case ErrorReason::SOLD_OUT:
      return {"sold_out", 409};
    case ErrorReason::DEADLINE_PASSED:
      return {"deadline", 409};
    case ErrorReason::ADDRESS_ALREADY_REGISTERED:
      return {"registered", 409};
    case ErrorReason::ADDRESS_NOT_ADMITTED:
      return {"not_admitted", 409};
    default:
      return {"not_now", 409};
  }
}

Telling TellingOf(const absl::Status& error, By by) {
  switch (error.code()) {
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kInvalidArgument:
      return by == By::kLink ? Telling{"bad_link", 404} : Telling{"not_found", 404};
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAlreadyExists:
      return TellingOf(errors::ReasonOf(error));
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
      return kAway;
    default:
      return {"defect", 500};
  }
}

Telling TellingOf(int status) {
  switch (status) {
    case 404:
      return {"not_found", status};
    case 405:
    case 501:
      return {"method", status};
    case 413:
    case 414:
    case 431:
      return {"too_large", status};
    case 429:
      return {"too_many", status};
    case 500:
      return {"defect", status};
    case 503:
      return kAway;
    default:
      return {"bad_request", status};
  }
}

Answer Tell(const Reader& reader, const Telling& telling) {
  const std::string title(reader.Say(absl::StrCat(telling.key, "_title")));
  Data data;
  data.set("title", title);
  data.set("text", std::string(reader.Say(absl::StrCat(telling.key, "_text"))));
  Answer answer = Render(reader, {.name = "message",
                                  .title = title,
                                  .data = data,
                                  .status = telling.status,
                                  .is_private = true});
  if (telling.status == 503) answer.headers.emplace_back("Retry-After", "5");
  if (telling.status == 429) answer.headers.emplace_back("Retry-After", "60");
  return answer;
}

}  // namespace

Answer ErrorPage(const Reader& reader, const absl::Status& error, By by) {
  return Tell(reader, TellingOf(error, by));
}

Answer RefusalPage(const Reader& reader, int status) { return Tell(reader, TellingOf(status)); }

}  // namespace colloquy::web
