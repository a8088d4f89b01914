#include "engine/kv_cache.h"

#include <cstddef>
#include <new>

namespace gpt2run {
namespace {

size_t checked_product(size_t a, size_t b) {
  size_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) throw std::bad_alloc();
  return product;
}

}  // namespace

KvCache::KvCache(const Hparams& hparams)
    : storage_(checked_product(checked_product(2 * static_cast<size_t>(hparams.n_layer),
                                               static_cast<size_t>(hparams.n_ctx)),
                               static_cast<size_t>(hparams.n_embd))),
      n_ctx_(hparams.n_ctx),
      n_embd_(hparams.n_embd) {}

LayerCache KvCache::layer(int index) {
  const size_t n = static_cast<size_t>(n_ctx_) * static_cast<size_t>(n_embd_);
  float* const k = storage_.data() + 2 * static_cast<size_t>(index) * n;
  return {.k = k, .v = k + n, .n_past = n_past_};
}

}  // namespace gpt2run
