// Field masks (AIP-134, AIP-161). Pure and thread-safe.
//
// A path is field names joined by dots, as in the proto file ("location.city"). It may go through
// messages, not through repeated or map fields: those are replaced as a whole.
#ifndef COLLOQUY_SERVICES_COMMON_RESOURCE_MASKS_H_
#define COLLOQUY_SERVICES_COMMON_RESOURCE_MASKS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/message.h"

namespace colloquy::resource {

// OK, or FIELD_MASK_INVALID for `field` with the first path that `descriptor` does not have or that
// goes through a repeated or map field, in the metadata as `path`. `*` must stand alone.
absl::Status ValidateMask(const google::protobuf::FieldMask& mask,
                          const google::protobuf::Descriptor& descriptor,
                          absl::string_view field = "update_mask");

// True if `mask` lets `path` change, given what `source` has set: `path` itself, something above it
// or something below it is named, or the mask is `*`, or it is empty and `source` has the field.
bool MaskCovers(const google::protobuf::FieldMask& mask, absl::string_view path,
                const google::protobuf::Message& source);

// Changes `target` (the stored resource) as an Update with `source` asks; both have one type.
//  - An empty mask stands for the top-level fields that are set in `source`.
//  - `*` replaces the whole resource: what `source` leaves unset is cleared.
//  - A path that is unset in `source` is cleared in `target`.
//  - Messages that are named are replaced; repeated and map fields too, never appended to.
//  - Fields that are OUTPUT_ONLY, IMMUTABLE or IDENTIFIER (google.api.field_behavior) keep their
//    value at any depth, whatever the mask says. Below a repeated or map field there is no older
//    value to keep: OUTPUT_ONLY is dropped there, the others are taken over.
// FIELD_MASK_INVALID as ValidateMask; `target` is unchanged then.
absl::Status ApplyUpdate(const google::protobuf::FieldMask& mask,
                         const google::protobuf::Message& source, google::protobuf::Message* target,
                         absl::string_view field = "update_mask");

// Clears every OUTPUT_ONLY field of a resource that a client sent with Create, at any depth.
void ClearOutputOnly(google::protobuf::Message* message);

// Clears what a read mask leaves out. An empty mask or `*` keeps everything. FIELD_MASK_INVALID as
// ValidateMask, for the field `read_mask`.
absl::Status ApplyReadMask(const google::protobuf::FieldMask& mask,
                           google::protobuf::Message* message);

}  // namespace colloquy::resource

#endif  // COLLOQUY_SERVICES_COMMON_RESOURCE_MASKS_H_
