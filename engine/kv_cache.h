#pragma once

#include <vector>

#include "engine/huge_buffer.h"
#include "engine/params.h"

namespace gpt2run {

// One layer's keys and values of the tokens so far. Owns nothing.
struct LayerCache {
  float* k = nullptr;  // [n_ctx, n_embd]
  float* v = nullptr;  // [n_ctx, n_embd]
  int n_past = 0;      // rows that are filled
};

// The keys and values of one sequence, so that each new token costs one row.
// Owns: the memory for n_ctx rows of every layer; pages are taken as rows are filled.
// Threads: one cache a sequence, used by one thread at a time.
class KvCache {
 public:
  // Errors: std::bad_alloc.
  explicit KvCache(const Hparams& hparams);

  int n_past() const { return n_past_; }
  int n_ctx() const { return n_ctx_; }

  LayerCache layer(int index);

  // After all layers have written n_seq rows.
  void advance(int n_seq) { n_past_ += n_seq; }

  // Forgets all rows from n_past on. Requires: n_past <= this->n_past().
  void truncate(int n_past) { n_past_ = n_past; }

 private:
  HugeBuffer storage_;
  int n_ctx_ = 0;
  int n_embd_ = 0;
  int n_past_ = 0;
};

}  // namespace gpt2run
