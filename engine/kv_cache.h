#pragma once

#include <cassert>
#include <cstddef>

#include "engine/huge_buffer.h"
#include "engine/kernels/cache_type.h"
#include "engine/params.h"

namespace gpt2run {

// How one layer's keys and values stand in memory: in blocks of 64 positions, so that the kernels
// that multiply by weights multiply by them. All layers' blocks of the same positions are
// neighbours: a cache grows from the front, and a short text takes few pages.
//   block  { keys [n_head] of a panel [d_head][64 positions],
//            values [n_head] of panels [64 positions][value_width] }
// A head's values take as many panels as its columns need, each of value_width columns.
struct CacheShape {
  static constexpr int kPositions = 64;
  // That hold so many positions.
  static int n_blocks(int n_positions) { return (n_positions + kPositions - 1) / kPositions; }

  int n_head = 0;
  int d_head = 0;
  int value_width = 0;     // columns of a value panel: 16, 32, 48 or 64
  int n_value_panels = 0;  // of a head
  size_t keys_size = 0;    // numbers of one head's keys in a block
  size_t values_size = 0;  // numbers of one head's values in a block
  size_t block_size = 0;   // numbers of a block
};
CacheShape cache_shape(int n_head, int d_head);

// Bytes of one position's keys and values in all layers, beside weights of that type.
inline double position_bytes(const Hparams& hparams, WeightType type) {
  const auto n_items = 2.0 * hparams.n_layer * hparams.n_embd;
  return n_items * static_cast<double>(item_bytes(cache_type_for(type)));
}

// One layer's keys and values of the tokens so far. Owns nothing.
struct LayerCache {
  std::byte* data = nullptr;  // its first block
  size_t block_stride = 0;    // numbers from one of its blocks to the next
  CacheShape shape;
  CacheType type = CacheType::kFloat32;
  bool may_round = false;  // many rows' attention, to bfloat16: see terms_for(), attention_terms.h
  int n_past = 0;          // positions that are filled

  // A head's keys in the block of positions from 64 * block on: [d_head][64].
  std::byte* keys(int block, int head) const {
    return at(block, static_cast<size_t>(head) * shape.keys_size);
  }
  // A head's values there, the panel with columns from value_width * panel on: [64][value_width].
  std::byte* values(int block, int head, int panel) const {
    return at(block, static_cast<size_t>(shape.n_head) * shape.keys_size +
                         static_cast<size_t>(head) * shape.values_size +
                         static_cast<size_t>(panel * shape.value_width * CacheShape::kPositions));
  }

 private:
  std::byte* at(int block, size_t number) const {
    return data + (static_cast<size_t>(block) * block_stride + number) * item_bytes(type);
  }
};

// The keys and values of one sequence, so that each new token costs one row.
// Owns: the memory for n_ctx positions of every layer; pages are taken as positions are filled.
// Threads: one cache a sequence, used by one thread at a time.
class KvCache {
 public:
  // Beside weights of that type. Errors: std::bad_alloc.
  KvCache(const Hparams& hparams, WeightType type);
  explicit KvCache(const Params& params) : KvCache(params.hparams, params.type) {}

  int n_past() const { return n_past_; }
  int n_ctx() const { return n_ctx_; }

  LayerCache layer(int index);

  // After all layers have written n_seq rows. Requires: n_past() + n_seq <= n_ctx().
  void advance(int n_seq) {
    assert(n_seq >= 0 && n_seq <= n_ctx_ - n_past_);
    n_past_ += n_seq;
  }

  // Forgets all rows from n_past on. Requires: 0 <= n_past <= this->n_past().
  void truncate(int n_past) {
    assert(n_past >= 0 && n_past <= n_past_);
    n_past_ = n_past;
  }

 private:
  HugeBuffer storage_;
  CacheShape shape_;
  WeightType weights_;  // beside which it is
  size_t block_stride_ = 0;
  int n_ctx_ = 0;
  int n_past_ = 0;
};

}  // namespace gpt2run
