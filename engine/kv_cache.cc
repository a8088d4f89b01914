#include "engine/kv_cache.h"

#include <algorithm>

#include "engine/checked_product.h"
#include "engine/kernels/kernels.h"

namespace gpt2run {
namespace {

static_assert(CacheShape::kPositions == kPanelCols);

}  // namespace

CacheShape cache_shape(int n_head, int d_head) {
  CacheShape shape = {.n_head = n_head, .d_head = d_head};
  const int rounded = in_column_units(d_head);
  shape.value_width = std::min(rounded, kPanelCols);
  shape.n_value_panels = (d_head + shape.value_width - 1) / shape.value_width;
  shape.keys_size = static_cast<size_t>(d_head) * CacheShape::kPositions;
  shape.values_size = static_cast<size_t>(shape.n_value_panels) *
                      static_cast<size_t>(shape.value_width) * CacheShape::kPositions;
  shape.block_size = static_cast<size_t>(n_head) * (shape.keys_size + shape.values_size);
  return shape;
}

KvCache::KvCache(const Hparams& hparams, WeightType type)
    : shape_(cache_shape(hparams.n_head, hparams.d_head())),
      weights_(type),
      block_stride_(checked_product(shape_.block_size, static_cast<size_t>(hparams.n_layer))),
      n_ctx_(hparams.n_ctx) {
  const auto n_blocks = static_cast<size_t>(CacheShape::n_blocks(n_ctx_));
  // An even number of them: a block holds 64 positions.
  storage_ = HugeBuffer(
      checked_product(checked_product(block_stride_, n_blocks), item_bytes(cache_type_for(type))) /
      sizeof(float));
}

LayerCache KvCache::layer(int index) {
  const size_t number = static_cast<size_t>(index) * shape_.block_size;
  const CacheType type = cache_type_for(weights_);
  return {.data = reinterpret_cast<std::byte*>(storage_.data()) + number * item_bytes(type),
          .block_stride = block_stride_,
          .shape = shape_,
          .type = type,
          .may_round = !is_float(weights_),
          .n_past = n_past_};
}

}  // namespace gpt2run
