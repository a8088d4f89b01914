#include "engine/attention.h"

#include <algorithm>
#include <cassert>
#include <limits>

#include "engine/ops.h"
#include "engine/threads.h"

namespace gpt2run {
namespace {

// Queries that are scored together. Later keys than the last query of a block sees are not touched,
// so that half of the square matrix is never computed, and the scores stay in cache.
constexpr Eigen::Index kQueryBlock = 64;

}  // namespace

Matrix attention(const HeadView& q, const HeadView& k, const HeadView& v, float scale) {
  const Eigen::Index n_seq = q.rows();
  const Eigen::Index n_past = k.rows() - n_seq;
  Matrix out(n_seq, q.cols());  // [n_seq, d_head]
  for (Eigen::Index begin = 0; begin < n_seq; begin += kQueryBlock) {
    const Eigen::Index n_rows = std::min(kQueryBlock, n_seq - begin);
    const Eigen::Index n_keys = n_past + begin + n_rows;
    Matrix scores(n_rows, n_keys);  // [n_rows, n_keys]
    scores.noalias() = scale * q.middleRows(begin, n_rows) * k.topRows(n_keys).transpose();
    for (Eigen::Index i = 0; i < n_rows; ++i) {  // the causal mask
      scores.row(i).tail(n_rows - 1 - i).setConstant(-std::numeric_limits<float>::infinity());
    }
    scores = softmax(std::move(scores));
    out.middleRows(begin, n_rows).noalias() = scores * v.topRows(n_keys);
  }
  return out;
}

Matrix mha(const Matrix& x, const Attn& attn, int n_head, float scale, LayerCache cache) {
  const Eigen::Index n_seq = x.rows();
  const Eigen::Index n_embd = x.cols();
  const Eigen::Index d_head = n_embd / n_head;
  assert(d_head * n_head == n_embd);
  const Eigen::Index n_keys = cache.n_past + n_seq;

  const Matrix qkv = linear(x, attn.c_attn);  // [n_seq, n_embd] -> [n_seq, 3*n_embd]
  Eigen::Map<Matrix> keys(cache.k, n_keys, n_embd), values(cache.v, n_keys, n_embd);
  parallel_for(static_cast<int>(n_seq), 2.0 * static_cast<double>(n_seq * n_embd), [&](int i) {
    keys.row(cache.n_past + i) = qkv.row(i).segment(n_embd, n_embd);
    values.row(cache.n_past + i) = qkv.row(i).tail(n_embd);
  });

  Matrix heads(n_seq, n_embd);  // side by side
  const double work = 4.0 * static_cast<double>(n_seq * n_keys * n_embd);
  parallel_for(n_head, work, [&](int head) {
    const Eigen::Index column = head * d_head;
    const HeadView q(qkv.data() + column, n_seq, d_head, Eigen::OuterStride<>(3 * n_embd));
    const HeadView k(cache.k + column, n_keys, d_head, Eigen::OuterStride<>(n_embd));
    const HeadView v(cache.v + column, n_keys, d_head, Eigen::OuterStride<>(n_embd));
    heads.middleCols(column, d_head) = attention(q, k, v, scale);
  });
  return linear(heads, attn.c_proj);  // [n_seq, n_embd] -> [n_seq, n_embd]
}

}  // namespace gpt2run
