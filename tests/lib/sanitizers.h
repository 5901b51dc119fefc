// Whether the tests run under a sanitizer, whose allocator keeps what was freed: how much memory a
// process takes then tells nothing.
#ifndef COLLOQUY_TESTS_LIB_SANITIZERS_H_
#define COLLOQUY_TESTS_LIB_SANITIZERS_H_

namespace colloquy::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

}  // namespace colloquy::test

#endif  // COLLOQUY_TESTS_LIB_SANITIZERS_H_
