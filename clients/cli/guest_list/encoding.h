// Which encoding a guest list is in, and its text as UTF-8. Nothing here is thread-safe.
#ifndef COLLOQUY_CLIENTS_CLI_GUEST_LIST_ENCODING_H_
#define COLLOQUY_CLIENTS_CLI_GUEST_LIST_ENCODING_H_

#include <unicode/ucnv.h>

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

struct uchardet;

namespace colloquy::cli {

// Stands in decoded text for bytes that the encoding does not have; no UTF-8 text holds it.
inline constexpr char kBadByte = '\xff';

struct Encoding {
  // A name that ICU knows: "UTF-8", "UTF-16LE", "windows-1252".
  std::string name = "UTF-8";
  // The byte order mark that the file begins with; often none.
  std::string mark;
};

// The byte order mark at the start of `bytes`, with its encoding; empty name if there is none.
Encoding EncodingOfMark(absl::string_view bytes);

// Is shown all bytes of a file once, so that the first umlaut counts even if it comes late.
//
// In this order: byte order mark; UTF-16 by where its zero bytes are; UTF-8 if no byte speaks
// against it, or more do for it; then uchardet's guess among the 8-bit encodings of Europe. Where
// that guess is none of them: Windows-1252, which Excel writes in most of Europe. ISO-8859-1 is
// taken for Windows-1252, as the WHATWG Encoding Standard does.
class EncodingDetector {
 public:
  EncodingDetector();
  ~EncodingDetector();
  EncodingDetector(const EncodingDetector&) = delete;
  EncodingDetector& operator=(const EncodingDetector&) = delete;

  void Feed(absl::string_view bytes);
  // To be called once, after the last byte.
  Encoding Detect();

 private:
  void CountUtf8(absl::string_view bytes);
  std::string FirstLine() const;
  std::string GuessEightBit();

  std::string head_;  // the first 64 KiB
  std::string tail_;  // an unfinished UTF-8 sequence
  int64_t sequences_ = 0;
  int64_t bad_bytes_ = 0;
  bool c1_seen_ = false;  // 0x80 to 0x9f: not in ISO-8859
  size_t guessed_bytes_ = 0;
  uchardet* guesser_;
};

// Bytes of a file, piece by piece, as UTF-8. Bytes that mean nothing become kBadByte, including
// what is left of a character at the end.
class TextDecoder {
 public:
  // INVALID_ARGUMENT if ICU knows no encoding of that name.
  static absl::StatusOr<std::unique_ptr<TextDecoder>> Open(const std::string& encoding);

  // Appends to `text`. `last` says that nothing comes after.
  void Decode(absl::string_view bytes, bool last, std::string* text);

 private:
  struct Close {
    void operator()(UConverter* converter) const { ucnv_close(converter); }
  };
  explicit TextDecoder(UConverter* converter) : converter_(converter) {}
  void DecodeUtf8(absl::string_view bytes, bool last, std::string* text);
  void DecodeByIcu(absl::string_view bytes, bool last, std::string* text);

  const std::unique_ptr<UConverter, Close> converter_;  // null: UTF-8
  std::string tail_;
};

// UTF-8 text in another encoding; '?' for what it does not have.
class TextEncoder {
 public:
  // INVALID_ARGUMENT if ICU knows no encoding of that name.
  static absl::StatusOr<std::unique_ptr<TextEncoder>> Open(const std::string& encoding);
  std::string Encode(absl::string_view text) const;

 private:
  struct Close {
    void operator()(UConverter* converter) const { ucnv_close(converter); }
  };
  explicit TextEncoder(UConverter* converter) : converter_(converter) {}

  const std::unique_ptr<UConverter, Close> converter_;  // null: UTF-8
};

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_GUEST_LIST_ENCODING_H_
