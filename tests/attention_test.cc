#include "engine/attention.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <tuple>

#include "engine/attention_terms.h"
#include "engine/kernels/kernels.h"
#include "support/each_isa.h"
#include "support/matrices.h"

namespace gpt2run {
namespace {

// One query over all keys, in double precision.
//   q  [1, d_head]; k, v  [n_keys, d_head]
struct ExactHead {
  ExactHead(const Matrix& q, const Matrix& k, const Matrix& v, double scale) {
    const Eigen::MatrixXd keys = k.cast<double>(), values = v.cast<double>();
    const Eigen::VectorXd query = q.cast<double>().transpose();
    const Eigen::VectorXd weights = (keys * query * scale).array().exp();
    result = weights.transpose() / weights.sum() * values;
    largest_score = scale * (keys.cwiseAbs() * query.cwiseAbs()).maxCoeff();
    largest_value = values.cwiseAbs().maxCoeff();
  }

  // How far the result is off if queries, keys, weights and values are all off by a share of
  // themselves, at most: then a score is off by twice that share of what is added up for it, and
  // weights by a factor.
  double rounding(double share) const {
    return largest_value * (std::expm1(2 * 2.01 * share * largest_score) + 3 * share);
  }

  Eigen::RowVectorXd result;
  double largest_score;  // of magnitudes
  double largest_value;
};

// What is rounded: the cache to float16, and where terms are taken beside integers, all to
// bfloat16.
double rounding_share(int n_seq, WeightType type) {
  if (type == WeightType::kFloat32) return 0;
  const bool in_one_term = terms_for(n_seq, !is_float(type)) == &kernels().one_term;
  return 1 / 4096.0 + (in_one_term ? 1 / 512.0 : 0);
}

class Attention : public EachIsa {};
GPT2RUN_FOR_EACH_ISA(Attention);

// Float32's way, bfloat16's, and the one that many rows beside integers take where that rounds.
TEST_P(Attention, EqualsADoublePrecisionLoopInEachHead) {
  constexpr int kHeads = 2;
  for (const WeightType type : {WeightType::kFloat32, WeightType::kBFloat16, WeightType::kInt8}) {
    for (const auto& [n_past, n_seq, d_head] : {std::tuple{0, 1, 1},
                                                {0, 130, 3},
                                                {7, 1, 64},
                                                {65, 66, 15},
                                                {3, 64, 8},
                                                {30, 40, 100},
                                                {0, 17, 64},
                                                {0, 96, 64},
                                                {70, 97, 33},
                                                {30, 300, 100}}) {
      const int n_embd = kHeads * d_head, n_keys = n_past + n_seq;
      const Matrix qkv = random_matrix(n_keys, 3 * n_embd, 1, 3);
      KvCache cache(Hparams{.n_ctx = n_keys, .n_embd = n_embd, .n_head = kHeads, .n_layer = 1},
                    type);
      const float scale = n_seq == 64 ? 0.25f : 1 / std::sqrt(static_cast<float>(d_head));
      if (n_past > 0) attention(qkv.topRows(n_past), scale, cache.layer(0));
      cache.advance(n_past);
      const Matrix out = attention(qkv.bottomRows(n_seq), scale, cache.layer(0));
      ASSERT_EQ(out.rows(), n_seq);
      ASSERT_EQ(out.cols(), n_embd);
      for (int i = 0; i < n_seq; ++i) {
        for (int col = 0; col < n_embd; col += d_head) {
          const int n_seen = n_past + i + 1;
          const ExactHead expected(qkv.block(n_past + i, col, 1, d_head),
                                   qkv.block(0, n_embd + col, n_seen, d_head),
                                   qkv.block(0, 2 * n_embd + col, n_seen, d_head), scale);
          const Matrix found = out.block(i, col, 1, d_head);
          ASSERT_LE((found.cast<double>() - expected.result).cwiseAbs().maxCoeff(),
                    2e-5 + expected.rounding(rounding_share(n_seq, type)))
              << weight_type_name(type) << ", row " << i << " of " << n_seq;
        }
      }
    }
  }
}

// Behind the last position, in its block, stands what an earlier text left.
TEST_P(Attention, IgnoresWhatAnEarlierTextLeft) {
  constexpr int kHeads = 2, kEmbd = 20, kContext = 256;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const WeightType type : {WeightType::kFloat32, WeightType::kInt8}) {
    for (const int n_seq : {1, 20, 100, 140}) {
      const Matrix qkv = random_matrix(n_seq, 3 * kEmbd, 2);
      KvCache fresh(Hparams{.n_ctx = kContext, .n_embd = kEmbd, .n_head = kHeads, .n_layer = 1},
                    type);
      KvCache used(Hparams{.n_ctx = kContext, .n_embd = kEmbd, .n_head = kHeads, .n_layer = 1},
                   type);
      attention(Matrix::Constant(kContext, 3 * kEmbd, nan), 1, used.layer(0));
      EXPECT_EQ(attention(qkv, 1, used.layer(0)), attention(qkv, 1, fresh.layer(0)))
          << weight_type_name(type) << " " << n_seq;
    }
  }
}

}  // namespace
}  // namespace gpt2run
