// Structured log: one JSON object a line.
#ifndef COLLOQUY_SERVICES_COMMON_TELEMETRY_LOG_H_
#define COLLOQUY_SERVICES_COMMON_TELEMETRY_LOG_H_

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <type_traits>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace colloquy::telemetry {

enum class Level { kDebug, kInfo, kWarn, kError, kOff };

// "debug", "info", "warn", "error", "off"; INVALID_ARGUMENT otherwise.
absl::StatusOr<Level> ParseLevel(absl::string_view text);

struct Field {
  using Value = std::variant<absl::string_view, int64_t, double, bool>;

  Field(absl::string_view k, absl::string_view v) : key(k), value(v) {}
  Field(absl::string_view k, const std::string& v) : key(k), value(absl::string_view(v)) {}
  Field(absl::string_view k, const char* v) : key(k), value(absl::string_view(v)) {}
  Field(absl::string_view k, bool v) : key(k), value(v) {}
  Field(absl::string_view k, double v) : key(k), value(v) {}
  template <class Integer, class = std::enable_if_t<std::is_integral_v<Integer>>>
  Field(absl::string_view k, Integer v) : key(k), value(static_cast<int64_t>(v)) {}

  absl::string_view key;
  Value value;
};

// Thread-safe. Passed down, never global.
//
// {"time":"2026-11-24T08:30:00.123456Z","level":"info","message":"…",fields…}. Control characters
// and bytes that are not UTF-8 are escaped, so a line is a line. Anything that looks like an API
// key (clq_…) is replaced wherever it occurs, message and fields alike.
class Log {
 public:
  // To stderr through a queue of 1,024 lines and one thread: a stalled reader of the log costs the
  // oldest lines, never a call.
  static std::unique_ptr<Log> ToStderr(Level level);
  // Every line, without its newline, to `sink`, on the thread that logs; for tests.
  static std::unique_ptr<Log> ToSink(Level level, std::function<void(absl::string_view)> sink);
  virtual ~Log() = default;

  bool enabled(Level level) const { return level >= level_; }
  void Write(Level level, absl::string_view message, std::initializer_list<Field> fields = {});

  void Debug(absl::string_view message, std::initializer_list<Field> fields = {}) {
    Write(Level::kDebug, message, fields);
  }
  void Info(absl::string_view message, std::initializer_list<Field> fields = {}) {
    Write(Level::kInfo, message, fields);
  }
  void Warn(absl::string_view message, std::initializer_list<Field> fields = {}) {
    Write(Level::kWarn, message, fields);
  }
  void Error(absl::string_view message, std::initializer_list<Field> fields = {}) {
    Write(Level::kError, message, fields);
  }

  // Waits until what was written so far is out, a second at most.
  virtual void Flush() = 0;

 protected:
  explicit Log(Level level) : level_(level) {}
  virtual void Emit(Level level, std::string line) = 0;

 private:
  const Level level_;
};

// `text` with every clq_… token replaced by "clq_[redacted]".
std::string Redact(absl::string_view text);

}  // namespace colloquy::telemetry

#endif  // COLLOQUY_SERVICES_COMMON_TELEMETRY_LOG_H_
