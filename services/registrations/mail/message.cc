#include "services/registrations/mail/message.h"

#include <gmime/gmime.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace colloquy::registrations::mail {
namespace {

constexpr char kCharset[] = "utf-8";

struct Unref {
  template <typename T>
  void operator()(T* object) const {
    g_object_unref(object);
  }
};
template <typename T>
using Owned = std::unique_ptr<T, Unref>;

void InitOnce() {
  static std::once_flag once;
  std::call_once(once, g_mime_init);
}

// Takes bytes as they are, since GMime's own text part would guess at a charset.
Owned<GMimePart> NewPart(const char* type, const char* subtype, absl::string_view content,
                         GMimeContentEncoding encoding) {
  Owned<GMimePart> part(g_mime_part_new_with_type(type, subtype));
  const Owned<GMimeStream> stream(
      g_mime_stream_mem_new_with_buffer(content.data(), content.size()));
  const Owned<GMimeDataWrapper> wrapper(
      g_mime_data_wrapper_new_with_stream(stream.get(), GMIME_CONTENT_ENCODING_DEFAULT));
  g_mime_part_set_content(part.get(), wrapper.get());
  g_mime_part_set_content_encoding(part.get(), encoding);
  return part;
}

Owned<GMimePart> TextPart(const char* subtype, absl::string_view text) {
  Owned<GMimePart> part = NewPart("text", subtype, text, GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE);
  g_mime_object_set_content_type_parameter(GMIME_OBJECT(part.get()), "charset", kCharset);
  return part;
}

Owned<GMimePart> CalendarPart(const char* type, const char* subtype, const std::string& calendar) {
  Owned<GMimePart> part = NewPart(type, subtype, calendar, GMIME_CONTENT_ENCODING_BASE64);
  GMimeObject* object = GMIME_OBJECT(part.get());
  g_mime_object_set_content_type_parameter(object, "charset", kCharset);
  return part;
}

Owned<GMimeMultipart> Tree(const Message& message) {
  Owned<GMimeMultipart> mixed(g_mime_multipart_new_with_subtype("mixed"));
  const Owned<GMimeMultipart> alternative(g_mime_multipart_new_with_subtype("alternative"));
  g_mime_multipart_add(mixed.get(), GMIME_OBJECT(alternative.get()));
  const auto add = [](GMimeMultipart* parent, const Owned<GMimePart>& part) {
    g_mime_multipart_add(parent, GMIME_OBJECT(part.get()));
  };
  add(alternative.get(), TextPart("plain", message.text));
  add(alternative.get(), TextPart("html", message.html));
  if (message.calendar.empty()) return mixed;
  const Owned<GMimePart> request = CalendarPart("text", "calendar", message.calendar);
  g_mime_object_set_content_type_parameter(GMIME_OBJECT(request.get()), "method", "REQUEST");
  add(alternative.get(), request);
  const Owned<GMimePart> attached = CalendarPart("application", "ics", message.calendar);
  g_mime_part_set_filename(attached.get(), "invitation.ics");
  add(mixed.get(), attached);
  return mixed;
}

void AddMailbox(GMimeMessage* to, GMimeAddressType type, const Mailbox& mailbox) {
  const std::string name = OneLine(mailbox.name);
  g_mime_message_add_mailbox(to, type, name.empty() ? nullptr : name.c_str(),
                             OneLine(mailbox.address).c_str());
}

// Written as it is: GMime would fold a long link inside.
void AddRaw(GMimeMessage* to, const char* name, const std::string& value) {
  GMimeHeaderList* headers = g_mime_object_get_header_list(GMIME_OBJECT(to));
  g_mime_header_list_append(headers, name, "", nullptr);
  g_mime_header_set_raw_value(
      g_mime_header_list_get_header_at(headers, g_mime_header_list_get_count(headers) - 1),
      absl::StrCat(" ", value, "\n").c_str());
}

// What stands between angle brackets: printable ASCII without what would end it.
std::string Bracketed(absl::string_view text) {
  std::string clean = "<";
  for (const char c : text) {
    if (absl::ascii_isgraph(c) && c != '<' && c != '>') clean.push_back(c);
  }
  return clean + ">";
}

void AddHeaders(const Message& message, GMimeMessage* to) {
  AddMailbox(to, GMIME_ADDRESS_TYPE_FROM, message.from);
  AddMailbox(to, GMIME_ADDRESS_TYPE_REPLY_TO, message.reply_to);
  AddMailbox(to, GMIME_ADDRESS_TYPE_TO, message.to);
  g_mime_message_set_subject(to, OneLine(message.subject).c_str(), kCharset);
  GDateTime* date = g_date_time_new_from_unix_utc(absl::ToUnixSeconds(message.date));
  g_mime_message_set_date(to, date);
  g_date_time_unref(date);
  AddRaw(to, "Message-ID", Bracketed(message.message_id));
  AddRaw(to, "Auto-Submitted", "auto-generated");
  AddRaw(to, "X-Auto-Response-Suppress", "All");
  AddRaw(to, "List-Unsubscribe",
         absl::StrCat(Bracketed(message.unsubscribe_url), ",\n ",
                      Bracketed(message.unsubscribe_mailto)));
  AddRaw(to, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
  const std::string language = OneLine(message.language);
  if (std::all_of(language.begin(), language.end(),
                  [](char c) { return absl::ascii_isalnum(c) || c == '-'; }) &&
      !language.empty())
    AddRaw(to, "Content-Language", language);
}

std::string WithCrlf(absl::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 32);
  for (const char c : text) {
    if (c == '\r') continue;
    if (c == '\n') out.push_back('\r');
    out.push_back(c);
  }
  return out;
}

}  // namespace

std::string OneLine(absl::string_view text) {
  std::string line;
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const auto size = static_cast<int32_t>(text.size());
  for (int32_t i = 0; i < size;) {
    UChar32 c = 0;
    U8_NEXT_OR_FFFD(bytes, i, size, c);
    if (u_iscntrl(c) || c == 0x2028 || c == 0x2029) c = ' ';
    char utf8[U8_MAX_LENGTH];
    int32_t length = 0;
    U8_APPEND_UNSAFE(utf8, length, c);
    line.append(utf8, static_cast<size_t>(length));
  }
  return std::string(absl::StripAsciiWhitespace(line));
}

std::string Write(const Message& message) {
  InitOnce();
  const Owned<GMimeMessage> mime(g_mime_message_new(/*pretty_headers=*/TRUE));
  AddHeaders(message, mime.get());
  g_mime_message_set_mime_part(mime.get(), GMIME_OBJECT(Tree(message).get()));
  char* text = g_mime_object_to_string(GMIME_OBJECT(mime.get()), nullptr);
  std::string bytes = WithCrlf(text == nullptr ? "" : text);
  g_free(text);
  return bytes;
}

}  // namespace colloquy::registrations::mail
