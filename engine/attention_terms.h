#pragma once

#include "engine/kernels/kernels.h"
#include "engine/kv_cache.h"
#include "engine/tensor.h"

namespace gpt2run {

// By which terms so many rows are multiplied; null: as float32. What may be rounded to bfloat16 is
// beside weights of integers, whose own rounding is coarser: with that the divergence of a model's
// predictions was 1 to 2 % larger for int8; for weights of kBFloat16 it would be 2 to 19 %.
const TermKernels* terms_for(int n_rows, bool may_round);

// What attention() computes for one head and many rows, by products of terms: of
// Kernels::three_terms as exact as float32, of Kernels::one_term with queries, keys, values and
// weights rounded. A row's bits differ from those that it has with few.
//   with         its members are not null
//   qkv          [n_seq, 3*n_embd]; the keys and values are in the cache already
//   head         of cache.shape.n_head
//   begin, end   the rows, in [0, n_seq); begin is a multiple of Kernels::many_rows
//   heads        [n_seq, n_embd]; the head's columns of the rows are written
// Threads: several may compute different heads, or different rows of one.
void attend_by_terms(const TermKernels& with, const Matrix& qkv, float scale,
                     const LayerCache& cache, int head, int begin, int end, Matrix& heads);

}  // namespace gpt2run
