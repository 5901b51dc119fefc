// The flags of `events create` and `events update`: what they say about an event.
#ifndef COLLOQUY_CLIENTS_CLI_EVENT_FLAGS_H_
#define COLLOQUY_CLIENTS_CLI_EVENT_FLAGS_H_

#include <string>
#include <utility>
#include <vector>

#include "CLI/App.hpp"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "clients/cli/text_flag.h"
#include "colloquy/events/v1/events.pb.h"
#include "google/protobuf/field_mask.pb.h"

namespace colloquy::cli {

// `de=Laser` as {"de", "Laser"}; text without a language tag in front as {"", text}.
std::pair<std::string, std::string> SplitLanguage(absl::string_view text);

// Adds `texts` (each with or without a tag) to what is there; those without one are in `language`.
// An empty one takes that language away.
void SetTexts(const std::vector<std::string>& texts, absl::string_view language,
              events::v1::LocalizedText* text);

class EventFlags {
 public:
  // Names of flags and fields are the same for creating and updating.
  void AddTo(CLI::App* app);

  // Sets what the flags give on `event`, and adds the path of each to `mask`.
  absl::Status Apply(events::v1::Event* event, google::protobuf::FieldMask* mask) const;

 private:
  absl::Status ApplyTimes(events::v1::Event* event, google::protobuf::FieldMask* mask) const;
  absl::Status ApplyRules(events::v1::Event* event, google::protobuf::FieldMask* mask) const;
  absl::Status ApplyCategories(events::v1::Event* event, google::protobuf::FieldMask* mask) const;

  std::vector<std::string> title_, summary_, description_, spoken_, topics_, categories_, domains_,
      annotations_;
  TextFlag kind_, mode_, visibility_, default_language_, zone_, start_, end_, venue_, city_,
      country_, room_, online_uri_, website_, contact_, capacity_, in_person_, online_, approval_,
      waiting_list_, opens_, closes_, change_until_, cancel_until_;
  int party_ = 0;
};

}  // namespace colloquy::cli

#endif  // COLLOQUY_CLIENTS_CLI_EVENT_FLAGS_H_
