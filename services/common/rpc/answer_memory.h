// Answers that are given to more than one call: again as they are, because nothing that they rest
// on has changed since, and to all who ask the same at the same time.
#ifndef COLLOQUY_SERVICES_COMMON_RPC_ANSWER_MEMORY_H_
#define COLLOQUY_SERVICES_COMMON_RPC_ANSWER_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "google/protobuf/message.h"
#include "grpcpp/support/byte_buffer.h"
#include "services/common/auth/caller.h"
#include "services/common/rpc/internal/shared_calls.h"

namespace colloquy::rpc {

// For methods that only read one database. An answer belongs to one generation of the database and
// is forgotten, with all others, by the next one; so it is never older than what the caller could
// have been told by the handler. It is given to the same caller for the same request only: what
// somebody may see is not decided here. Thread-safe.
class AnswerMemory {
 public:
  // As db::Database::generation: asked at every look-up. Nothing is remembered while it is empty.
  using Generation = std::function<std::optional<uint64_t>()>;

  // `max_bytes` counts keys and answers, as they are sent. When the next one does not fit,
  // everything is forgotten; one that takes more than an eighth is not remembered.
  AnswerMemory(Generation generation, size_t max_bytes)
      : generation_(std::move(generation)), max_bytes_(max_bytes) {}

  // Where the answer to a request belongs. To be made before the handler reads.
  struct Slot {
    std::string key;  // of the method, the whole caller and the whole request
    std::optional<uint64_t> generation;
  };
  Slot SlotFor(absl::string_view method, const auth::Caller& caller,
               const google::protobuf::Message& request) const;

  // Sets `answer` if there is one that is still good at `now`.
  bool Find(const Slot& slot, absl::Time now, grpc::ByteBuffer* answer);
  // `good_until`: when the clock alone would change the answer.
  void Keep(Slot slot, absl::Time good_until, const grpc::ByteBuffer& answer);

  // Those who ask the same now, by their slots' keys.
  internal::SharedCalls& shared() { return shared_; }

 private:
  struct Entry {
    grpc::ByteBuffer answer;
    absl::Time good_until;
  };

  // Forgets what is of another generation.
  void Follow(uint64_t generation) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Generation generation_;
  const size_t max_bytes_;

  absl::Mutex mutex_;
  uint64_t of_ ABSL_GUARDED_BY(mutex_) = 0;  // the generation of all entries
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<std::string, Entry> entries_ ABSL_GUARDED_BY(mutex_);

  internal::SharedCalls shared_;
};

}  // namespace colloquy::rpc

#endif  // COLLOQUY_SERVICES_COMMON_RPC_ANSWER_MEMORY_H_
