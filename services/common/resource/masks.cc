#include "services/common/resource/masks.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/api/field_behavior.pb.h"
#include "services/common/errors/errors.h"

namespace colloquy::resource {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::FieldMask;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Path = std::vector<const FieldDescriptor*>;

bool HasBehavior(const FieldDescriptor& field, google::api::FieldBehavior behavior) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == behavior) return true;
  }
  return false;
}

bool IsOutputOnly(const FieldDescriptor& field) {
  return HasBehavior(field, google::api::OUTPUT_ONLY);
}

bool IsKept(const FieldDescriptor& field) {
  return IsOutputOnly(field) || HasBehavior(field, google::api::IMMUTABLE) ||
         HasBehavior(field, google::api::IDENTIFIER);
}

bool IsMessage(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

bool IsWildcard(const FieldMask& mask) { return mask.paths_size() == 1 && mask.paths(0) == "*"; }

absl::Status InvalidPath(absl::string_view field, absl::string_view path,
                         absl::string_view description) {
  return errors::InvalidField(field, absl::StrCat("path '", path, "' ", description),
                              errors::ErrorReason::FIELD_MASK_INVALID, {{"path", path}});
}

absl::StatusOr<Path> Resolve(const std::string& path, const Descriptor& descriptor,
                             absl::string_view mask_field) {
  if (path == "*") return InvalidPath(mask_field, path, "must stand alone");
  Path fields;
  const Descriptor* message = &descriptor;
  for (absl::string_view name : absl::StrSplit(path, '.')) {
    if (message == nullptr) {
      return InvalidPath(mask_field, path,
                         fields.back()->is_repeated()
                             ? "goes below a repeated or map field, which is replaced as a whole"
                             : "goes below a field that has none");
    }
    const FieldDescriptor* field = message->FindFieldByName(std::string(name));
    if (field == nullptr) {
      return InvalidPath(mask_field, path, absl::StrCat("names no field of ", descriptor.name()));
    }
    fields.push_back(field);
    message = IsMessage(*field) && !field->is_repeated() ? field->message_type() : nullptr;
  }
  return fields;
}

bool IsPathOrBelow(absl::string_view path, absl::string_view parent) {
  return absl::StartsWith(path, parent) &&
         (path.size() == parent.size() || path[parent.size()] == '.');
}

bool IsSet(const Message& message, const FieldDescriptor& field) {
  const Reflection& reflection = *message.GetReflection();
  return field.is_repeated() ? reflection.FieldSize(message, &field) > 0
                             : reflection.HasField(message, &field);
}

// Calls `visit` with each message in a field that is set.
template <typename Visit>
void ForEachMessage(Message* message, const FieldDescriptor& field, Visit visit) {
  const Reflection& reflection = *message->GetReflection();
  if (!field.is_repeated()) {
    visit(reflection.MutableMessage(message, &field));
    return;
  }
  for (int i = 0; i < reflection.FieldSize(*message, &field); ++i) {
    visit(reflection.MutableRepeatedMessage(message, &field, i));
  }
}

// Makes `field` of `to` what it is in `from`, a message of the same type. Reflection has no copying
// of one field for all types, but it can swap one with a copy.
void CopyScalarOrRepeated(const Message& from, const FieldDescriptor& field, Message* to) {
  const Reflection& reflection = *to->GetReflection();
  reflection.ClearField(to, &field);
  if (!IsSet(from, field)) return;
  std::unique_ptr<Message> copy(from.New());
  copy->CopyFrom(from);
  reflection.SwapFields(to, copy.get(), {&field});
  if (IsMessage(field)) ForEachMessage(to, field, ClearOutputOnly);
}

void ReplaceMessage(const Message& source, Message* target);

void ReplaceField(const Message& source, const FieldDescriptor& field, Message* target) {
  if (IsKept(field)) return;
  bool merges =
      IsMessage(field) && !field.is_repeated() && IsSet(source, field) && IsSet(*target, field);
  if (!merges) {
    CopyScalarOrRepeated(source, field, target);
    return;
  }
  ReplaceMessage(source.GetReflection()->GetMessage(source, &field),
                 target->GetReflection()->MutableMessage(target, &field));
}

void ReplaceMessage(const Message& source, Message* target) {
  const Descriptor& descriptor = *source.GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i)
    ReplaceField(source, *descriptor.field(i), target);
}

