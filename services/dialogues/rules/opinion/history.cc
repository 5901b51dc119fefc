#include "services/dialogues/rules/opinion/history.h"

#include <bit>
#include <cstdint>

namespace colloquy::dialogues::rules::opinion {
namespace {

constexpr uint64_t kFormat = 1;

class Out {
 public:
  void Number(uint64_t number) {
    for (int shift = 0; shift < 64; shift += 8)
      bytes_.push_back(static_cast<char>(number >> shift));
  }
  void Real(double real) { Number(std::bit_cast<uint64_t>(real)); }
  template <typename List, typename Write>
  void Each(const List& list, Write write) {
    Number(list.size());
    for (const auto& element : list) write(element);
  }
  void Clusters(const std::vector<Cluster>& clusters) {
    Each(clusters, [&](const Cluster& cluster) {
      Number(static_cast<uint64_t>(cluster.id));
      Real(cluster.center.x);
      Real(cluster.center.y);
      Each(cluster.members, [&](uint32_t member) { Number(member); });
    });
  }
  std::string Take() && { return std::move(bytes_); }

 private:
  std::string bytes_;
};

// Anything read behind the end, or longer than what is left, makes it bad; then zeros come out.
class In {
 public:
  explicit In(absl::string_view bytes) : left_(bytes) {}

  uint64_t Number() {
    if (left_.size() < 8) {
      bad_ = true;
      return 0;
    }
    uint64_t number = 0;
    for (int i = 7; i >= 0; --i) number = number << 8 | static_cast<unsigned char>(left_[i]);
    left_.remove_prefix(8);
    return number;
  }
  double Real() { return std::bit_cast<double>(Number()); }
  // Every element takes at least 8 bytes.
  template <typename Read>
  void Each(Read read) {
    uint64_t count = Number();
    if (count > left_.size() / 8) bad_ = true;
    for (; !bad_ && count > 0; --count) read();
  }
  std::vector<Cluster> Clusters() {
    std::vector<Cluster> clusters;
    Each([&] {
      Cluster& cluster = clusters.emplace_back();
      cluster.id = static_cast<int>(Number());
      cluster.center.x = Real();
      cluster.center.y = Real();
      Each([&] { cluster.members.push_back(static_cast<uint32_t>(Number())); });
    });
    return clusters;
  }
  bool Ended() const { return !bad_ && left_.empty(); }

 private:
  absl::string_view left_;
  bool bad_ = false;
};

}  // namespace

std::string EncodeHistory(const History& history) {
  Out out;
  out.Number(kFormat);
  out.Each(history.in, [&](bool in) { out.Number(in ? 1 : 0); });
  for (const auto& axis : history.axes) out.Each(axis, [&](double value) { out.Real(value); });
  out.Clusters(history.base);
  out.Each(history.clusterings, [&](const auto& clustering) {
    out.Number(clustering.first);
    out.Clusters(clustering.second);
  });
  out.Number(history.count.last);
  out.Number(static_cast<uint64_t>(history.count.rounds));
  out.Number(history.count.adopted);
  return std::move(out).Take();
}

std::optional<History> DecodeHistory(absl::string_view bytes) {
  In in(bytes);
  if (in.Number() != kFormat) return std::nullopt;
  History history;
  in.Each([&] { history.in.push_back(in.Number() != 0); });
  for (auto& axis : history.axes) in.Each([&] { axis.push_back(in.Real()); });
  history.base = in.Clusters();
  in.Each([&] {
    const size_t k = in.Number();
    history.clusterings[k] = in.Clusters();
  });
  history.count.last = in.Number();
  history.count.rounds = static_cast<int>(in.Number());
  history.count.adopted = in.Number();
  if (!in.Ended()) return std::nullopt;
  return history;
}

}  // namespace colloquy::dialogues::rules::opinion
