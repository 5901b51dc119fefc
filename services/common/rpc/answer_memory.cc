#include "services/common/rpc/answer_memory.h"

namespace colloquy::rpc {
namespace {

void Append(absl::string_view part, std::string* key) {
  key->append(part.data(), part.size());
  key->push_back('\0');  // which none of the parts has
}

}  // namespace

AnswerMemory::Slot AnswerMemory::SlotFor(absl::string_view method, const auth::Caller& caller,
                                         const google::protobuf::Message& request) const {
  Slot slot{.key = {}, .generation = generation_()};
  Append(method, &slot.key);
  slot.key.push_back(static_cast<char>(caller.role));
  Append(caller.organizer, &slot.key);
  Append(caller.partner, &slot.key);
  Append(caller.actor, &slot.key);
  request.AppendToString(&slot.key);
  return slot;
}

bool AnswerMemory::Find(const Slot& slot, absl::Time now, grpc::ByteBuffer* answer) {
  if (!slot.generation.has_value()) return false;
  absl::MutexLock lock(&mutex_);
  Follow(*slot.generation);
  const auto found = entries_.find(slot.key);
  if (of_ != *slot.generation || found == entries_.end() || now >= found->second.good_until)
    return false;
  *answer = found->second.answer;  // shares the bytes
  return true;
}

void AnswerMemory::Keep(Slot slot, absl::Time good_until, const grpc::ByteBuffer& answer) {
  // Something may have been written since the slot was made; then nobody would ask for it.
  if (!slot.generation.has_value() || generation_() != slot.generation) return;
  const size_t bytes = slot.key.size() + answer.Length();
  if (bytes > max_bytes_ / 8) return;
  absl::MutexLock lock(&mutex_);
  Follow(*slot.generation);
  if (of_ != *slot.generation) return;
  if (bytes_ + bytes > max_bytes_) {
    entries_.clear();
    bytes_ = 0;
  }
  const auto [entry, inserted] = entries_.try_emplace(std::move(slot.key));
  entry->second = {answer, good_until};
  if (inserted) bytes_ += bytes;
}

void AnswerMemory::Follow(uint64_t generation) {
  if (generation <= of_) return;
  of_ = generation;
  entries_.clear();
  bytes_ = 0;
}

}  // namespace colloquy::rpc
