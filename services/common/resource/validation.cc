#include "services/common/resource/validation.h"

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "google/api/field_behavior.pb.h"
#include "google/protobuf/field_mask.pb.h"

namespace colloquy::resource {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// More violations than this tell a client nothing new, and an answer has no room for them.
constexpr size_t kMaxViolations = 100;

bool HasBehavior(const FieldDescriptor& field, google::api::FieldBehavior behavior) {
  const auto& options = field.options();
  for (int i = 0; i < options.ExtensionSize(google::api::field_behavior); ++i) {
    if (options.GetExtension(google::api::field_behavior, i) == behavior) return true;
  }
  return false;
}

bool HasUpdateMask(const Descriptor& descriptor) {
  const FieldDescriptor* field = descriptor.FindFieldByName("update_mask");
  return field != nullptr && field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE &&
         field->message_type()->full_name() ==
             google::protobuf::FieldMask::descriptor()->full_name();
}

// Whether absence can be told from a default value that was meant.
bool CanBeMissing(const FieldDescriptor& field) {
  if (field.is_repeated() || field.has_presence()) return true;
  return field.cpp_type() == FieldDescriptor::CPPTYPE_STRING ||
         field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM;
}

// Where the walk is; lives on the stack and becomes text for a violation only.
struct Place {
  const Place* parent = nullptr;
  absl::string_view name;  // of the field
  int index = -1;          // in a repeated field
  absl::string_view key;   // in a map
  bool has_key = false;

  void AppendTo(std::string* out) const {
    if (parent != nullptr) parent->AppendTo(out);
    if (!out->empty() && !name.empty()) absl::StrAppend(out, ".");
    absl::StrAppend(out, name);
    if (has_key) absl::StrAppend(out, "[", key, "]");
    if (index >= 0) absl::StrAppend(out, "[", index, "]");
  }
};

}  // namespace

// What to look at in messages of one type.
struct RequestValidator::Plan {
  struct Field {
    const FieldDescriptor* descriptor;
    bool required = false;
    // What is below needs no REQUIRED fields: OUTPUT_ONLY, or governed by an update_mask.
    bool lenient = false;
    const Plan* message = nullptr;  // of a message field
  };
  std::vector<Field> fields;
};

struct RequestValidator::Walk {
  const ValidationLimits& limits;
  std::vector<errors::FieldViolation> violations = {};
  bool all_missing = true;

  void Add(const Place& place, absl::string_view description, bool missing = false) {
    if (violations.size() >= kMaxViolations) return;
    all_missing = all_missing && missing;
    std::string path;
    place.AppendTo(&path);
    violations.push_back({std::move(path), std::string(description)});
  }

  void Message(const google::protobuf::Message& message, const Plan& plan, const Place& here,
               bool lenient, int depth) {
    if (plan.fields.empty()) return;
    if (depth > limits.max_depth) return Add(here, "is nested too deeply");
    const Reflection& reflection = *message.GetReflection();
    for (const Plan::Field& field : plan.fields)
      Field(message, reflection, field, here, lenient, depth);
  }

  void Field(const google::protobuf::Message& message, const Reflection& reflection,
             const Plan::Field& field, const Place& parent, bool lenient, int depth) {
    const FieldDescriptor* descriptor = field.descriptor;
    Place here{&parent, descriptor->name()};
    int size = descriptor->is_repeated() ? reflection.FieldSize(message, descriptor)
                                         : reflection.HasField(message, descriptor);
    if (size == 0) {
      if (field.required && !lenient) Add(here, "is required", /*missing=*/true);
      return;
    }
    lenient = lenient || field.lenient;
    if (descriptor->is_map()) {
      for (int i = 0; i < size; ++i)
        Entry(reflection.GetRepeatedMessage(message, descriptor, i), field, here, lenient, depth);
    } else if (descriptor->is_repeated()) {
      for (here.index = 0; here.index < size; ++here.index)
        Element(message, reflection, field, here, lenient, depth);
    } else {
      Single(message, reflection, field, here, lenient, depth);
    }
  }

  void Single(const google::protobuf::Message& message, const Reflection& reflection,
              const Plan::Field& field, const Place& here, bool lenient, int depth) {
    std::string scratch;
    switch (field.descriptor->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return String(reflection.GetStringReference(message, field.descriptor, &scratch),
                      *field.descriptor, here);
      case FieldDescriptor::CPPTYPE_ENUM:
        return Enum(reflection.GetEnumValue(message, field.descriptor), *field.descriptor, here);
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Message(reflection.GetMessage(message, field.descriptor), *field.message, here,
                       lenient, depth + 1);
      default:
        return;
    }
  }

