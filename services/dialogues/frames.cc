#include "services/dialogues/frames.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "services/common/errors/errors.h"

namespace colloquy::dialogues {
namespace {

absl::Status TooSlow() {
  return errors::Make(
      absl::StatusCode::kResourceExhausted, errors::ErrorReason::CONSUMER_TOO_SLOW,
      "The reader of this stream takes nothing any more; resume at the last cursor.");
}

}  // namespace

std::string Frames::CursorAt(int64_t number) const {
  return absl::WebSafeBase64Escape(absl::StrCat(epoch_, number));
}

std::optional<int64_t> Frames::NumberOf(absl::string_view cursor) const {
  std::string text;
  if (!absl::WebSafeBase64Unescape(cursor, &text)) return std::nullopt;
  absl::string_view rest = text;
  int64_t number = 0;
  if (!absl::ConsumePrefix(&rest, epoch_) || !absl::SimpleAtoi(rest, &number)) return std::nullopt;
  return number;
}

void Frames::Add(std::shared_ptr<Writer> writer, absl::string_view cursor, absl::Time now) {
  used_ = true;
  Reader reader{.writer = std::move(writer), .next = std::nullopt, .moving_since = now};
  const std::optional<int64_t> number = NumberOf(cursor);
  if (number.has_value() && *number <= newest_ && *number + 1 >= oldest()) {
    reader.next = *number + 1;
  }
  readers_.push_back(std::move(reader));
}

void Frames::Push(v1::RoomUpdate update) {
  update.set_cursor(CursorAt(++newest_));
  rpc::Encoded<v1::RoomUpdate> encoded(update);
  const size_t bytes = encoded.size();
  frames_.push_back({std::move(encoded), bytes});
  bytes_ += bytes;
  while (frames_.size() > options_.frames || (bytes_ > options_.bytes && frames_.size() > 1)) {
    bytes_ -= frames_.front().bytes;
    frames_.pop_front();
  }
  whole_.reset();
}

void Frames::Serve(absl::Time now, absl::FunctionRef<v1::RoomUpdate()> whole) {
  std::erase_if(readers_, [&](Reader& reader) {
    if (reader.writer->cancelled()) return true;
    const bool moved = Write(reader, whole);
    if (moved || (reader.next.has_value() && *reader.next > newest_)) reader.moving_since = now;
    if (now < reader.moving_since + options_.stall) return false;
    reader.writer->Finish(TooSlow());
    return true;
  });
}

bool Frames::Write(Reader& reader, absl::FunctionRef<v1::RoomUpdate()> whole) {
  bool moved = false;
  if (!reader.next.has_value() || *reader.next < oldest()) {
    // With some room in the queue, so that what follows has room too.
    if (!reader.writer->WaitForRoom(absl::InfinitePast())) return false;
    if (!reader.writer->TryWrite(Whole(whole))) return false;
    reader.next = newest_ + 1;
    moved = true;
  }
  for (; *reader.next <= newest_; ++*reader.next) {
    const Frame& frame = frames_[static_cast<size_t>(*reader.next - oldest())];
    if (!reader.writer->TryWrite(frame.update)) break;
    moved = true;
  }
  return moved;
}

const rpc::Encoded<v1::RoomUpdate>& Frames::Whole(absl::FunctionRef<v1::RoomUpdate()> whole) {
  if (!whole_.has_value()) {
    v1::RoomUpdate update = whole();
    update.set_cursor(CursorAt(newest_));
    whole_.emplace(update);
  }
  return *whole_;
}

void Frames::End(const absl::Status& status) {
  for (Reader& reader : readers_) reader.writer->Finish(status);
  readers_.clear();
}

}  // namespace colloquy::dialogues
