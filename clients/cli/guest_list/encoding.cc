#include "clients/cli/guest_list/encoding.h"

#include <uchardet/uchardet.h>
#include <unicode/ucnv_cb.h>
#include <unicode/unistr.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "clients/cli/guest_list/header.h"

namespace colloquy::cli {
namespace {

constexpr size_t kHeadBytes = 64 << 10;
constexpr size_t kGuessBytes = 1 << 20;

// A noncharacter: no text that is interchanged holds it.
constexpr UChar kBadUnit = 0xFDD0;

bool IsUtf8(const std::string& name) { return ucnv_compareNames(name.c_str(), "UTF-8") == 0; }

// Calls `good(sequence)` or `bad()` for each character of `bytes`; returns where an unfinished
// sequence at the end begins.
template <typename Good, typename Bad>
size_t WalkUtf8(absl::string_view bytes, const Good& good, const Bad& bad) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  const auto size = static_cast<int32_t>(bytes.size());
  for (int32_t at = 0; at < size;) {
    const int32_t begin = at;
    if (data[at] < 0x80) {
      while (at < size && data[at] < 0x80) ++at;
      good(bytes.substr(begin, at - begin));
      continue;
    }
    UChar32 c;
    U8_NEXT(data, at, size, c);
    // The sequence may go on in the next piece.
    if (c < 0 && at == size && U8_IS_LEAD(data[begin]) &&
        size - begin < 1 + U8_COUNT_TRAIL_BYTES(data[begin])) {
      return begin;
    }
    if (c < 0) {
      bad();
    } else {
      good(bytes.substr(begin, at - begin));
    }
  }
  return bytes.size();
}

void MarkBad(const void*, UConverterToUnicodeArgs* args, const char*, int32_t,
             UConverterCallbackReason reason, UErrorCode* error) {
  // The reasons after these tell of the converter's own life.
  if (reason > UCNV_IRREGULAR) return;
  *error = U_ZERO_ERROR;
  const UChar unit = kBadUnit;
  ucnv_cbToUWriteUChars(args, &unit, 1, 0, error);
}

absl::StatusOr<UConverter*> OpenConverter(const std::string& encoding) {
  if (IsUtf8(encoding)) return nullptr;
  UErrorCode error = U_ZERO_ERROR;
  UConverter* converter = ucnv_open(encoding.c_str(), &error);
  if (U_SUCCESS(error)) return converter;
  return absl::InvalidArgumentError(
      absl::StrCat("No encoding is called '", encoding, "'; windows-1252 and utf-16le are some."));
}

}  // namespace

Encoding EncodingOfMark(absl::string_view bytes) {
  static constexpr std::pair<const char*, absl::string_view> kMarks[] = {
      {"UTF-8", absl::string_view("\xEF\xBB\xBF", 3)},
      {"UTF-32LE", absl::string_view("\xFF\xFE\0\0", 4)},
      {"UTF-32BE", absl::string_view("\0\0\xFE\xFF", 4)},
      {"UTF-16LE", absl::string_view("\xFF\xFE", 2)},
      {"UTF-16BE", absl::string_view("\xFE\xFF", 2)}};
  for (const auto& [name, mark] : kMarks) {
    if (absl::StartsWith(bytes, mark)) return {name, std::string(mark)};
  }
  return {"", ""};
}

EncodingDetector::EncodingDetector() : guesser_(uchardet_new()) {}

EncodingDetector::~EncodingDetector() { uchardet_delete(guesser_); }

void EncodingDetector::CountUtf8(absl::string_view bytes) {
  std::string joined;
  if (!tail_.empty()) {
    joined = absl::StrCat(tail_, bytes);
    bytes = joined;
  }
  const size_t end = WalkUtf8(
      bytes, [&](absl::string_view good) { sequences_ += good[0] & 0x80 ? 1 : 0; },
      [&] { ++bad_bytes_; });
  tail_ = std::string(bytes.substr(end));
}

void EncodingDetector::Feed(absl::string_view bytes) {
  absl::StrAppend(&head_, bytes.substr(0, kHeadBytes - head_.size()));
  CountUtf8(bytes);
  bool high = false;
  for (const char c : bytes) {
    const auto byte = static_cast<uint8_t>(c);
    high |= byte >= 0x80;
    c1_seen_ |= byte >= 0x80 && byte < 0xa0;
  }
  // What is plain ASCII tells the guesser nothing.
  if (!high || guessed_bytes_ >= kGuessBytes) return;
  guessed_bytes_ += bytes.size();
  uchardet_handle_data(guesser_, bytes.data(), bytes.size());
}

// As Latin-1, which has the letters of titles where windows-1252 has them.
std::string EncodingDetector::FirstLine() const {
  std::string line;
  for (const char c : head_.substr(0, head_.find_first_of("\r\n"))) {
    const auto byte = static_cast<uint8_t>(c);
    if (byte < 0x80) {
      line.push_back(c);
    } else {
      line.push_back(static_cast<char>(0xC0 | byte >> 6));
      line.push_back(static_cast<char>(0x80 | (byte & 0x3F)));
    }
  }
  return line;
}

