#include "services/events/rules/localized.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "services/common/resource/validation.h"

namespace colloquy::events::rules {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using resource::Violations;
using v1::LocalizedText;

constexpr int kMaxTextCharacters = 20000;

void AddWithFallbacks(absl::string_view tag, std::vector<std::string>* chain) {
  while (!tag.empty()) {
    if (std::find(chain->begin(), chain->end(), tag) == chain->end()) chain->emplace_back(tag);
    size_t cut = tag.rfind('-');
    if (cut == absl::string_view::npos) return;
    tag = tag.substr(0, cut);
    // A single letter introduces an extension and means nothing without what followed it.
    if (tag.size() >= 2 && tag[tag.size() - 2] == '-') tag = tag.substr(0, tag.size() - 2);
  }
}

// Calls `visit` for every LocalizedText in `message` with its path.
void Walk(const std::string& prefix, Message* message,
          const std::function<void(const std::string&, LocalizedText*)>& visit) {
  const Reflection& reflection = *message->GetReflection();
  std::vector<const FieldDescriptor*> fields;
  reflection.ListFields(*message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field->is_map()) continue;
    int count = field->is_repeated() ? reflection.FieldSize(*message, field) : 1;
    for (int i = 0; i < count; ++i) {
      std::string path = field->is_repeated() ? absl::StrCat(prefix, field->name(), "[", i, "]")
                                              : absl::StrCat(prefix, field->name());
      Message* child = field->is_repeated() ? reflection.MutableRepeatedMessage(message, field, i)
                                            : reflection.MutableMessage(message, field);
      if (child->GetDescriptor() == LocalizedText::descriptor()) {
        visit(path, static_cast<LocalizedText*>(child));
      } else {
        Walk(absl::StrCat(path, "."), child, visit);
      }
    }
  }
}

void Normalize(const std::string& path, const std::string& default_language, LocalizedText* text,
               Violations* violations) {
  text->clear_resolved();
  text->clear_resolved_language();
  if (text->texts().empty()) return;
  // Sorted, so that the violations of one request always come in one order.
  std::vector<std::string> tags;
  for (const auto& [tag, unused] : text->texts()) tags.push_back(tag);
  std::sort(tags.begin(), tags.end());
  LocalizedText canonical;
  for (const std::string& tag : tags) {
    std::string field = absl::StrCat(path, ".texts[", tag, "]");
    const std::string& content = text->texts().at(tag);
    if (content.empty()) violations->Add(field, "is empty; leave the language out");
    violations->CheckLength(field, content, kMaxTextCharacters);
    absl::StatusOr<std::string> name = resource::CanonicalLanguageTag(tag, field);
    if (!name.ok()) {
      violations->Collect(name.status());
      continue;
    }
    if (!canonical.mutable_texts()->insert({*name, content}).second) {
      violations->Add(field, absl::StrCat("is the language ", *name, ", which is given twice"));
    }
  }
  if (!default_language.empty() && !canonical.texts().contains(default_language)) {
    violations->Add(absl::StrCat(path, ".texts"),
                    absl::StrCat("lacks the event's default language, ", default_language));
  }
  text->Swap(&canonical);
}

}  // namespace

std::vector<std::string> LanguageChain(absl::string_view language,
                                       absl::string_view default_language) {
  std::vector<std::string> chain;
  AddWithFallbacks(language, &chain);
  AddWithFallbacks(default_language, &chain);
  return chain;
}

const std::string* BestLanguage(const LocalizedText& text, const std::vector<std::string>& chain) {
  for (const std::string& tag : chain) {
    auto found = text.texts().find(tag);
    if (found != text.texts().end()) return &found->first;
  }
  const std::string* smallest = nullptr;
  for (const auto& [tag, unused] : text.texts()) {
    if (smallest == nullptr || tag < *smallest) smallest = &tag;
  }
  return smallest;
}

std::string TextIn(const LocalizedText& text, const std::vector<std::string>& chain) {
  const std::string* language = BestLanguage(text, chain);
  return language == nullptr ? "" : text.texts().at(*language);
}

void ResolveTexts(const std::vector<std::string>& chain, Message* message) {
  Walk("", message, [&](const std::string&, LocalizedText* text) {
    const std::string* language = BestLanguage(*text, chain);
    if (language == nullptr) return;
    text->set_resolved(text->texts().at(*language));
    text->set_resolved_language(*language);
  });
}

void NormalizeTexts(absl::string_view prefix, absl::string_view default_language, Message* message,
                    Violations* violations) {
  Walk(std::string(prefix), message, [&](const std::string& path, LocalizedText* text) {
    Normalize(path, std::string(default_language), text, violations);
  });
}

}  // namespace colloquy::events::rules