  void Element(const google::protobuf::Message& message, const Reflection& reflection,
               const Plan::Field& field, const Place& here, bool lenient, int depth) {
    std::string scratch;
    switch (field.descriptor->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        return String(
            reflection.GetRepeatedStringReference(message, field.descriptor, here.index, &scratch),
            *field.descriptor, here);
      case FieldDescriptor::CPPTYPE_ENUM:
        return Enum(reflection.GetRepeatedEnumValue(message, field.descriptor, here.index),
                    *field.descriptor, here);
      case FieldDescriptor::CPPTYPE_MESSAGE:
        return Message(reflection.GetRepeatedMessage(message, field.descriptor, here.index),
                       *field.message, here, lenient, depth + 1);
      default:
        return;
    }
  }

  // One entry of a map: its key is named in paths, its value is what the field's path means.
  void Entry(const google::protobuf::Message& entry, const Plan::Field& field, const Place& map,
             bool lenient, int depth) {
    const FieldDescriptor* key = field.descriptor->message_type()->map_key();
    const FieldDescriptor* value = field.descriptor->message_type()->map_value();
    const Reflection& reflection = *entry.GetReflection();
    std::string scratch;
    std::string key_text;
    Place here = map;
    if (key->cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
      const std::string& text = reflection.GetStringReference(entry, key, &scratch);
      String(text, *key, map);
      // A long key, or one that is no text, would spoil the answer.
      key_text = text.size() <= 64 && IsCleanUtf8(text) ? text : "…";
      here.key = key_text;
      here.has_key = true;
    }
    Plan::Field of_value{value, false, false, field.message};
    if (value->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field.message != nullptr)
      Single(entry, reflection, of_value, here, lenient, depth);
  }

  void String(const std::string& text, const FieldDescriptor& field, const Place& here) {
    if (text.size() > limits.max_string_bytes) {
      return Add(here, absl::StrCat("has ", text.size(), " bytes; the limit is ",
                                    limits.max_string_bytes));
    }
    if (field.type() == FieldDescriptor::TYPE_STRING && !IsCleanUtf8(text))
      Add(here, "is not valid UTF-8, or holds a NUL character");
  }

  void Enum(int number, const FieldDescriptor& field, const Place& here) {
    if (field.enum_type()->FindValueByNumber(number) == nullptr)
      Add(here, absl::StrCat(number, " is no value of ", field.enum_type()->name()));
  }
};

RequestValidator::RequestValidator(const Descriptor& descriptor, ValidationLimits limits)
    : limits_(std::move(limits)), root_(PlanFor(descriptor)) {}
RequestValidator::~RequestValidator() = default;
RequestValidator::RequestValidator(RequestValidator&&) noexcept = default;

const RequestValidator::Plan* RequestValidator::PlanFor(const Descriptor& descriptor) {
  auto [place, is_new] = plans_.try_emplace(&descriptor);
  if (!is_new) return place->second.get();
  // Registered before its fields are looked at: types may contain themselves.
  place->second = std::make_unique<Plan>();
  Plan* plan = place->second.get();
  bool masked = HasUpdateMask(descriptor);
  for (int i = 0; i < descriptor.field_count(); ++i) {
    const FieldDescriptor& field = *descriptor.field(i);
    if (absl::c_linear_search(limits_.left_to_handlers, field.full_name())) continue;
    const FieldDescriptor& value = field.is_map() ? *field.message_type()->map_value() : field;
    Plan::Field check{&field};
    check.required = HasBehavior(field, google::api::REQUIRED) && CanBeMissing(field);
    check.lenient = masked || HasBehavior(field, google::api::OUTPUT_ONLY);
    bool is_message = value.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
    if (is_message) check.message = PlanFor(*value.message_type());
    bool is_looked_at = is_message || field.is_map() ||
                        value.cpp_type() == FieldDescriptor::CPPTYPE_STRING ||
                        value.cpp_type() == FieldDescriptor::CPPTYPE_ENUM;
    if (check.required || is_looked_at) plan->fields.push_back(check);
  }
  return plan;
}

absl::Status RequestValidator::Validate(const Message& message, absl::string_view prefix) const {
  if (message.ByteSizeLong() > limits_.max_message_bytes) {
    std::string limit = absl::StrCat(limits_.max_message_bytes);
    return errors::Make(absl::StatusCode::kInvalidArgument, errors::ErrorReason::REQUEST_TOO_LARGE,
                        absl::StrCat("the request is larger than ", limit, " bytes"),
                        {{"limit", limit}});
  }
  Walk walk{limits_};
  walk.Message(message, *root_, Place{nullptr, prefix}, /*lenient=*/false, /*depth=*/0);
  return errors::InvalidFields(walk.violations, walk.all_missing
                                                    ? errors::ErrorReason::FIELD_REQUIRED
                                                    : errors::ErrorReason::FIELD_INVALID);
}

}  // namespace colloquy::resource
