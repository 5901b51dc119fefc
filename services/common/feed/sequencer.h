// Gives committed records their place in the feed (MySQL).
//
// An AUTO_INCREMENT id is taken at insert and seen at commit: a reader at id 7 would miss id 6 if
// that commits later. So a record has no sequence until a sequencer sees it committed. Every
// replica runs one; a row lock lets one stamp at a time, in a transaction, so sequences appear in
// their own order, and nothing is lost when it dies at any moment.
#ifndef COLLOQUY_SERVICES_COMMON_FEED_SEQUENCER_H_
#define COLLOQUY_SERVICES_COMMON_FEED_SEQUENCER_H_

#include <cstdint>
#include <functional>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/common/db/database.h"
#include "services/common/feed/pulse.h"

namespace colloquy::feed {

class Sequencer {
 public:
  // `stamped` is called on the sequencer's thread whenever records got their sequence.
  Sequencer(db::Database& db, absl::Duration poll, std::function<void()> stamped);
  ~Sequencer();

  void Start();
  void Stop();
  // A record was appended and may be committed any moment.
  void Expect() { pulse_.Expect(); }

  // Stamps what is committed now, up to a batch; the number stamped.
  absl::StatusOr<int64_t> StampOnce(absl::Time deadline);

 private:
  void Loop();

  db::Database& db_;
  const std::function<void()> stamped_;
  Pulse pulse_;
  std::thread thread_;
};

}  // namespace colloquy::feed

#endif  // COLLOQUY_SERVICES_COMMON_FEED_SEQUENCER_H_
