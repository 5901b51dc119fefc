// The votes of one dialogue: who said what about which statement, kept in memory and changed one
// vote at a time.
//
// Pure; not thread-safe. A Snapshot is a copy that an analysis works on while votes go on.
#ifndef COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_VOTES_H_
#define COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_VOTES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace colloquy::dialogues::rules::opinion {

enum class Vote : int8_t { kDisagree = -1, kPass = 0, kAgree = 1 };

// One vote of a row: the statement's index and what was said, in four bytes. The code counts the
// three answers of all statements through, so that it can index a table of 3 × statements.
class Cell {
 public:
  Cell(uint32_t statement, Vote vote)
      : code_(3 * statement + static_cast<uint32_t>(static_cast<int>(vote) + 1)) {}
  uint32_t code() const { return code_; }
  uint32_t statement() const { return code_ / 3; }
  Vote vote() const { return static_cast<Vote>(static_cast<int>(code_ % 3) - 1); }

  friend bool operator==(const Cell&, const Cell&) = default;

 private:
  uint32_t code_;
};

// Up to 2^30 statements. Rows and columns are numbered in the order in which they were first named;
// a number never changes.
class VoteMatrix {
 public:
  // The index of a participant or statement; added at the end if it is new.
  uint32_t Participant(absl::string_view key);
  uint32_t Statement(absl::string_view key);
  std::optional<uint32_t> FindParticipant(absl::string_view key) const;
  std::optional<uint32_t> FindStatement(absl::string_view key) const;

  // The last vote wins. Both indices must exist. O(length of the row).
  void Set(uint32_t participant, uint32_t statement, Vote vote);
  // False if there was no such vote.
  bool Remove(uint32_t participant, uint32_t statement);

  size_t participants() const { return rows_.size(); }
  size_t statements() const { return statements_.keys.size(); }
  size_t votes() const { return votes_; }
  // In order of statements.
  absl::Span<const Cell> row(uint32_t participant) const { return rows_[participant]; }
  const std::string& participant_key(uint32_t index) const { return participants_.keys[index]; }
  const std::string& statement_key(uint32_t index) const { return statements_.keys[index]; }

 private:
  struct Index {
    uint32_t Of(absl::string_view key);
    std::optional<uint32_t> Find(absl::string_view key) const;

    std::vector<std::string> keys;
    absl::flat_hash_map<std::string, uint32_t> positions;
  };

  Index participants_, statements_;
  std::vector<std::vector<Cell>> rows_;
  size_t votes_ = 0;
};

// Everything that was voted, in one block of memory. Participants without a vote and statements
// that nobody voted on are left out.
struct Snapshot {
  enum class Order {
    kMatrix,     // as in the matrix
    kCanonical,  // by key, so that the same votes give the same snapshot whatever came first
  };
  Snapshot(const VoteMatrix& matrix, Order order);
  // Of the matrix with these columns in this order, as far as they have votes.
  Snapshot(const VoteMatrix& matrix, absl::Span<const uint32_t> rows,
           absl::Span<const uint32_t> columns);

  size_t participants() const { return participant_keys.size(); }
  size_t statements() const { return statement_keys.size(); }
  absl::Span<const Cell> row(uint32_t participant) const {
    return absl::MakeConstSpan(cells).subspan(begin[participant],
                                              begin[participant + 1] - begin[participant]);
  }
  uint32_t votes_of(uint32_t participant) const {
    return begin[participant + 1] - begin[participant];
  }

  std::vector<std::string> participant_keys, statement_keys;
  std::vector<uint32_t> participant_rows, statement_columns;  // where they stand in the matrix
  std::vector<uint32_t> begin;                                // of each row in `cells`, and the end
  std::vector<Cell> cells;

 private:
  void Fill(const VoteMatrix& matrix, absl::Span<const uint32_t> rows,
            absl::Span<const uint32_t> columns);
};

}  // namespace colloquy::dialogues::rules::opinion

#endif  // COLLOQUY_SERVICES_DIALOGUES_RULES_OPINION_VOTES_H_
