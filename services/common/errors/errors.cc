#include "services/common/errors/errors.h"

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/util/time_util.h"

namespace colloquy::errors {
namespace {

template <typename Detail>
std::string TypeUrl() {
  return absl::StrCat("type.googleapis.com/", Detail::descriptor()->full_name());
}

template <typename Detail>
void SetDetail(absl::Status& status, const Detail& detail) {
  status.SetPayload(TypeUrl<Detail>(), absl::Cord(detail.SerializeAsString()));
}

template <typename Detail>
std::optional<Detail> GetDetail(const absl::Status& status) {
  auto payload = status.GetPayload(TypeUrl<Detail>());
  Detail detail;
  if (!payload.has_value() || !detail.ParseFromString(std::string(*payload))) return std::nullopt;
  return detail;
}

absl::Status WithResource(absl::Status status, absl::string_view type, absl::string_view name) {
  google::rpc::ResourceInfo info;
  info.set_resource_type(std::string(type));
  info.set_resource_name(std::string(name));
  SetDetail(status, info);
  return status;
}

google::rpc::ErrorInfo MakeInfo(ErrorReason reason, Metadata metadata) {
  google::rpc::ErrorInfo info;
  info.set_reason(v1::ErrorReason_Name(reason));
  info.set_domain(std::string(kDomain));
  for (const auto& [key, value] : metadata)
    (*info.mutable_metadata())[std::string(key)] = std::string(value);
  return info;
}

}  // namespace

absl::Status Make(absl::StatusCode code, ErrorReason reason, absl::string_view message,
                  Metadata metadata) {
  absl::Status status(code, message);
  SetDetail(status, MakeInfo(reason, metadata));
  return status;
}

absl::Status InvalidField(absl::string_view field, absl::string_view description,
                          ErrorReason reason, Metadata metadata) {
  absl::Status status(absl::StatusCode::kInvalidArgument, absl::StrCat(field, ": ", description));
  google::rpc::ErrorInfo info = MakeInfo(reason, metadata);
  (*info.mutable_metadata())["field"] = std::string(field);
  SetDetail(status, info);
  google::rpc::BadRequest bad;
  auto* violation = bad.add_field_violations();
  violation->set_field(std::string(field));
  violation->set_description(std::string(description));
  SetDetail(status, bad);
  return status;
}

absl::Status RequiredField(absl::string_view field) {
  return InvalidField(field, "is required", ErrorReason::FIELD_REQUIRED);
}

absl::Status InvalidFields(const std::vector<FieldViolation>& violations, ErrorReason reason) {
  if (violations.empty()) return absl::OkStatus();
  std::string message = absl::StrCat(violations[0].field, ": ", violations[0].description);
  if (violations.size() > 1) absl::StrAppend(&message, " (and ", violations.size() - 1, " more)");
  absl::Status status =
      Make(absl::StatusCode::kInvalidArgument, reason, message, {{"field", violations[0].field}});
  // Details travel in the client's 8 KB of metadata; what does not fit is counted, not sent.
  constexpr size_t kMaxBytes = 3000;
  google::rpc::BadRequest bad;
  for (const FieldViolation& violation : violations) {
    auto* out = bad.add_field_violations();
    out->set_field(violation.field);
    out->set_description(violation.description);
    if (bad.ByteSizeLong() > kMaxBytes) {
      bad.mutable_field_violations()->RemoveLast();
      break;
    }
  }
  SetDetail(status, bad);
  return status;
}

absl::Status NotFound(absl::string_view type, absl::string_view name) {
  return WithResource(Make(absl::StatusCode::kNotFound, ErrorReason::RESOURCE_NOT_FOUND,
                           absl::StrCat(name, " does not exist"), {{"resource", name}}),
                      type, name);
}

absl::Status AlreadyExists(absl::string_view type, absl::string_view name) {
  return WithResource(Make(absl::StatusCode::kAlreadyExists, ErrorReason::RESOURCE_ALREADY_EXISTS,
                           absl::StrCat(name, " exists already"), {{"resource", name}}),
                      type, name);
}

absl::Status FailedPrecondition(ErrorReason reason, absl::string_view subject,
                                absl::string_view description, Metadata metadata) {
  absl::Status status = Make(absl::StatusCode::kFailedPrecondition, reason, description, metadata);
  google::rpc::PreconditionFailure failure;
  auto* violation = failure.add_violations();
  violation->set_type(v1::ErrorReason_Name(reason));
  violation->set_subject(std::string(subject));
  violation->set_description(std::string(description));
  SetDetail(status, failure);
  return status;
}

absl::Status IllegalTransition(absl::string_view name, absl::string_view state,
                               absl::string_view method, absl::string_view needed) {
  return FailedPrecondition(
      ErrorReason::STATE_INVALID, name,
      absl::StrCat(name, " is ", state, "; ", method, " needs ", needed),
      {{"resource", name}, {"state", state}, {"method", method}, {"needed", needed}});
}

absl::Status EtagMismatch(absl::string_view name) {
  return Make(
      absl::StatusCode::kAborted, ErrorReason::ETAG_MISMATCH,
      absl::StrCat(name, " was changed since it was read; read it again and repeat the change"),
      {{"resource", name}});
}

absl::Status PermissionDenied(absl::string_view method) {
  return Make(absl::StatusCode::kPermissionDenied, ErrorReason::PERMISSION_DENIED,
              "this credential may not do that here, or the resource is not yours to see",
              {{"method", method}});
}

absl::Status Retryable(absl::StatusCode code, ErrorReason reason, absl::string_view message,
                       absl::Duration retry_after, Metadata metadata) {
  absl::Status status = Make(code, reason, message, metadata);
  google::rpc::RetryInfo retry;
  *retry.mutable_retry_delay() = google::protobuf::util::TimeUtil::MillisecondsToDuration(
      absl::ToInt64Milliseconds(retry_after));
  SetDetail(status, retry);
  return status;
}

std::optional<google::rpc::ErrorInfo> InfoOf(const absl::Status& status) {
  return GetDetail<google::rpc::ErrorInfo>(status);
}

ErrorReason ReasonOf(const absl::Status& status) {
  std::optional<google::rpc::ErrorInfo> info = InfoOf(status);
  ErrorReason reason = ErrorReason::ERROR_REASON_UNSPECIFIED;
  if (info.has_value()) v1::ErrorReason_Parse(info->reason(), &reason);
  return reason;
}

absl::Status WithFieldPrefix(const absl::Status& status, absl::string_view prefix) {
  absl::Status result(status.code(), absl::StrCat(prefix, ".", status.message()));
  status.ForEachPayload(
      [&](absl::string_view url, const absl::Cord& payload) { result.SetPayload(url, payload); });
  std::optional<google::rpc::BadRequest> bad = GetDetail<google::rpc::BadRequest>(status);
  if (bad.has_value()) {
    for (auto& violation : *bad->mutable_field_violations()) {
      violation.set_field(absl::StrCat(prefix, ".", violation.field()));
    }
    SetDetail(result, *bad);
  }
  return result;
}

}  // namespace colloquy::errors
