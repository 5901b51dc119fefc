// What an error of the server says beyond its code and message. Every detail of google.rpc travels
// as a payload of the absl::Status, under `type.googleapis.com/` + its full name (AIP-193).
#ifndef COLLOQUY_SDK_ERRORS_H_
#define COLLOQUY_SDK_ERRORS_H_

#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "colloquy/errors/v1/error_reason.pb.h"
#include "google/rpc/error_details.pb.h"

namespace colloquy::sdk {

// The detail of this type, if the status carries one:
// DetailOf<google::rpc::BadRequest>(status)->field_violations().
template <typename Detail>
std::optional<Detail> DetailOf(const absl::Status& status) {
  const absl::optional<absl::Cord> payload =
      status.GetPayload(absl::StrCat("type.googleapis.com/", Detail::descriptor()->full_name()));
  Detail detail;
  if (!payload.has_value() || !detail.ParseFromString(std::string(*payload))) return std::nullopt;
  return detail;
}

// Adds a detail, replacing one of the same type.
template <typename Detail>
void SetDetail(absl::Status& status, const Detail& detail) {
  status.SetPayload(absl::StrCat("type.googleapis.com/", Detail::descriptor()->full_name()),
                    absl::Cord(detail.SerializeAsString()));
}

// The reason in its ErrorInfo; ERROR_REASON_UNSPECIFIED for errors that are not the server's own
// (a lost connection) and for reasons that this version does not know.
errors::v1::ErrorReason ReasonOf(const absl::Status& status);

// The id under which the server's log has the call; empty if the call was never sent.
std::string RequestIdOf(const absl::Status& status);

}  // namespace colloquy::sdk

#endif  // COLLOQUY_SDK_ERRORS_H_
