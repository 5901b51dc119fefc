// What every request must fulfil whatever its method, read from the contract by reflection, and the
// rules for codes and addresses that services share. Thread-safe.
#ifndef COLLOQUY_SERVICES_COMMON_RESOURCE_VALIDATION_H_
#define COLLOQUY_SERVICES_COMMON_RESOURCE_VALIDATION_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "services/common/errors/errors.h"

namespace colloquy::resource {

struct ValidationLimits {
  size_t max_string_bytes = 64 << 10;  // one string or bytes field, or map key
  size_t max_message_bytes = 4 << 20;  // the whole request
  int max_depth = 64;                  // messages in messages
  // Full names of fields that are not looked at, because their handler says more of them than that
  // the request is bad.
  std::vector<std::string> left_to_handlers = {};
};

// Checks messages of one type; made once (a method's request), because it works out beforehand
// which fields need looking at. Checked, at every depth:
//  - google.api.field_behavior REQUIRED: strings, bytes, repeated and map fields not empty, enums
//    not 0, messages and `optional` fields present. Numbers and bools without presence cannot be
//    told from a zero that was meant and are not checked. Nothing is required below an OUTPUT_ONLY
//    field, or below a message that has an `update_mask`: what a mask leaves out may be missing, so
//    services check the merged resource with a validator of its own type.
//  - strings: valid UTF-8, no NUL, not longer than the limit.
//  - enums: known values only.
class RequestValidator {
 public:
  explicit RequestValidator(const google::protobuf::Descriptor& descriptor,
                            ValidationLimits limits = {});
  ~RequestValidator();
  RequestValidator(RequestValidator&&) noexcept;

  // OK, or one INVALID_ARGUMENT with all violations by path
  // ("requests[3].registration.attendee.email"; map values "labels[de].text"): FIELD_REQUIRED if
  // all are missing fields, else FIELD_INVALID; REQUEST_TOO_LARGE alone for a message over the
  // limit. Paths start with `prefix` and a dot, if there is one. Fields of the type `descriptor`
  // only.
  absl::Status Validate(const google::protobuf::Message& message,
                        absl::string_view prefix = "") const;

 private:
  struct Plan;
  struct Walk;
  using Plans = absl::flat_hash_map<const google::protobuf::Descriptor*, std::unique_ptr<Plan>>;

  const Plan* PlanFor(const google::protobuf::Descriptor& descriptor);

  ValidationLimits limits_;
  Plans plans_;
  const Plan* root_ = nullptr;
};

// OK, or FIELD_INVALID for `field`, unless said otherwise. None accepts the empty string.

// A well-formed language tag (BCP 47, RFC 5646).
absl::Status ValidateLanguageTag(absl::string_view tag, absl::string_view field);
// Its canonical spelling ("de-at" is "de-AT", "iw" is "he"), by which texts are looked up;
// FIELD_INVALID if the tag is not well-formed.
absl::StatusOr<std::string> CanonicalLanguageTag(absl::string_view tag, absl::string_view field);

// An officially assigned ISO 3166-1 alpha-2 code, upper case.
absl::Status ValidateRegionCode(absl::string_view code, absl::string_view field);

// One address and nothing around it, by the rules of email_address.h.
absl::Status ValidateEmailAddress(absl::string_view address, absl::string_view field);

// True for well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms) without NUL.
bool IsCleanUtf8(absl::string_view text);

}  // namespace colloquy::resource

#endif  // COLLOQUY_SERVICES_COMMON_RESOURCE_VALIDATION_H_