void ReplacePath(const Message& source, const Path& path, size_t index, Message* target) {
  const FieldDescriptor& field = *path[index];
  if (IsKept(field)) return;
  if (index + 1 == path.size()) {
    ReplaceField(source, field, target);
    return;
  }
  // Nothing to clear below a message that is absent on both sides.
  if (!IsSet(source, field) && !IsSet(*target, field)) return;
  ReplacePath(source.GetReflection()->GetMessage(source, &field), path, index + 1,
              target->GetReflection()->MutableMessage(target, &field));
}

// Clears the fields of `message` that none of `paths`, which all lead here in `depth` steps, goes
// through.
void KeepOnly(const std::vector<Path>& paths, size_t depth, Message* message) {
  const Reflection& reflection = *message->GetReflection();
  const Descriptor& descriptor = *message->GetDescriptor();
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor* field = descriptor.field(i);
    std::vector<Path> below;
    bool whole = false;
    for (const Path& path : paths) {
      if (path[depth] != field) continue;
      if (path.size() == depth + 1) whole = true;
      below.push_back(path);
    }
    if (below.empty()) reflection.ClearField(message, field);
    if (below.empty() || whole || !IsSet(*message, *field)) continue;
    KeepOnly(below, depth + 1, reflection.MutableMessage(message, field));
  }
}

}  // namespace

absl::Status ValidateMask(const FieldMask& mask, const Descriptor& descriptor,
                          absl::string_view field) {
  if (IsWildcard(mask)) return absl::OkStatus();
  for (const std::string& path : mask.paths()) {
    COLLOQUY_RETURN_IF_ERROR(Resolve(path, descriptor, field).status());
  }
  return absl::OkStatus();
}

bool MaskCovers(const FieldMask& mask, absl::string_view path, const Message& source) {
  if (IsWildcard(mask)) return true;
  if (mask.paths().empty()) {
    std::string top(path.substr(0, path.find('.')));
    const FieldDescriptor* field = source.GetDescriptor()->FindFieldByName(top);
    return field != nullptr && IsSet(source, *field);
  }
  return std::any_of(mask.paths().begin(), mask.paths().end(), [&](const std::string& named) {
    return IsPathOrBelow(path, named) || IsPathOrBelow(named, path);
  });
}

absl::Status ApplyUpdate(const FieldMask& mask, const Message& source, Message* target,
                         absl::string_view field) {
  if (IsWildcard(mask)) {
    ReplaceMessage(source, target);
    return absl::OkStatus();
  }
  const Descriptor& descriptor = *source.GetDescriptor();
  std::vector<Path> paths;
  for (const std::string& path : mask.paths()) {
    COLLOQUY_ASSIGN_OR_RETURN(Path fields, Resolve(path, descriptor, field));
    paths.push_back(std::move(fields));
  }
  for (int i = 0; mask.paths().empty() && i < descriptor.field_count(); ++i) {
    if (IsSet(source, *descriptor.field(i))) paths.push_back({descriptor.field(i)});
  }
  for (const Path& path : paths) ReplacePath(source, path, 0, target);
  return absl::OkStatus();
}

void ClearOutputOnly(Message* message) {
  const Reflection& reflection = *message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (IsOutputOnly(*field)) {
      reflection.ClearField(message, field);
    } else if (IsMessage(*field)) {
      ForEachMessage(message, *field, ClearOutputOnly);
    }
  }
}

absl::Status ApplyReadMask(const FieldMask& mask, Message* message) {
  if (mask.paths().empty() || IsWildcard(mask)) return absl::OkStatus();
  std::vector<Path> paths;
  for (const std::string& path : mask.paths()) {
    COLLOQUY_ASSIGN_OR_RETURN(Path fields, Resolve(path, *message->GetDescriptor(), "read_mask"));
    paths.push_back(std::move(fields));
  }
  KeepOnly(paths, 0, message);
  return absl::OkStatus();
}

}  // namespace colloquy::resource
