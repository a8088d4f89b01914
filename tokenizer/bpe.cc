#include "tokenizer/bpe.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>

namespace gpt2run {
namespace {

constexpr size_t kShortPiece = 32;

using ByteIds = std::array<int, 256>;

int byte_id(const ByteIds& byte_ids, char byte) {
  return byte_ids[static_cast<unsigned char>(byte)];
}

// Few parts: searching them all for the lowest rank costs less than keeping a heap.
void append_short(std::string_view piece, const ByteIds& byte_ids, const MergeTable& merges,
                  std::vector<int>& ids) {
  std::array<int, kShortPiece> part;  // ids
  std::array<int, kShortPiece> rank;  // of the pairs (part[i], part[i + 1])
  size_t n = piece.size();
  for (size_t i = 0; i < n; ++i) part[i] = byte_id(byte_ids, piece[i]);
  for (size_t i = 0; i + 1 < n; ++i) rank[i] = merges.rank(part[i], part[i + 1]);
  while (n > 1) {
    const int lowest = *std::min_element(rank.begin(), rank.begin() + (n - 1));
    if (lowest == MergeTable::kNone) break;
    for (size_t i = 0; i + 1 < n; ++i) {
      if (rank[i] != lowest) continue;
      part[i] = merges[lowest].result;
      std::copy(part.begin() + (i + 2), part.begin() + n, part.begin() + (i + 1));
      std::copy(rank.begin() + (i + 1), rank.begin() + (n - 1), rank.begin() + i);
      --n;
      // A new pair never has the rank `lowest`: its token is longer than that pair's two.
      if (i > 0) rank[i - 1] = merges.rank(part[i - 1], part[i]);
      if (i + 1 < n) rank[i] = merges.rank(part[i], part[i + 1]);
    }
  }
  ids.insert(ids.end(), part.begin(), part.begin() + n);
}

// A linked list of tokens, each at the index of its first byte. The links are lengths, which are
// those of tokens and so stay small in a piece of any length.
class LongPiece {
 public:
  LongPiece(std::string_view piece, const ByteIds& byte_ids, const MergeTable& merges)
      : merges_(merges), parts_(piece.size()) {
    for (size_t i = 0; i < piece.size(); ++i) parts_[i] = {byte_id(byte_ids, piece[i]), 1, 1};
    std::vector<uint64_t> pairs;
    for (size_t i = 0; i + 1 < piece.size(); ++i) {
      const int rank = merges_.rank(parts_[i].id, parts_[i + 1].id);
      if (rank != MergeTable::kNone) pairs.push_back(pack(rank, i));
    }
    pairs_ = decltype(pairs_)(std::greater<>(), std::move(pairs));
  }

  void merge_all() {
    std::vector<size_t> merged;
    while (!pairs_.empty()) {
      // All pairs of one rank first: what they make is looked at only then, as encoder.py does.
      const uint64_t rank = pairs_.top() >> kPositionBits;
      merged.clear();
      for (; !pairs_.empty() && pairs_.top() >> kPositionBits == rank; pairs_.pop()) {
        const size_t position = pairs_.top() & ((uint64_t{1} << kPositionBits) - 1);
        if (merge_at(position, merges_[static_cast<int>(rank)])) merged.push_back(position);
      }
      for (const size_t position : merged) {
        push_pair(position);
        if (position > 0) push_pair(position - parts_[position].previous_length);
      }
    }
  }

  void append_ids(std::vector<int>& ids) const {
    for (size_t i = 0; i < parts_.size(); i += parts_[i].length) ids.push_back(parts_[i].id);
  }

 private:
  struct Part {
    int id;                            // kMerged: it is now within the part before
    uint32_t length, previous_length;  // bytes
  };
  static constexpr int kMerged = -1;
  static constexpr int kPositionBits = 40;  // 1 TiB; a rank has at most 22 bits

  static uint64_t pack(int rank, size_t position) {
    return static_cast<uint64_t>(rank) << kPositionBits | position;
  }

  void push_pair(size_t position) {
    const size_t next = position + parts_[position].length;
    if (next == parts_.size()) return;
    const int rank = merges_.rank(parts_[position].id, parts_[next].id);
    if (rank != MergeTable::kNone) pairs_.push(pack(rank, position));
  }

  // False if the pair is no longer there, since one of its parts was merged with another.
  bool merge_at(size_t position, const Merge& merge) {
    Part& left = parts_[position];
    const size_t next = position + left.length;
    if (left.id != merge.left || next == parts_.size() || parts_[next].id != merge.right) {
      return false;
    }
    left.id = merge.result;
    left.length += parts_[next].length;
    parts_[next].id = kMerged;
    const size_t after = position + left.length;
    if (after < parts_.size()) parts_[after].previous_length = left.length;
    return true;
  }

  const MergeTable& merges_;
  std::vector<Part> parts_;
  // Lowest rank first, and of one rank the leftmost.
  std::priority_queue<uint64_t, std::vector<uint64_t>, std::greater<>> pairs_;
};

}  // namespace

void append_bpe(std::string_view piece, const std::array<int, 256>& byte_ids,
                const MergeTable& merges, std::vector<int>& ids) {
  if (piece.size() <= kShortPiece) return append_short(piece, byte_ids, merges, ids);
  LongPiece long_piece(piece, byte_ids, merges);
  long_piece.merge_all();
  long_piece.append_ids(ids);
}

}  // namespace gpt2run
