// Any bytes: detecting, decoding and cutting into records ends, every cell is well-formed UTF-8, a
// record that is whole reads back as it was written, and where the bytes are cut does not matter.
#include <unicode/unistr.h>

#include <cstdint>
#include <cstdlib>

#include "clients/cli/guest_list/guest_list.h"
#include "clients/cli/guest_list/header.h"
#include "clients/cli/guest_list/rejected_file.h"

namespace {

using namespace colloquy::cli;  // NOLINT(google-build-using-namespace)
using colloquy::registrations::v1::ImportRecord;

std::vector<Record> Read(absl::string_view bytes, const std::string& encoding, char delimiter,
                         size_t piece) {
  auto decoder = *TextDecoder::Open(encoding);
  RecordParser parser(delimiter);
  bool last = false;
  while (!last) {
    last = bytes.size() <= piece;
    std::string text;
    decoder->Decode(bytes.substr(0, piece), last, &text);
    parser.Feed(text);
    bytes.remove_prefix(last ? bytes.size() : piece);
  }
  parser.Finish();
  std::vector<Record> records;
  for (Record record; parser.Next(&record);) records.push_back(record);
  return records;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  EncodingDetector detector;
  detector.Feed(bytes);
  const std::string encoding = detector.Detect().name;
  std::string text;
  (*TextDecoder::Open(encoding))->Decode(bytes, true, &text);
  const char delimiter = DetectDelimiter(text);
  const std::vector<Record> records = Read(bytes, encoding, delimiter, 4096);
  const std::vector<Record> again = Read(bytes, encoding, delimiter, 3);
  if (records.size() != again.size()) std::abort();
  for (size_t i = 0; i < records.size(); ++i) {
    const Record& record = records[i];
    if (record.cells != again[i].cells || record.line != again[i].line) std::abort();
    std::string line;
    for (const std::string& cell : record.cells) {
      std::string same;
      icu::UnicodeString::fromUTF8(cell).toUTF8String(same);
      if (same != cell) std::abort();
      line += (&cell == &record.cells[0] ? "" : std::string(1, delimiter));
      line += QuoteCell(cell, delimiter);
    }
    if (record.defect != ImportRecord::DEFECT_UNSPECIFIED) continue;
    if (line.size() >= kMaxRecordBytes) continue;
    const std::vector<Record> back = Read(line + "\n", "UTF-8", delimiter, 4096);
    if (back.size() != 1 || back[0].cells != record.cells) std::abort();
  }
  if (!records.empty()) (void)MapHeader(records[0].cells, {"1=email", "2=ignore"});
  return 0;
}
