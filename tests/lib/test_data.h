// Real input that is not part of this tree: COLLOQUY_TEST_DATA, else ../shared/data beside it.
#ifndef COLLOQUY_TESTS_LIB_TEST_DATA_H_
#define COLLOQUY_TESTS_LIB_TEST_DATA_H_

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

namespace colloquy::testing_data {

inline std::string PathOf(const std::string& name) {
  const char* folder = std::getenv("COLLOQUY_TEST_DATA");
  return std::string(folder != nullptr ? folder : COLLOQUY_TEST_DATA_DEFAULT) + "/" + name;
}

inline std::string Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

}  // namespace colloquy::testing_data

// Skips the test, naming what is missing.
#define COLLOQUY_NEEDS_DATA(path) \
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not here"

#endif  // COLLOQUY_TESTS_LIB_TEST_DATA_H_
