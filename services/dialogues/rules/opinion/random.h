// Random numbers that are the same on every machine, for analyses that must be repeatable.
//
// std:: distributions differ between libraries; these do not. Not for secrets.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_RANDOM_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_RANDOM_H_

#include <cstdint>

#include "absl/strings/string_view.h"

namespace colloquy::dialogues::rules::opinion {

// SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    uint64_t z = (state_ += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  // From 0 to below 1.
  double Fraction() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }
  // From 0 to below `n`, which is above 0.
  uint64_t Below(uint64_t n) { return static_cast<uint64_t>(Fraction() * static_cast<double>(n)); }

 private:
  uint64_t state_;
};

// FNV-1a, 64 bits.
inline uint64_t HashOf(absl::string_view text) {
  uint64_t hash = 0xcbf29ce484222325;
  for (unsigned char c : text) hash = (hash ^ c) * 0x100000001b3;
  return hash;
}

}  // namespace colloquy::dialogues::rules::opinion

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_RANDOM_H_
