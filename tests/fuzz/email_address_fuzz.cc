// Any text as an address: what is accepted is accepted again as it was understood, has no control
// characters, keeps the limits, and its key is a fixed point.
#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "services/common/resource/email_address.h"
#include "services/common/resource/folding.h"
#include "services/common/resource/validation.h"

namespace {

using namespace colloquy::resource;  // NOLINT(google-build-using-namespace)

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  absl::string_view text(reinterpret_cast<const char*>(data), size);
  EmailAddress address;
  const AddressFault fault = ParseEmailAddress(text, AddressForm::kListed, &address);
  Require(!DescribeFault(fault).empty());
  if (fault != AddressFault::kNone) {
    Require(ParseEmailAddress(text, AddressForm::kBare, nullptr) != AddressFault::kNone);
    return 0;
  }
  EmailAddress again;
  Require(ParseEmailAddress(address.text, AddressForm::kBare, &again) == AddressFault::kNone);
  Require(again.text == address.text && again.key == address.key);
  Require(ParseEmailAddress(address.Mailbox(), AddressForm::kBare, &again) == AddressFault::kNone);
  Require(again.key == address.key && again.Mailbox() == address.Mailbox());
  Require(FoldEmail(address.key) == address.key);
  Require(address.text.size() <= 254 && address.Mailbox().size() <= 254);
  Require(IsCleanUtf8(address.text));
  Require(std::none_of(address.text.begin(), address.text.end(),
                       [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; }));
  return 0;
}
