#include "services/web/pages/event_view.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace colloquy::web {
namespace {

using events::v1::Event;
using events::v1::Session;

// A text with its language where it is not the page's.
void SetText(const std::string& key, const Chosen& chosen, const Reader& reader, Data& data) {
  data.set(key, Optional(chosen.text));
  data.set(absl::StrCat(key, "_lang"),
           Optional(chosen.language == reader.tag() ? "" : chosen.language));
}

std::vector<std::string> PlaceLines(const events::v1::Venue& venue, const Reader& reader) {
  std::vector<std::string> lines;
  const auto add = [&lines](const std::string& line) {
    if (!line.empty()) lines.push_back(line);
  };
  add(venue.display_name());
  if (!venue.room().empty()) add(absl::StrCat(reader.Say("room"), ": ", venue.room()));
  for (const std::string& line : venue.address().address_lines()) add(line);
  add(std::string(absl::StripAsciiWhitespace(
      absl::StrCat(venue.address().postal_code(), " ", venue.address().locality()))));
  if (!venue.address().region_code().empty()) {
    add(CountryName(reader, venue.address().region_code()));
  }
  return lines;
}

Data Lines(const std::vector<std::string>& lines) {
  Data list = List();
  for (const std::string& line : lines) list.push_back(Data("line", line));
  return list;
}

std::string Town(const Event& event, const Reader& reader) {
  const auto& address = event.venue().address();
  std::vector<std::string> parts;
  if (!address.locality().empty()) parts.push_back(address.locality());
  if (!address.region_code().empty()) parts.push_back(CountryName(reader, address.region_code()));
  return absl::StrJoin(parts, ", ");
}

std::string KindAndMode(const Event& event, const Reader& reader) {
  std::string text;
  if (event.kind() >= 1 && event.kind() <= 6) {
    absl::StrAppend(&text, reader.Say(absl::StrCat("kind_", event.kind())));
  }
  if (event.mode() >= 1 && event.mode() <= 3) {
    absl::StrAppend(&text, text.empty() ? "" : " · ",
                    reader.Say(absl::StrCat("mode_", event.mode())));
  }
  return text;
}

void SetTimes(const Event& event, const Reader& reader, Data& data) {
  data.set("has_time", Flag(event.has_start_time()));
  if (!event.has_start_time()) return;
  const absl::Time start = FromProto(event.start_time());
  const absl::Time end = event.has_end_time() ? FromProto(event.end_time()) : start;
  data.set("when", FormatRange(reader, start, end, event.time_zone()));
  data.set("zone", ZoneName(reader, start, event.time_zone()));
  data.set("start", FormatMachine(start, event.time_zone()));
}

void SetFacts(const Event& event, const Reader& reader, Data& data) {
  const std::vector<std::string> place = PlaceLines(event.venue(), reader);
  data.set("has_place", Flag(event.mode() != Event::ONLINE && !place.empty()));
  data.set("place", Lines(place));
  std::vector<std::string> spoken;
  for (const std::string& tag : event.languages()) spoken.push_back(LanguageName(reader, tag));
  data.set("spoken", Optional(absl::StrJoin(spoken, ", ")));
  data.set("topics", Optional(absl::StrJoin(event.topics(), ", ")));
  data.set("contact", Optional(event.contact_email()));
  data.set("website", Optional(IsWebAddress(event.website_uri()) ? event.website_uri() : ""));
  data.set("mode", Optional(event.mode() >= 1 && event.mode() <= 3
                                ? std::string(reader.Say(absl::StrCat("mode_", event.mode())))
                                : ""));
}

struct Block {
  enum Kind { kParagraph, kItem, kHeading } kind;
  std::string text;
};

std::vector<Block> Split(const std::string& text) {
  std::vector<Block> blocks;
  bool open = false;  // the last block goes on
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    const size_t hashes = std::min(line.find_first_not_of('#'), line.size());
    if (line.empty()) {
      open = false;
    } else if (hashes > 0 && hashes <= 6 && hashes < line.size() && line[hashes] == ' ') {
      blocks.push_back(
          {Block::kHeading, std::string(absl::StripAsciiWhitespace(line.substr(hashes)))});
      open = false;
    } else if (absl::ConsumePrefix(&line, "- ") || absl::ConsumePrefix(&line, "* ")) {
      blocks.push_back({Block::kItem, std::string(line)});
      open = true;
    } else if (open) {
      absl::StrAppend(&blocks.back().text, " ", line);
    } else {
      blocks.push_back({Block::kParagraph, std::string(line)});
      open = true;
    }
  }
  return blocks;
}

}  // namespace

