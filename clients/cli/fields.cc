#include "clients/cli/fields.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "clients/cli/failures.h"
#include "clients/cli/names.h"
#include "clients/cli/times.h"
#include "colloquy/events/v1/events.pb.h"
#include "google/protobuf/util/json_util.h"
#include "google/type/date.pb.h"

namespace colloquy::cli {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

// What the enclosing resource says about the texts and times in it.
struct Surroundings {
  absl::TimeZone zone;
  std::string language;
  bool for_machines;
};

std::string StringField(const Message& message, const char* name) {
  const FieldDescriptor* field = message.GetDescriptor()->FindFieldByName(name);
  if (field == nullptr || field->cpp_type() != FieldDescriptor::CPPTYPE_STRING ||
      field->is_repeated()) {
    return "";
  }
  return message.GetReflection()->GetString(message, field);
}

Surroundings Around(const Message& message, const TextStyle& style) {
  const std::string zone = StringField(message, "time_zone");
  return {zone.empty() ? style.zone : ZoneOrUtc(zone), StringField(message, "default_language"),
          style.for_machines};
}

std::string LocalizedTextOf(const events::v1::LocalizedText& text, const std::string& language) {
  if (!text.resolved().empty()) return text.resolved();
  for (const std::string& tag : {language, std::string("en")}) {
    if (const auto found = text.texts().find(tag); found != text.texts().end()) {
      return found->second;
    }
  }
  return text.texts().empty() ? "" : text.texts().begin()->second;
}

std::string JsonOf(const Message& message) {
  std::string json;
  return google::protobuf::util::MessageToJsonString(message, &json).ok() ? json : "";
}

// True for messages that read as one value.
bool IsValue(const Descriptor* type) {
  return type == events::v1::LocalizedText::descriptor() ||
         type == google::type::Date::descriptor() || type->file()->package() == "google.protobuf";
}

std::string MessageText(const Message& message, const Surroundings& around) {
  const Descriptor* type = message.GetDescriptor();
  if (type == google::protobuf::Timestamp::descriptor()) {
    google::protobuf::Timestamp time;
    time.CopyFrom(message);
    return around.for_machines ? FormatForMachines(FromProto(time), around.zone)
                               : FormatForPeople(FromProto(time), around.zone);
  }
  if (type == events::v1::LocalizedText::descriptor()) {
    events::v1::LocalizedText text;
    text.CopyFrom(message);
    return LocalizedTextOf(text, around.language);
  }
  if (type == google::type::Date::descriptor()) {
    google::type::Date date;
    date.CopyFrom(message);
    return absl::StrFormat("%04d-%02d-%02d", date.year(), date.month(), date.day());
  }
  std::string json = JsonOf(message);
  const bool quoted = json.size() >= 2 && json.front() == '"';
  return quoted ? json.substr(1, json.size() - 2) : json;
}

// One value; `index` counts in a repeated field and is -1 in a single one.
std::string ValueText(const Message& message, const FieldDescriptor* field, int index,
                      const Surroundings& around) {
  const Reflection* reflection = message.GetReflection();
  const auto get = [&](auto single, auto repeated) {
    return index < 0 ? (reflection->*single)(message, field)
                     : (reflection->*repeated)(message, field, index);
  };
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      return get(&Reflection::GetString, &Reflection::GetRepeatedString);
    case FieldDescriptor::CPPTYPE_BOOL:
      return get(&Reflection::GetBool, &Reflection::GetRepeatedBool) ? "true" : "false";
    case FieldDescriptor::CPPTYPE_INT32:
      return absl::StrCat(get(&Reflection::GetInt32, &Reflection::GetRepeatedInt32));
    case FieldDescriptor::CPPTYPE_INT64:
      return absl::StrCat(get(&Reflection::GetInt64, &Reflection::GetRepeatedInt64));
    case FieldDescriptor::CPPTYPE_UINT32:
      return absl::StrCat(get(&Reflection::GetUInt32, &Reflection::GetRepeatedUInt32));
    case FieldDescriptor::CPPTYPE_UINT64:
      return absl::StrCat(get(&Reflection::GetUInt64, &Reflection::GetRepeatedUInt64));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return absl::StrCat(get(&Reflection::GetDouble, &Reflection::GetRepeatedDouble));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return absl::StrCat(get(&Reflection::GetFloat, &Reflection::GetRepeatedFloat));
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int number = get(&Reflection::GetEnumValue, &Reflection::GetRepeatedEnumValue);
      const auto* value = field->enum_type()->FindValueByNumber(number);
      return value == nullptr ? absl::StrCat(number) : value->name();
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return MessageText(index < 0 ? reflection->GetMessage(message, field)
                                   : reflection->GetRepeatedMessage(message, field, index),
                         around);
  }
  return "";
}

absl::string_view LastField(absl::string_view path) {
  const size_t dot = path.rfind('.');
  return dot == absl::string_view::npos ? path : path.substr(dot + 1);
}

