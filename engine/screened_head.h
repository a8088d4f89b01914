#pragma once

#include <vector>

#include "engine/huge_buffer.h"
#include "engine/tensor.h"
#include "engine/weight.h"

namespace gpt2run {

// For each row the id below n_sampleable whose logit is the largest, the lowest of equals; -1 if
// one of these logits is not finite.
//   x     [n_rows, n_embd]
//   head  n_in = n_embd, n_out = n_vocab
// Requires: 1 <= n_sampleable <= n_vocab.
std::vector<int> argmax_of_rows(const Matrix& x, const Weight& head, int n_sampleable);

// Finds the largest logit without reading the whole head: all n_vocab columns are computed with an
// int8 copy of it, a quarter of the bytes, and only those that could still be the largest are
// computed again from the head itself. The id is the one that all logits would give, ties included.
//
// Why no column is missed. Let w be a column of the head, w' its int8 copy, x a row, x' its 16-bit
// integers times their scales; L the logit that the head's kernel computes, S the one of the int8
// kernel; n inputs, m groups of 32, u = 2^-24, g(k) = k u / (1 - k u), norms Euclidean.
//   The head's kernel rounds each of n sums at most twice:    |L - x w|    <= g(n+1) |x| |w|
//   The int8 kernel's integers are exact; each group's sum
//   is rounded once, and so are the scales' product, its
//   product with the sum and each of m additions:            |S - x' w'|  <= g(m+3) |x'| |w'|
//   x is rounded to the nearest of 2 * 32512 steps of a
//   group's largest, the steps being computed in float32:    |x - x'|     <= 9e-5 |x|
//   By Cauchy and Schwarz:                 |x w - x' w'|  <=  |x| |w - w'| + |x - x'| |w'|
// and |w'| <= |w| + |w - w'|. So |L - S| <= |x| e, where
//   e = |w - w'| + (9e-5 + g(n+1) + 1.01 g(m+3)) (|w| + |w - w'|)
// is one number a column, measured when the copy is made, not assumed: it holds however badly int8
// fits. A column may win only if S + |x| e is no less than any logit that is computed exactly; the
// first to be so is the one with the largest S + |x| e. (Numbers below float32's normal ones add a
// constant far below any logit's last place; rows and columns so large that a sum might overflow
// are not screened.)
//
// Owns: the copy. The head outlives it. Threads: const objects may be shared; computes with
// n_threads().
class ScreenedHead {
 public:
  // Errors: std::invalid_argument unless head.type is kFloat32 or kBFloat16; std::bad_alloc.
  explicit ScreenedHead(const Weight& head);

  // gpt2run::argmax_of_rows(x, head, n_sampleable).
  // Requires: at most kFewRows rows.
  std::vector<int> argmax_of_rows(const Matrix& x, int n_sampleable) const;

  // Bytes that one call reads at least.
  size_t n_bytes() const;

 private:
  // Returns the largest norm of its columns.
  double copy_panel(int panel);

  Weight head_;
  Weight copy_;                // kInt8
  HugeBuffer storage_;         // the copy's
  std::vector<float> errors_;  // [n_vocab] e of each column
  double largest_norm_ = 0;    // of |w| + |w - w'|
};

}  // namespace gpt2run
