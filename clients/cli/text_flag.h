// A flag whose value may be empty, which is then meant: it clears what is there.
#ifndef COLLOQUY_CLIENTS_CLI_TEXT_FLAG_H_
#define COLLOQUY_CLIENTS_CLI_TEXT_FLAG_H_

#include <string>

#include "CLI/App.hpp"
#include "CLI/Option.hpp"

namespace colloquy::cli {

struct TextFlag {
  std::string text;
  bool given = false;

  explicit operator bool() const { return given; }
  const std::string& operator*() const { return text; }
};

// `flag` outlives the parsing.
inline CLI::Option* AddText(CLI::App* app, const std::string& name, TextFlag& flag,
                            const std::string& help) {
  return app->add_option(name, flag.text, help)->each([&flag](const std::string&) {
    flag.given = true;
  });
}

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_TEXT_FLAG_H_
