// HTML that cannot be forgotten to escape: only literals of the program go in as they are.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_MARKUP_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_MARKUP_H_

#include <concepts>
#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace colloquy::dialogues::rules::report {

// Somebody's words. Shown as text wherever they stand, also in attributes in double quotes.
struct Text {
  absl::string_view words;
};

// `words` as text of HTML and XML: & < > " ' as references; U+FFFD for bytes that are not UTF-8,
// for control characters but line ends and tabs, for characters that change the direction of what
// follows (U+202A–202E, U+2066–2069), and for noncharacters.
std::string EscapeHtml(absl::string_view words);

// As EscapeHtml says, without the references: words that can be shown.
std::string Clean(absl::string_view words);

class Markup {
 public:
  template <typename... Parts>
  Markup& Add(const Parts&... parts) {
    (AddPart(parts), ...);
    return *this;
  }

  const std::string& str() const { return out_; }
  size_t size() const { return out_.size(); }

 private:
  template <size_t N>
  void AddPart(const char (&literal)[N]) {
    out_.append(literal, N - 1);
  }
  template <std::integral Number>
  void AddPart(Number number) {
    absl::StrAppend(&out_, number);
  }
  // Coordinates and shares: one decimal is a tenth of a pixel.
  void AddPart(double number);
  void AddPart(const Text& text) { out_ += EscapeHtml(text.words); }
  void AddPart(const Markup& markup) { out_ += markup.out_; }

  std::string out_;
};

}  // namespace colloquy::dialogues::rules::report

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_REPORT_MARKUP_H_
