#include "services/common/telemetry/log.h"

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/base_sink.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace colloquy::telemetry {
namespace {

constexpr absl::string_view kKeyPrefix = "clq_";
constexpr size_t kQueueLines = 1024;

constexpr absl::string_view kLevelNames[] = {"debug", "info", "warn", "error", "off"};

bool IsContinuation(absl::string_view text, size_t at) {
  return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80;
}

// Bytes of the UTF-8 sequence that starts at `at`, or 0 if none does (RFC 3629: no overlong forms,
// no surrogates, nothing above U+10FFFF).
size_t Utf8Length(absl::string_view text, size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const auto next = at + 1 < text.size() ? static_cast<unsigned char>(text[at + 1]) : 0;
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  if (lead < 0xE0) return IsContinuation(text, at + 1) ? 2 : 0;
  if (!IsContinuation(text, at + 1) || !IsContinuation(text, at + 2)) return 0;
  if (lead < 0xF0) {
    if ((lead == 0xE0 && next < 0xA0) || (lead == 0xED && next > 0x9F)) return 0;
    return 3;
  }
  if ((lead == 0xF0 && next < 0x90) || (lead == 0xF4 && next > 0x8F)) return 0;
  return IsContinuation(text, at + 3) ? 4 : 0;
}

// A JSON string (RFC 8259); bytes that are no UTF-8 become U+FFFD.
void AppendString(std::string& out, absl::string_view text) {
  out.push_back('"');
  for (size_t i = 0; i < text.size();) {
    const auto c = static_cast<unsigned char>(text[i]);
    const size_t length = Utf8Length(text, i);
    if (length == 0) {
      out.append("\xEF\xBF\xBD");
      ++i;
      continue;
    }
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(static_cast<char>(c));
    } else if (c < 0x20 || c == 0x7F) {
      absl::StrAppendFormat(&out, "\\u%04x", c);
    } else {
      out.append(text.data() + i, length);
    }
    i += length;
  }
  out.push_back('"');
}

struct AppendValue {
  std::string& out;
  void operator()(absl::string_view value) const { AppendString(out, value); }
  void operator()(int64_t value) const { absl::StrAppend(&out, value); }
  void operator()(double value) const {
    // JSON has no NaN and no infinity.
    if (value != value || value - value != 0) {
      out.append("null");
    } else {
      absl::StrAppend(&out, value);
    }
  }
  void operator()(bool value) const { out.append(value ? "true" : "false"); }
};

// spdlog's own stderr sink has no way to wait until a flush has happened.
class StderrSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  // Waits until as many flushes as `target` have happened, a second at most.
  void AwaitFlush(int64_t target) {
    std::unique_lock<std::mutex> lock(mutex_);
    flushed_.wait_for(lock, std::chrono::seconds(1), [&] { return flushes_ >= target; });
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    line_.assign(message.payload.data(), message.payload.size());
    line_.push_back('\n');
    std::fwrite(line_.data(), 1, line_.size(), stderr);
  }
  void flush_() override {
    ++flushes_;
    flushed_.notify_all();
  }

  std::string line_;
  int64_t flushes_ = 0;
  std::condition_variable flushed_;
};

class StderrLog final : public Log {
 public:
  explicit StderrLog(Level level)
      : Log(level),
        pool_(std::make_shared<spdlog::details::thread_pool>(kQueueLines, 1)),
        sink_(std::make_shared<StderrSink>()),
        logger_(std::make_shared<spdlog::async_logger>(
            "colloquy", sink_, pool_, spdlog::async_overflow_policy::overrun_oldest)) {}

  void Flush() override {
    std::lock_guard<std::mutex> lock(flush_mutex_);
    logger_->flush();
    sink_->AwaitFlush(++flushes_asked_);
  }

 private:
  void Emit(Level, std::string line) override {
    logger_->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  }

  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<StderrSink> sink_;
  std::shared_ptr<spdlog::async_logger> logger_;
  std::mutex flush_mutex_;
  int64_t flushes_asked_ = 0;
};

class SinkLog final : public Log {
 public:
  SinkLog(Level level, std::function<void(absl::string_view)> sink)
      : Log(level), sink_(std::move(sink)) {}
  void Flush() override {}

 private:
  void Emit(Level, std::string line) override { sink_(line); }

  std::function<void(absl::string_view)> sink_;
};

}  // namespace

absl::StatusOr<Level> ParseLevel(absl::string_view text) {
  for (size_t i = 0; i < std::size(kLevelNames); ++i) {
    if (kLevelNames[i] == text) return static_cast<Level>(i);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("log level '", text, "' is none of debug, info, warn, error, off"));
}

std::string Redact(absl::string_view text) {
  std::string out;
  while (true) {
    const size_t key = text.find(kKeyPrefix);
    out.append(text.data(), std::min(key, text.size()));
    if (key == absl::string_view::npos) return out;
    out.append("clq_[redacted]");
    text.remove_prefix(key + kKeyPrefix.size());
    size_t end = 0;
    while (end < text.size() &&
           (absl::ascii_isalnum(text[end]) || text[end] == '_' || text[end] == '-')) {
      ++end;
    }
    text.remove_prefix(end);
  }
}

std::unique_ptr<Log> Log::ToStderr(Level level) { return std::make_unique<StderrLog>(level); }

std::unique_ptr<Log> Log::ToSink(Level level, std::function<void(absl::string_view)> sink) {
  return std::make_unique<SinkLog>(level, std::move(sink));
}

void Log::Write(Level level, absl::string_view message, std::initializer_list<Field> fields) {
  if (!enabled(level) || level == Level::kOff) return;
  std::string line;
  line.reserve(256);
  absl::StrAppend(&line, "{\"time\":\"",
                  absl::FormatTime("%Y-%m-%dT%H:%M:%E6SZ", absl::Now(), absl::UTCTimeZone()),
                  "\",\"level\":\"", kLevelNames[static_cast<size_t>(level)], "\",\"message\":");
  AppendString(line, message);
  for (const Field& field : fields) {
    line.push_back(',');
    AppendString(line, field.key);
    line.push_back(':');
    std::visit(AppendValue{line}, field.value);
  }
  line.push_back('}');
  if (absl::string_view(line).find(kKeyPrefix) != absl::string_view::npos) line = Redact(line);
  Emit(level, std::move(line));
}

}  // namespace colloquy::telemetry
