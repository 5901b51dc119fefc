#include "services/common/auth/permissions.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.h"
#include "services/common/errors/errors.h"

namespace colloquy::auth {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::DescriptorPool;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::MethodDescriptor;
using google::protobuf::Reflection;

// "/package.Service/Method" in the contract linked into this process.
const MethodDescriptor* FindMethod(absl::string_view method) {
  if (!absl::ConsumePrefix(&method, "/")) return nullptr;
  const std::string full_name = absl::StrReplaceAll(method, {{"/", "."}});
  return DescriptorPool::generated_pool()->FindMethodByName(full_name);
}

absl::Status Defect(absl::string_view method, absl::string_view what) {
  return absl::InternalError(absl::StrCat("permission table, ", method, ": ", what));
}

// The id that follows `collection` + '/' at the start of `name`, and the rest behind its '/'; an
// empty id if `name` does not start so.
absl::string_view ConsumeId(absl::string_view& name, absl::string_view collection) {
  absl::string_view rest = name;
  if (!absl::ConsumePrefix(&rest, collection) || !absl::ConsumePrefix(&rest, "/")) return {};
  const size_t slash = rest.find('/');
  const absl::string_view id = rest.substr(0, slash);
  name = slash == absl::string_view::npos ? absl::string_view() : rest.substr(slash + 1);
  return id;
}

// collection/id pairs, none empty: something that could be a name, if not one below an organizer.
bool IsWellFormed(absl::string_view name) {
  int segments = 0;
  for (absl::string_view segment : absl::StrSplit(name, '/')) {
    if (segment.empty()) return false;
    ++segments;
  }
  return segments % 2 == 0;
}

absl::Status MissingCredentials() {
  return errors::Make(absl::StatusCode::kUnauthenticated, errors::ErrorReason::CREDENTIALS_MISSING,
                      "This method needs a credential: send an API key as "
                      "`authorization: Bearer clq_…`.");
}

}  // namespace

absl::StatusOr<PermissionTable::Path> PermissionTable::Resolve(const Descriptor* request,
                                                               absl::string_view text) {
  Path path;
  path.optional = absl::ConsumeSuffix(&text, "?");
  path.text = std::string(text);
  const Descriptor* at = request;
  for (absl::string_view segment : absl::StrSplit(text, '.')) {
    const bool repeated = absl::ConsumeSuffix(&segment, "[]");
    const FieldDescriptor* field = at ? at->FindFieldByName(std::string(segment)) : nullptr;
    if (field == nullptr) return absl::InternalError(absl::StrCat("no field ", text));
    if (field->is_repeated() != repeated) {
      return absl::InternalError(absl::StrCat("[] does not fit the field ", text));
    }
    path.steps.push_back(field);
    at = field->message_type();
  }
  if (path.steps.back()->type() != FieldDescriptor::TYPE_STRING) {
    return absl::InternalError(absl::StrCat("not a string field: ", text));
  }
  return path;
}

absl::StatusOr<PermissionTable> PermissionTable::Create(absl::Span<const Permission> permissions) {
  PermissionTable table;
  for (const Permission& permission : permissions) {
    const MethodDescriptor* method = FindMethod(permission.method);
    if (method == nullptr) return Defect(permission.method, "the contract has no such method");
    Rule rule{permission.method, permission.roles, permission.any_organizer, {}};
    for (const std::string& name : permission.names) {
      absl::StatusOr<Path> path = Resolve(method->input_type(), name);
      if (!path.ok()) return Defect(permission.method, path.status().message());
      rule.paths.push_back(*std::move(path));
    }
    if (!table.rules_.emplace(permission.method, std::move(rule)).second) {
      return Defect(permission.method, "listed twice");
    }
  }
  return table;
}

absl::Status PermissionTable::Authorize(absl::string_view method, const Caller& caller,
                                        const Message& request) const {
  const auto found = rules_.find(method);
  if (found == rules_.end()) return errors::PermissionDenied(method);
  const Rule& rule = found->second;
  if (!rule.roles.Has(caller.role)) {
    return caller.role == Role::kAnonymous ? MissingCredentials()
                                           : errors::PermissionDenied(method);
  }
  // Operators and services are bound to no organizer.
  if (caller.role == Role::kOperator || caller.role == Role::kService) return absl::OkStatus();
  for (const Path& path : rule.paths) {
    COLLOQUY_RETURN_IF_ERROR(CheckPath(rule, path, 0, caller, request));
  }
  return absl::OkStatus();
}

absl::Status PermissionTable::CheckPath(const Rule& rule, const Path& path, size_t step,
                                        const Caller& caller, const Message& message) {
  const FieldDescriptor* field = path.steps[step];
  const Reflection* reflection = message.GetReflection();
  const bool last = step + 1 == path.steps.size();
  std::string scratch;
  if (!field->is_repeated()) {
    // An absent message reads as the default instance, whose names are empty: refused below.
    return last ? CheckName(rule, path, caller,
                            reflection->GetStringReference(message, field, &scratch))
                : CheckPath(rule, path, step + 1, caller, reflection->GetMessage(message, field));
  }
  const int size = reflection->FieldSize(message, field);
  for (int i = 0; i < size; ++i) {
    COLLOQUY_RETURN_IF_ERROR(
        last ? CheckName(rule, path, caller,
                         reflection->GetRepeatedStringReference(message, field, i, &scratch))
             : CheckPath(rule, path, step + 1, caller,
                         reflection->GetRepeatedMessage(message, field, i)));
  }
  return absl::OkStatus();
}

absl::Status PermissionTable::CheckName(const Rule& rule, const Path& path, const Caller& caller,
                                        absl::string_view name) {
  if (name.empty()) return path.optional ? absl::OkStatus() : errors::RequiredField(path.text);
  const absl::string_view whole = name;
  const absl::string_view organizer = ConsumeId(name, "organizers");
  if (organizer.empty()) {
    // What a caller of no organizer names is for the handler to judge.
    if (caller.role == Role::kAnonymous) return absl::OkStatus();
    if (IsWellFormed(whole)) return errors::PermissionDenied(rule.method);
    return errors::InvalidField(path.text, "not a resource name below organizers/{organizer}",
                                errors::ErrorReason::RESOURCE_NAME_INVALID);
  }
  if (organizer == "-") {
    return rule.any_organizer.Has(caller.role) ? absl::OkStatus()
                                               : errors::PermissionDenied(rule.method);
  }
  if (caller.role == Role::kAnonymous) return absl::OkStatus();
  if (organizer != caller.organizer) return errors::PermissionDenied(rule.method);
  if (caller.role != Role::kPartner) return absl::OkStatus();
  const absl::string_view partner = ConsumeId(name, "partners");
  if (!partner.empty() && partner != caller.partner) return errors::PermissionDenied(rule.method);
  return absl::OkStatus();
}

std::vector<std::string> PermissionTable::Methods() const {
  std::vector<std::string> methods;
  for (const auto& [method, rule] : rules_) methods.push_back(method);
  std::sort(methods.begin(), methods.end());
  return methods;
}

Roles PermissionTable::RolesOf(absl::string_view method) const {
  const auto found = rules_.find(method);
  return found == rules_.end() ? kNoRoles : found->second.roles;
}

}  // namespace colloquy::auth
