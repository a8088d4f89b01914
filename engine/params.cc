#include "engine/params.h"

#include <cassert>
#include <new>

namespace gpt2run {
namespace {

constexpr size_t kAlignment = 64;  // bytes: one cache line

// Hands out pieces of one buffer in order. Without a buffer it counts what they need.
class Arena {
 public:
  Arena(float* data, WeightType type) : data_(reinterpret_cast<std::byte*>(data)), type_(type) {}

  WeightVector vector(int n) { return {floats(static_cast<size_t>(n)), n}; }
  LookupTable table(int rows, int cols) {
    return {floats(static_cast<size_t>(rows) * static_cast<size_t>(cols)), rows, cols};
  }
  Weight weight(int n_in, int n_out) {
    return {take(weight_bytes(type_, n_in, n_out)), n_in, n_out, type_};
  }
  LayerNorm layer_norm(int n) { return {.g = vector(n), .b = vector(n)}; }
  Linear linear(int n_in, int n_out) { return {.w = weight(n_in, n_out), .b = vector(n_out)}; }

  size_t n_bytes() const { return n_bytes_; }

 private:
  float* floats(size_t n) { return reinterpret_cast<float*>(take(n * sizeof(float))); }

  std::byte* take(size_t n) {
    std::byte* const piece = data_ == nullptr ? nullptr : data_ + n_bytes_;
    if (__builtin_add_overflow(n, kAlignment - 1, &n)) throw std::bad_alloc();
    n = n / kAlignment * kAlignment;
    if (__builtin_add_overflow(n_bytes_, n, &n_bytes_)) throw std::bad_alloc();
    return piece;
  }

  std::byte* data_;
  WeightType type_;
  size_t n_bytes_ = 0;
};

// In the order of use, so that a decode step reads the buffer from end to end (the head, wte,
// last).
void lay_out(Params& params, Arena& arena) {
  const int n_embd = params.hparams.n_embd;
  params.wpe = arena.table(params.hparams.n_ctx, n_embd);
  for (Block& block : params.blocks) {
    block.ln_1 = arena.layer_norm(n_embd);
    block.attn.c_attn = arena.linear(n_embd, 3 * n_embd);
    block.attn.c_proj = arena.linear(n_embd, n_embd);
    block.ln_2 = arena.layer_norm(n_embd);
    block.mlp.c_fc = arena.linear(n_embd, params.hparams.d_mlp());
    block.mlp.c_proj = arena.linear(params.hparams.d_mlp(), n_embd);
  }
  params.ln_f = arena.layer_norm(n_embd);
  params.wte = arena.weight(n_embd, params.hparams.n_vocab);
  params.lm_head = params.wte;
}

}  // namespace

Params make_params(const Hparams& hparams, WeightType type) {
  assert(hparams.n_vocab > 0 && hparams.n_ctx > 0 && hparams.n_embd > 0 && hparams.n_head > 0 &&
         hparams.n_layer > 0 && hparams.n_embd % hparams.n_head == 0);
  Params params;
  params.hparams = hparams;
  params.type = type;
  params.blocks.resize(static_cast<size_t>(hparams.n_layer));
  Arena count(nullptr, type);
  lay_out(params, count);
  params.storage = HugeBuffer(count.n_bytes() / sizeof(float));
  Arena arena(params.storage.data(), type);
  lay_out(params, arena);
  return params;
}

void untie_head(Params& params) {
  const Weight& wte = params.wte;
  const size_t n = weight_bytes(wte.type, wte.n_in, wte.n_out);
  params.lm_head_storage = HugeBuffer((n + sizeof(float) - 1) / sizeof(float));
  params.lm_head.data = reinterpret_cast<std::byte*>(params.lm_head_storage.data());
}

}  // namespace gpt2run
