#pragma once

#include "engine/kv_cache.h"
#include "engine/tensor.h"

namespace gpt2run {

// What attention() computes for one head and many rows, by Kernels::multiply_many_f32: as exact as
// float32, but a row's bits differ from those that it has with few.
//   qkv          [n_seq, 3*n_embd]; the keys and values are in the cache already
//   head         of cache.shape.n_head
//   begin, end   the rows, in [0, n_seq); begin is a multiple of Kernels::many_rows
//   heads        [n_seq, n_embd]; the head's columns of the rows are written
// Requires: kernels().multiply_many_f32 is not null.
void attend_by_terms(const Matrix& qkv, float scale, const LayerCache& cache, int head, int begin,
                     int end, Matrix& heads);

}  // namespace gpt2run
