#include "engine/kernels/store_head.h"

#include <algorithm>
#include <vector>

#include "engine/kernels/kernels.h"
#include "engine/kernels/move_numbers.h"

namespace gpt2run {
namespace {

constexpr int kBlock = CacheShape::kPositions;

// Rows of numbers of one head, n at most kBlock, into a block. Owns nothing.
struct HeadRows {
  const float* x;    // [n] rows, stride apart
  ptrdiff_t stride;  // numbers
  int n, d_head;
};

//   keys  the first position's place in [d_head][64]
void store_keys(const HeadRows& k, float* keys) {
  int i = 0;
  for (; i + 4 <= k.n; i += 4) {
    int d = 0;
    for (; d + 4 <= k.d_head; d += 4) {
      transpose_4x4(k.x + i * k.stride + d, static_cast<size_t>(k.stride), keys + d * kBlock + i,
                    kBlock);
    }
    for (; d < k.d_head; ++d) {
      for (int j = i; j < i + 4; ++j) keys[d * kBlock + j] = k.x[j * k.stride + d];
    }
  }
  for (; i < k.n; ++i) {
    for (int d = 0; d < k.d_head; ++d) keys[d * kBlock + i] = k.x[i * k.stride + d];
  }
}
void store_keys(const HeadRows& k, uint16_t* keys) {
  thread_local std::vector<uint16_t> row;
  row.resize(static_cast<size_t>(k.d_head));
  for (int i = 0; i < k.n; ++i) {
    kernels().to_halves(k.x + i * k.stride, k.d_head, row.data());
    for (int d = 0; d < k.d_head; ++d) keys[d * kBlock + i] = row[static_cast<size_t>(d)];
  }
}

void store_row(const float* x, int n, float* out) {
  std::copy_n(x, n, out);
}
void store_row(const float* x, int n, uint16_t* out) {
  kernels().to_halves(x, n, out);
}

template <class Item>
void store_items(const Matrix& qkv, int n_seq, const LayerCache& cache, int head) {
  const int d_head = cache.shape.d_head, width = cache.shape.value_width;
  const Eigen::Index stride = qkv.cols(), n_embd = stride / 3;
  for (int row = 0; row < n_seq;) {
    const int block = (cache.n_past + row) / kBlock, at = (cache.n_past + row) % kBlock;
    const int n = std::min(kBlock - at, n_seq - row);
    const float* const k = qkv.data() + row * stride + n_embd + head * d_head;
    store_keys({k, stride, n, d_head}, reinterpret_cast<Item*>(cache.keys(block, head)) + at);
    for (int col = 0; col < d_head; col += width) {
      const int n_cols = std::min(width, d_head - col);
      Item* const values =
          reinterpret_cast<Item*>(cache.values(block, head, col / width)) + at * width;
      for (int i = 0; i < n; ++i) {
        store_row(k + n_embd + i * stride + col, n_cols, values + i * width);
      }
    }
    row += n;
  }
}

}  // namespace

void store_head(const Matrix& qkv, int n_seq, const LayerCache& cache, int head) {
  if (cache.type == CacheType::kFloat32) {
    store_items<float>(qkv, n_seq, cache, head);
  } else {
    store_items<uint16_t>(qkv, n_seq, cache, head);
  }
}

}  // namespace gpt2run
