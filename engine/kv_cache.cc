#include "engine/kv_cache.h"

#include <algorithm>
#include <new>

#include "engine/kernels/kernels.h"

namespace gpt2run {
namespace {

static_assert(CacheShape::kPositions == kPanelCols);

size_t checked_product(size_t a, size_t b) {
  size_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) throw std::bad_alloc();
  return product;
}

int n_blocks(int n_positions) {
  return (n_positions + CacheShape::kPositions - 1) / CacheShape::kPositions;
}

}  // namespace

int CacheShape::value_width() const {
  const int rounded = (d_head + kColumnUnit - 1) / kColumnUnit * kColumnUnit;
  return std::min(rounded, kPanelCols);
}

int CacheShape::n_value_panels() const {
  return (d_head + value_width() - 1) / value_width();
}

size_t CacheShape::keys_size() const {
  return static_cast<size_t>(d_head) * kPositions;
}

size_t CacheShape::values_size() const {
  return static_cast<size_t>(n_value_panels()) * static_cast<size_t>(value_width()) * kPositions;
}

float* LayerCache::keys(int block, int head) const {
  return data + static_cast<size_t>(block) * shape.block_size() +
         static_cast<size_t>(head) * shape.keys_size();
}

float* LayerCache::values(int block, int head, int panel) const {
  const auto n_head = static_cast<size_t>(shape.n_head);
  return data + static_cast<size_t>(block) * shape.block_size() + n_head * shape.keys_size() +
         static_cast<size_t>(head) * shape.values_size() +
         static_cast<size_t>(panel) * static_cast<size_t>(shape.value_width()) *
             CacheShape::kPositions;
}

KvCache::KvCache(const Hparams& hparams)
    : shape_({.n_head = hparams.n_head, .d_head = hparams.d_head()}), n_ctx_(hparams.n_ctx) {
  const size_t layer_size =
      checked_product(shape_.block_size(), static_cast<size_t>(n_blocks(n_ctx_)));
  storage_ = HugeBuffer(checked_product(layer_size, static_cast<size_t>(hparams.n_layer)));
}

LayerCache KvCache::layer(int index) {
  const size_t layer_size = shape_.block_size() * static_cast<size_t>(n_blocks(n_ctx_));
  return {.data = storage_.data() + static_cast<size_t>(index) * layer_size,
          .shape = shape_,
          .n_past = n_past_};
}

}  // namespace gpt2run
