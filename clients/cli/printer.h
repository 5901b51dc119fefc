// Messages on stdout: table, JSON, YAML or CSV.
#ifndef COLLOQUY_CLIENTS_CLI_PRINTER_H_
#define COLLOQUY_CLIENTS_CLI_PRINTER_H_

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "clients/cli/fields.h"
#include "clients/cli/terminal.h"

namespace colloquy::cli {

enum class Format { kTable, kJson, kYaml, kCsv };

struct PrintOptions {
  Format format = Format::kTable;
  // Field paths; the command's own columns if empty.
  std::vector<std::string> fields;
  // CSV cells that a spreadsheet would take for a formula get a ' in front.
  bool csv_safe = false;
  bool color = false;
  TextStyle style;
};

// A CSV cell by RFC 4180.
std::string CsvCell(absl::string_view text, bool safe);

// A message as YAML, through its JSON form: the same names and the same values.
std::string YamlOf(const google::protobuf::Message& message);

// Prints one list, or one object. Rows of a table are held back until Flush, so that a page is
// aligned; later pages keep the widths of the first. Not thread-safe.
class Printer {
 public:
  Printer(Io& io, PrintOptions options) : io_(io), options_(std::move(options)) {}

  // Usage error if such messages lack one of the columns asked for. Ask before what changes
  // something: afterwards it is too late to refuse.
  absl::Status CheckFields(const google::protobuf::Message& prototype) const;

  absl::Status Object(const google::protobuf::Message& message);

  // What is no message: one record, or a list of them with the same columns.
  using Plain = std::variant<std::string, bool, double>;
  void PlainObject(const std::vector<std::pair<std::string, Plain>>& fields);
  void PlainList(const std::vector<std::string>& columns,
                 const std::vector<std::vector<Plain>>& rows);

  // A list: Begin, Add …, Flush at the end of a page, End.
  void Begin(std::vector<std::string> columns);
  absl::Status Add(const google::protobuf::Message& message);
  // A row of a table or CSV that is made of several messages, a cell a column of Begin.
  void AddCells(std::vector<std::string> cells);
  void Flush();
  void End();

  const PrintOptions& options() const { return options_; }
  // Whether a list is a table or CSV; JSON and YAML show whole messages.
  bool has_columns() const {
    return options_.format == Format::kTable || options_.format == Format::kCsv;
  }
  void set_zone(absl::TimeZone zone) { options_.style.zone = zone; }

 private:
  void CsvRow(const std::vector<std::string>& cells);
  void TableRow(const std::vector<std::string>& cells, bool header);

  Io& io_;
  PrintOptions options_;
  std::vector<std::string> columns_;
  std::vector<std::vector<std::string>> rows_;
  std::vector<int> widths_;
  bool header_shown_ = false;
  int count_ = 0;
};

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_PRINTER_H_
