#include "colloquy/sdk/errors.h"

namespace colloquy::sdk {

errors::v1::ErrorReason ReasonOf(const absl::Status& status) {
  const std::optional<google::rpc::ErrorInfo> info = DetailOf<google::rpc::ErrorInfo>(status);
  errors::v1::ErrorReason reason = errors::v1::ERROR_REASON_UNSPECIFIED;
  if (!info.has_value() || info->domain() != "colloquy") return reason;
  errors::v1::ErrorReason_Parse(info->reason(), &reason);
  return reason;
}

std::string RequestIdOf(const absl::Status& status) {
  const std::optional<google::rpc::RequestInfo> info = DetailOf<google::rpc::RequestInfo>(status);
  return info.has_value() ? info->request_id() : "";
}

}  // namespace colloquy::sdk
