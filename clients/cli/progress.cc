#include "clients/cli/progress.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"

namespace colloquy::cli {

std::string ProgressText(int64_t done, int64_t total, int64_t refused, absl::Duration elapsed) {
  std::string text = absl::StrCat(done, "/", total);
  if (total > 0) absl::StrAppend(&text, " ", 100 * done / total, "%");
  const double seconds = absl::ToDoubleSeconds(elapsed);
  if (done > 0 && seconds > 0) {
    const double rate = done / seconds;
    absl::StrAppendFormat(&text, " %.3g/s", rate);
    const int64_t left = static_cast<int64_t>((total - done) / rate + 0.5);
    if (total > done) {
      absl::StrAppend(&text, " ", absl::FormatDuration(absl::Seconds(left)), " left");
    }
  }
  if (refused > 0) absl::StrAppend(&text, ", ", refused, " refused");
  return text;
}

Progress::Progress(Io& io, std::string label, int64_t total)
    : io_(io), label_(std::move(label)), total_(total), start_(absl::Now()), shown_(start_) {}

Progress::~Progress() {
  if (io_.err_is_terminal) io_.err << "\r\x1b[K" << std::flush;
}

void Progress::Update(int64_t done, int64_t refused) {
  const absl::Time now = absl::Now();
  const absl::Duration every = io_.err_is_terminal ? absl::Milliseconds(100) : absl::Seconds(5);
  if (now - shown_ < every) return;
  shown_ = now;
  const std::string text = ProgressText(done, total_, refused, now - start_);
  if (!io_.err_is_terminal) {
    io_.err << label_ << " " << text << "\n" << std::flush;
    return;
  }
  constexpr int kBar = 24;
  const int filled = total_ > 0 ? static_cast<int>(std::min(done, total_) * kBar / total_) : 0;
  io_.err << "\r\x1b[K" << label_ << " [" << std::string(filled, '#')
          << std::string(kBar - filled, '.') << "] " << text << std::flush;
}

}  // namespace colloquy::cli