std::string MapEntryText(const Message& entry, const Surroundings& around) {
  const Descriptor* type = entry.GetDescriptor();
  return absl::StrCat(ValueText(entry, type->map_key(), -1, around), "=",
                      ValueText(entry, type->map_value(), -1, around));
}

bool IsFilled(const Message& message, const FieldDescriptor* field) {
  return field->is_repeated() ? message.GetReflection()->FieldSize(message, field) > 0
                              : message.GetReflection()->HasField(message, field);
}

std::string FieldValue(const Message& message, const FieldDescriptor* field,
                       const Surroundings& around) {
  if (!field->is_repeated()) {
    // A number that is 0 by default is worth showing; "…_UNSPECIFIED" is not.
    const bool shown = field->has_presence() || field->cpp_type() == FieldDescriptor::CPPTYPE_ENUM
                           ? IsFilled(message, field)
                           : true;
    return shown ? ValueText(message, field, -1, around) : "";
  }
  std::vector<std::string> parts;
  for (int i = 0; i < message.GetReflection()->FieldSize(message, field); ++i) {
    parts.push_back(
        field->is_map()
            ? MapEntryText(message.GetReflection()->GetRepeatedMessage(message, field, i), around)
            : ValueText(message, field, i, around));
  }
  return absl::StrJoin(parts, ", ");
}

const FieldDescriptor* FindField(const Descriptor* type, absl::string_view name) {
  const std::string key(name);
  const FieldDescriptor* field = type->FindFieldByName(key);
  return field != nullptr ? field : type->FindFieldByCamelcaseName(key);
}

// Where a field that is called `name` lies in messages of this type; empty if nowhere.
std::string PathTo(const Descriptor* type, absl::string_view name, int depth) {
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (field->name() == name) return field->name();
  }
  for (int i = 0; i < type->field_count() && depth > 0; ++i) {
    const FieldDescriptor* field = type->field(i);
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field->is_repeated() ||
        IsValue(field->message_type())) {
      continue;
    }
    const std::string path = PathTo(field->message_type(), name, depth - 1);
    if (!path.empty()) return absl::StrCat(field->name(), ".", path);
  }
  return "";
}

absl::Status NoSuchField(const Descriptor* type, absl::string_view path) {
  constexpr int kMaxDepth = 3;
  const std::string meant = PathTo(type, LastField(path), kMaxDepth);
  return UsageError(absl::StrCat("There is no field '", path, "' in ", type->name(), ".",
                                 meant.empty() ? "" : absl::StrCat(" Is it ", meant, "?")));
}

void Collect(const Message& message, const std::string& prefix, const Surroundings& around,
             std::vector<std::pair<std::string, std::string>>& out) {
  const Descriptor* type = message.GetDescriptor();
  for (int i = 0; i < type->field_count(); ++i) {
    const FieldDescriptor* field = type->field(i);
    if (!IsFilled(message, field)) continue;
    const std::string path = prefix + field->name();
    const bool nested = field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE && !field->is_map() &&
                        !IsValue(field->message_type());
    if (!nested) {
      out.emplace_back(path, FieldValue(message, field, around));
    } else if (!field->is_repeated()) {
      Collect(message.GetReflection()->GetMessage(message, field), path + ".", around, out);
    } else {
      for (int j = 0; j < message.GetReflection()->FieldSize(message, field); ++j) {
        Collect(message.GetReflection()->GetRepeatedMessage(message, field, j),
                absl::StrCat(path, "[", j, "]."), around, out);
      }
    }
  }
}

}  // namespace

absl::StatusOr<std::string> FieldText(const Message& message, absl::string_view path,
                                      const TextStyle& style) {
  const Message* at = &message;
  if (path == "id" && FindField(message.GetDescriptor(), "id") == nullptr) {
    return std::string(LastSegment(StringField(message, "name")));
  }
  const std::vector<absl::string_view> segments = absl::StrSplit(path, '.');
  for (size_t i = 0; i < segments.size(); ++i) {
    const FieldDescriptor* field = FindField(at->GetDescriptor(), segments[i]);
    const bool last = i + 1 == segments.size();
    if (field == nullptr || (!last && (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE ||
                                       field->is_repeated()))) {
      return NoSuchField(message.GetDescriptor(), path);
    }
    if (last) return FieldValue(*at, field, Around(message, style));
    at = &at->GetReflection()->GetMessage(*at, field);
  }
  return std::string();
}

absl::Status CheckField(const Message& prototype, absl::string_view path) {
  return FieldText(prototype, path, TextStyle()).status();
}

std::vector<std::pair<std::string, std::string>> AllFields(const Message& message,
                                                           const TextStyle& style) {
  std::vector<std::pair<std::string, std::string>> fields;
  Collect(message, "", Around(message, style), fields);
  return fields;
}

}  // namespace colloquy::cli