Data BlocksOf(const std::string& text) {
  const std::vector<Block> blocks = Split(text);
  Data list = List();
  for (size_t i = 0; i < blocks.size();) {
    Data data;
    data.set("paragraph", Flag(false));
    data.set("heading", Flag(false));
    data.set("is_list", Flag(false));
    if (blocks[i].kind != Block::kItem) {
      data.set(blocks[i].kind == Block::kHeading ? "heading" : "paragraph", blocks[i].text);
      ++i;
    } else {
      data.set("is_list", Flag(true));
      Data items = List();
      for (; i < blocks.size() && blocks[i].kind == Block::kItem; ++i) {
        items.push_back(Data("item", blocks[i].text));
      }
      data.set("items", items);
    }
    list.push_back(data);
  }
  return list;
}

bool IsWebAddress(absl::string_view uri) {
  return absl::StartsWithIgnoreCase(uri, "https://") || absl::StartsWithIgnoreCase(uri, "http://");
}

std::string TitleOf(const Event& event, const Reader& reader) {
  return Choose(event.title(), reader, event.default_language()).text;
}

std::string PathOf(const std::string& event_name) {
  const std::vector<absl::string_view> parts = absl::StrSplit(event_name, '/');
  if (parts.size() != 4) return "";
  return absl::StrCat("/e/", parts[1], "/", parts[3]);
}

Data ViewOf(const Event& event, const Reader& reader, bool shows_online_link) {
  Data data;
  SetText("title", Choose(event.title(), reader, event.default_language()), reader, data);
  SetText("summary", Choose(event.summary(), reader, event.default_language()), reader, data);
  const Chosen description = Choose(event.description(), reader, event.default_language());
  data.set("has_description", Flag(!description.text.empty()));
  data.set("description_lang",
           Optional(description.language == reader.tag() ? "" : description.language));
  data.set("description", BlocksOf(description.text));
  data.set("kind", KindAndMode(event, reader));
  SetTimes(event, reader, data);
  SetFacts(event, reader, data);
  data.set(
      "online_uri",
      Optional(shows_online_link && IsWebAddress(event.online_uri()) ? event.online_uri() : ""));
  data.set("event_cancelled", Flag(event.state() == Event::CANCELLED));
  data.set("cancel_reason", Optional(event.cancel_reason()));
  data.set("event_over", Flag(event.state() == Event::COMPLETED));
  data.set("event_running", Flag(event.state() == Event::IN_PROGRESS));
  return data;
}

Data EntryOf(const Event& event, const Reader& reader) {
  Data data;
  SetText("title", Choose(event.title(), reader, event.default_language()), reader, data);
  SetText("summary", Choose(event.summary(), reader, event.default_language()), reader, data);
  data.set("kind", KindAndMode(event, reader));
  data.set("href", PathOf(event.name()));
  data.set("town", Optional(event.mode() == Event::ONLINE ? "" : Town(event, reader)));
  data.set("event_cancelled", Flag(event.state() == Event::CANCELLED));
  SetTimes(event, reader, data);
  return data;
}

Data TimetableOf(const Event& event, const std::vector<Session>& sessions, const Reader& reader) {
  Data list = List();
  std::string day;
  for (const Session& session : sessions) {
    Data data;
    const absl::Time start = FromProto(session.start_time());
    const std::string machine = FormatMachine(start, event.time_zone());
    data.set("hours", FormatHours(reader, start, FromProto(session.end_time()), event.time_zone()));
    data.set("start", machine);
    SetText("title", Choose(session.title(), reader, event.default_language()), reader, data);
    data.set("room", Optional(session.room()));
    std::vector<std::string> speakers;
    for (const auto& speaker : session.speakers()) speakers.push_back(speaker.display_name());
    data.set("speakers", Optional(absl::StrJoin(speakers, ", ")));
    // A heading before the first session of each day.
    const bool new_day = machine.substr(0, 10) != day;
    day = machine.substr(0, 10);
    data.set("day", Optional(new_day ? FormatDay(reader, start, event.time_zone()) : ""));
    list.push_back(data);
  }
  return list;
}

}  // namespace colloquy::web
