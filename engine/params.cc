#include "engine/params.h"

#include <cassert>
#include <new>

namespace gpt2run {
namespace {

constexpr size_t kAlignment = 64 / sizeof(float);  // floats: one cache line

// Hands out pieces of one buffer in order. Without a buffer it counts what they need.
class Arena {
 public:
  explicit Arena(float* data) : data_(data) {}

  WeightVector vector(int n) { return {take(static_cast<size_t>(n)), n}; }
  Weight matrix(int rows, int cols) {
    return {take(static_cast<size_t>(rows) * static_cast<size_t>(cols)), rows, cols};
  }
  LayerNorm layer_norm(int n) { return {.g = vector(n), .b = vector(n)}; }
  Linear linear(int n_in, int n_out) { return {.w = matrix(n_in, n_out), .b = vector(n_out)}; }

  size_t n_taken() const { return n_taken_; }

 private:
  float* take(size_t n) {
    float* const piece = data_ == nullptr ? nullptr : data_ + n_taken_;
    n = (n + kAlignment - 1) / kAlignment * kAlignment;
    if (__builtin_add_overflow(n_taken_, n, &n_taken_)) throw std::bad_alloc();
    return piece;
  }

  float* data_;
  size_t n_taken_ = 0;
};

// In the order of use, so that a decode step reads the buffer from end to end (the head, wte,
// last).
void lay_out(Params& params, Arena& arena) {
  const int n_embd = params.hparams.n_embd;
  params.wpe = arena.matrix(params.hparams.n_ctx, n_embd);
  for (Block& block : params.blocks) {
    block.ln_1 = arena.layer_norm(n_embd);
    block.attn.c_attn = arena.linear(n_embd, 3 * n_embd);
    block.attn.c_proj = arena.linear(n_embd, n_embd);
    block.ln_2 = arena.layer_norm(n_embd);
    block.mlp.c_fc = arena.linear(n_embd, params.hparams.d_mlp());
    block.mlp.c_proj = arena.linear(params.hparams.d_mlp(), n_embd);
  }
  params.ln_f = arena.layer_norm(n_embd);
  params.wte = arena.matrix(params.hparams.n_vocab, n_embd);
  params.lm_head = params.wte;
}

}  // namespace

Params make_params(const Hparams& hparams) {
  assert(hparams.n_vocab > 0 && hparams.n_ctx > 0 && hparams.n_embd > 0 && hparams.n_head > 0 &&
         hparams.n_layer > 0 && hparams.n_embd % hparams.n_head == 0);
  Params params;
  params.hparams = hparams;
  params.blocks.resize(static_cast<size_t>(hparams.n_layer));
  Arena count(nullptr);
  lay_out(params, count);
  params.storage = HugeBuffer(count.n_taken());
  Arena arena(params.storage.data());
  lay_out(params, arena);
  return params;
}

void untie_head(Params& params) {
  const size_t n = static_cast<size_t>(params.wte.rows) * static_cast<size_t>(params.wte.cols);
  params.lm_head_storage = HugeBuffer(n);
  params.lm_head.data = params.lm_head_storage.data();
}

}  // namespace gpt2run
