// Time-ordered unique ids (UUIDv7, RFC 9562) and random codes for people to show. Thread-safe.
#ifndef COLLOQUY_SERVICES_COMMON_RESOURCE_IDS_H_
#define COLLOQUY_SERVICES_COMMON_RESOURCE_IDS_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace colloquy::resource {

// 16 bytes, big-endian. Orders as its bytes do. The default value is all zeroes (RFC 9562's nil).
class Uid {
 public:
  static constexpr size_t kSize = 16;
  // One letter and 26 digits of base32hex.
  static constexpr size_t kIdSize = 27;

  Uid() = default;
  explicit Uid(const std::array<uint8_t, kSize>& bytes) : bytes_(bytes) {}

  // From the 16 bytes a column holds; nullopt for any other length.
  static std::optional<Uid> FromBytes(absl::string_view bytes);
  // From a resource id as ToId writes it; nullopt unless it starts with `letter` and is canonical.
  static std::optional<Uid> FromId(absl::string_view id, char letter);
  // From RFC 9562 text, 8-4-4-4-12 hexadecimal digits of either case; any version and variant.
  static std::optional<Uid> FromUuid(absl::string_view text);

  // The 16 bytes, for a column or a hash. The view is valid as long as this object.
  absl::string_view bytes() const {
    return absl::string_view(reinterpret_cast<const char*>(bytes_.data()), kSize);
  }
  // A resource id: `letter` (a-z) and 26 lower-case base32hex digits (RFC 4648 section 7, without
  // padding), which sort as the bytes do. Matches resource::IsValidId.
  std::string ToId(char letter) const;
  // RFC 9562 text in lower case, for `uid` fields.
  std::string ToUuid() const;
  // The instant in a version 7 id, to the millisecond.
  absl::Time time() const;
  bool is_nil() const { return *this == Uid(); }

  friend bool operator==(const Uid& a, const Uid& b) { return a.bytes_ == b.bytes_; }
  friend bool operator!=(const Uid& a, const Uid& b) { return a.bytes_ != b.bytes_; }
  friend bool operator<(const Uid& a, const Uid& b) { return a.bytes_ < b.bytes_; }
  template <typename H>
  friend H AbslHashValue(H h, const Uid& uid) {
    return H::combine(std::move(h), uid.bytes_);
  }

 private:
  std::array<uint8_t, kSize> bytes_{};
};

// Makes version 7 ids, each greater than the one before: within a millisecond, or when the clock
// goes back, the random part counts up by a random step (RFC 9562 section 6.2, method 2).
class UidGenerator {
 public:
  Uid Next(absl::Time now) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  absl::Mutex mutex_;
  int64_t last_millis_ ABSL_GUARDED_BY(mutex_) = -1;
  // The 74 random bits of the last id: 12 in the high part, 62 in the low.
  uint16_t high_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t low_ ABSL_GUARDED_BY(mutex_) = 0;
  // Drawn many at a time: a draw costs more than all the rest.
  struct Random {
    uint64_t low;
    uint32_t step;
    uint16_t high;
  };
  std::array<Random, 64> random_ ABSL_GUARDED_BY(mutex_);
  size_t unused_ ABSL_GUARDED_BY(mutex_) = 0;  // of random_, from its front
};

// The next id of this process, by the wall clock.
Uid NewUid();

// `size` bytes of OpenSSL's random generator. Ends the process if it fails, which it does not.
std::string RandomBytes(size_t size);

// A check-in code: 128 random bits as 26 characters of Crockford's base32, which has no I, L, O, U.
std::string NewCode();
// What a person or a scanner gave, in the form NewCode makes: upper case, without spaces and
// hyphens, I and L read as 1, O as 0. nullopt if it cannot be a code.
std::optional<std::string> NormalizeCode(absl::string_view text);

}  // namespace colloquy::resource

#endif  // COLLOQUY_SERVICES_COMMON_RESOURCE_IDS_H_
