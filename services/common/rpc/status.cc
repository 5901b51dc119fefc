#include "services/common/rpc/status.h"

#include <algorithm>
#include <random>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "services/common/errors/errors.h"

namespace colloquy::rpc {
namespace {

using errors::ErrorReason;

constexpr absl::string_view kTypeUrlPrefix = "type.googleapis.com/";
constexpr absl::string_view kErrorInfoUrl = "type.googleapis.com/google.rpc.ErrorInfo";

std::string CutMessage(absl::string_view message) {
  if (message.size() <= kMaxMessageBytes) return std::string(message);
  size_t end = kMaxMessageBytes - 3;
  while (end > 0 && (static_cast<unsigned char>(message[end]) & 0xC0) == 0x80) --end;
  return std::string(message.substr(0, end)) + "...";
}

// Removes the longest metadata values until the ErrorInfo takes at most `limit` bytes.
void ShrinkErrorInfo(google::protobuf::Any& detail, size_t limit) {
  google::rpc::ErrorInfo info;
  if (!info.ParseFromString(detail.value())) return;
  while (info.ByteSizeLong() > limit && !info.metadata().empty()) {
    auto longest = std::max_element(
        info.metadata().begin(), info.metadata().end(), [](const auto& a, const auto& b) {
          return a.first.size() + a.second.size() < b.first.size() + b.second.size();
        });
    info.mutable_metadata()->erase(std::string(longest->first));
  }
  detail.set_value(info.SerializeAsString());
}

void Fit(google::rpc::Status& status) {
  auto& details = *status.mutable_details();
  while (status.ByteSizeLong() > kMaxStatusBytes) {
    int largest = -1;
    int info = -1;
    for (int i = 0; i < details.size(); ++i) {
      if (details[i].type_url() == kErrorInfoUrl) {
        info = i;
      } else if (largest < 0 || details[i].value().size() > details[largest].value().size()) {
        largest = i;
      }
    }
    if (largest >= 0) {
      details.DeleteSubrange(largest, 1);
      continue;
    }
    constexpr size_t kRest = kMaxMessageBytes + 200;  // message, code, type URL and framing
    if (info >= 0) ShrinkErrorInfo(details[info], kMaxStatusBytes - kRest);
    return;
  }
}

std::string NewErrorId() {
  thread_local std::mt19937_64 random(std::random_device{}());
  return absl::StrFormat("%016x", random());
}

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status proto;
  proto.set_code(static_cast<int>(status.code()));
  proto.set_message(CutMessage(status.message()));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    google::protobuf::Any* detail = proto.add_details();
    detail->set_type_url(std::string(url));
    detail->set_value(std::string(payload));
  });
  Fit(proto);
  return grpc::Status(static_cast<grpc::StatusCode>(proto.code()), proto.message(),
                      proto.details().empty() ? std::string() : proto.SerializeAsString());
}

absl::Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return absl::OkStatus();
  absl::Status result(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  google::rpc::Status proto;
  if (!proto.ParseFromString(status.error_details())) return result;
  for (const google::protobuf::Any& detail : proto.details()) {
    if (absl::StartsWith(detail.type_url(), kTypeUrlPrefix)) {
      result.SetPayload(detail.type_url(), absl::Cord(detail.value()));
    }
  }
  return result;
}

bool IsTyped(const absl::Status& status) {
  return status.ok() || status.GetPayload(kErrorInfoUrl).has_value();
}

Sanitised Sanitise(const absl::Status& status) {
  if (IsTyped(status)) return {status, ""};
  if (absl::IsCancelled(status)) {
    return {errors::Make(absl::StatusCode::kCancelled, ErrorReason::CALL_CANCELLED,
                         "the call was cancelled"),
            ""};
  }
  if (absl::IsDeadlineExceeded(status)) {
    return {errors::Make(absl::StatusCode::kDeadlineExceeded, ErrorReason::DEADLINE_EXCEEDED,
                         "the deadline passed before the work was done"),
            ""};
  }
  std::string id = NewErrorId();
  absl::Status internal = errors::Make(
      absl::StatusCode::kInternal, ErrorReason::INTERNAL,
      absl::StrFormat("something went wrong on the server; its log has more under %s", id),
      {{"error_id", id}});
  return {std::move(internal), std::move(id)};
}

}  // namespace colloquy::rpc
