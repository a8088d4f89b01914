#pragma once

#include <cstddef>

#include "engine/weight.h"

namespace gpt2run {

// What keys and values are stored as.
enum class CacheType {
  kFloat32,
  kFloat16,  // half the reading of each token that follows
};
inline size_t item_bytes(CacheType type) {
  return type == CacheType::kFloat32 ? 4 : 2;
}
// The one for a model whose weights are of that type: beside the rounding of any but float32, that
// of keys and values to float16 is next to nothing.
inline CacheType cache_type_for(WeightType type) {
  return type == WeightType::kFloat32 ? CacheType::kFloat32 : CacheType::kFloat16;
}

}  // namespace gpt2run
