// The world outside the program, and text fit for a terminal.
#ifndef COLLOQUY_CLIENTS_CLI_TERMINAL_H_
#define COLLOQUY_CLIENTS_CLI_TERMINAL_H_

#include <cstdint>
#include <functional>
#include <istream>
#include <ostream>
#include <string>

#include "absl/strings/string_view.h"
#include "colloquy/sdk/cancellation.h"

namespace colloquy::cli {

struct TerminalSize {
  int columns = 80;
  int lines = 24;
};

// Where a run reads, writes and looks things up; tests give their own.
struct Io {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool in_is_terminal = false;
  bool out_is_terminal = false;
  bool err_is_terminal = false;
  // The value of an environment variable; empty where it is not set.
  std::function<std::string(const char*)> env;
  // Ends calls and waits on Ctrl-C.
  sdk::Cancellation* cancellation = nullptr;
  // How large the terminal is now: people change it.
  std::function<TerminalSize()> size = [] { return TerminalSize(); };
};

// `text` without anything that a terminal would obey or that hides what is there: control
// characters become \n, \t, \x1b and the like, bidirectional overrides \u202e, bytes that are not
// UTF-8 \xff. Texts of the server come from strangers.
std::string Visible(absl::string_view text);

// As Visible, but line ends stay.
std::string VisibleLines(absl::string_view text);

bool IsUtf8(absl::string_view text);

// "1 record", "2 records".
std::string Counted(int64_t count, absl::string_view one);
// "1 person", "2 people".
std::string Counted(int64_t count, absl::string_view one, absl::string_view more);

// Cells that UTF-8 text takes on a terminal: 2 for wide characters (UAX #11), 0 for combining ones.
int DisplayWidth(absl::string_view text);

// `text` cut to `width` cells, with an ellipsis where something is missing.
std::string CutToWidth(absl::string_view text, int width);

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_TERMINAL_H_