std::string EncodingDetector::GuessEightBit() {
  uchardet_data_end(guesser_);
  const std::string guess = absl::AsciiStrToLower(uchardet_get_charset(guesser_));
  static constexpr std::pair<absl::string_view, absl::string_view> kWindowsTwins[] = {
      {"iso-8859-2", "windows-1250"},
      {"iso-8859-5", "windows-1251"},
      {"iso-8859-7", "windows-1253"},
      {"iso-8859-9", "windows-1254"},
      {"iso-8859-15", "windows-1252"}};
  // uchardet confuses the two where a list holds few accents.
  if ((guess == "iso-8859-2" || guess == "windows-1250") && HasWesternTitles(FirstLine()))
    return "windows-1252";
  for (const auto& [iso, windows] : kWindowsTwins) {
    if (guess == windows) return guess;
    if (guess == iso) return std::string(c1_seen_ ? windows : iso);
  }
  return guess == "koi8-r" ? guess : "windows-1252";
}

Encoding EncodingDetector::Detect() {
  if (Encoding marked = EncodingOfMark(head_); !marked.name.empty()) return marked;
  size_t zeros[2] = {0, 0};
  for (size_t i = 0; i < head_.size(); ++i) zeros[i % 2] += head_[i] == '\0' ? 1 : 0;
  // In Latin text every other byte is zero; delimiters and line ends see to some of them in any.
  const size_t units = head_.size() / 2;
  if (units > 0 && zeros[1] * 3 > units && zeros[0] * 20 < units) return {"UTF-16LE", ""};
  if (units > 0 && zeros[0] * 3 > units && zeros[1] * 20 < units) return {"UTF-16BE", ""};
  bad_bytes_ += tail_.empty() ? 0 : 1;
  if (bad_bytes_ == 0 || sequences_ > bad_bytes_) return {"UTF-8", ""};
  return {GuessEightBit(), ""};
}

absl::StatusOr<std::unique_ptr<TextDecoder>> TextDecoder::Open(const std::string& encoding) {
  absl::StatusOr<UConverter*> converter = OpenConverter(encoding);
  if (!converter.ok()) return converter.status();
  if (*converter != nullptr) {
    UErrorCode error = U_ZERO_ERROR;
    ucnv_setToUCallBack(*converter, MarkBad, nullptr, nullptr, nullptr, &error);
  }
  return std::unique_ptr<TextDecoder>(new TextDecoder(*converter));
}

void TextDecoder::Decode(absl::string_view bytes, bool last, std::string* text) {
  converter_ == nullptr ? DecodeUtf8(bytes, last, text) : DecodeByIcu(bytes, last, text);
}

void TextDecoder::DecodeUtf8(absl::string_view bytes, bool last, std::string* text) {
  std::string joined;
  if (!tail_.empty()) {
    joined = absl::StrCat(tail_, bytes);
    bytes = joined;
  }
  const size_t end = WalkUtf8(
      bytes, [&](absl::string_view good) { absl::StrAppend(text, good); },
      [&] { text->push_back(kBadByte); });
  tail_ = std::string(bytes.substr(end));
  if (!last || tail_.empty()) return;
  text->push_back(kBadByte);
  tail_.clear();
}

void TextDecoder::DecodeByIcu(absl::string_view bytes, bool last, std::string* text) {
  const char* source = bytes.data();
  const char* const end = source + bytes.size();
  std::u16string units;
  UErrorCode error;
  do {
    const size_t done = units.size();
    units.resize(done + bytes.size() + 32);
    UChar* target = units.data() + done;
    error = U_ZERO_ERROR;
    ucnv_toUnicode(converter_.get(), &target, units.data() + units.size(), &source, end, nullptr,
                   last, &error);
    units.resize(target - units.data());
  } while (error == U_BUFFER_OVERFLOW_ERROR);
  // A character cut in half by the end of the file.
  if (U_FAILURE(error)) units.push_back(kBadUnit);
  const auto size = static_cast<int32_t>(units.size());
  for (int32_t at = 0; at < size;) {
    UChar32 c;
    U16_NEXT(units.data(), at, size, c);
    if (c == kBadUnit || U_IS_SURROGATE(c)) {
      text->push_back(kBadByte);
      continue;
    }
    char sequence[U8_MAX_LENGTH];
    int32_t length = 0;
    U8_APPEND_UNSAFE(sequence, length, c);
    text->append(sequence, length);
  }
}

absl::StatusOr<std::unique_ptr<TextEncoder>> TextEncoder::Open(const std::string& encoding) {
  absl::StatusOr<UConverter*> converter = OpenConverter(encoding);
  if (!converter.ok()) return converter.status();
  if (*converter != nullptr) {
    UErrorCode error = U_ZERO_ERROR;
    const UChar mark = '?';
    ucnv_setSubstString(*converter, &mark, 1, &error);
  }
  return std::unique_ptr<TextEncoder>(new TextEncoder(*converter));
}

std::string TextEncoder::Encode(absl::string_view text) const {
  if (converter_ == nullptr) return std::string(text);
  const icu::UnicodeString units = icu::UnicodeString::fromUTF8(
      icu::StringPiece(text.data(), static_cast<int32_t>(text.size())));
  std::string bytes(UCNV_GET_MAX_BYTES_FOR_STRING(units.length(), 4), '\0');
  UErrorCode error = U_ZERO_ERROR;
  const int32_t size =
      ucnv_fromUChars(converter_.get(), bytes.data(), static_cast<int32_t>(bytes.size()),
                      units.getBuffer(), units.length(), &error);
  bytes.resize(U_SUCCESS(error) ? size : 0);
  return bytes;
}

}  // namespace colloquy::cli
