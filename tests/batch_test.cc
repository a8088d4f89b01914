#include "engine/batch.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "engine/gpt2.h"
#include "engine/kernels/product.h"
#include "engine/random_params.h"
#include "support/each_isa.h"
#include "support/matrices.h"
#include "support/some_ids.h"

namespace gpt2run {
namespace {

// A size that is a multiple of nothing, and one with work for several threads.
const Hparams kShapes[] = {
    {.n_vocab = 101, .n_ctx = 70, .n_embd = 15, .n_head = 5, .n_layer = 3},
    {.n_vocab = 1500, .n_ctx = 70, .n_embd = 192, .n_head = 3, .n_layer = 2}};

// Sequences of different lengths, the first without a past.
class Sequences {
 public:
  Sequences(int n, const Params& params) {
    caches_.reserve(static_cast<size_t>(n));
    for (int i = 0; i < n; ++i) {
      KvCache& cache = caches_.emplace_back(params);
      const std::vector<int> ids = some_ids(100 + i, params.hparams.n_vocab);
      if (i > 0) gpt2(std::span(ids).last(static_cast<size_t>(i * 13 % 66 + 1)), params, cache);
    }
    for (KvCache& cache : caches_) pointers_.push_back(&cache);
  }

  KvCache& operator[](size_t i) { return caches_[i]; }
  std::span<KvCache* const> pointers() const { return pointers_; }
  std::vector<int> lengths() const {
    std::vector<int> lengths;
    for (const KvCache& cache : caches_) lengths.push_back(cache.n_past());
    return lengths;
  }

 private:
  std::vector<KvCache> caches_;
  std::vector<KvCache*> pointers_;
};

// Two steps, so that what the first one leaves in the caches is met.
Matrix two_steps(const std::vector<int>& ids, const Params& params, Sequences& sequences) {
  gpt2_batch(ids, params, sequences.pointers());
  return gpt2_batch(ids, params, sequences.pointers());
}

class Batch : public EachIsa {};
GPT2RUN_FOR_EACH_ISA(Batch);

TEST_P(Batch, EachRowHasTheBitsOfItsSequenceAlone) {
  for (const Hparams& shape : kShapes) {
    for (const WeightType type : kWeightTypes) {
      const Params params = random_params(shape, 1, type);
      for (const int n : {1, 2, 5, kFewRows}) {
        Sequences together(n, params), alone(n, params);
        const std::vector<int> ids = some_ids(n, shape.n_vocab);
        const Matrix logits = two_steps(ids, params, together);
        ASSERT_EQ(logits.rows(), n);
        for (size_t i = 0; i < ids.size(); ++i) {
          gpt2({&ids[i], 1}, params, alone[i]);
          const Matrix expected = gpt2({&ids[i], 1}, params, alone[i]);
          EXPECT_EQ(Matrix(logits.row(static_cast<Eigen::Index>(i))), expected)
              << weight_type_name(type) << ", sequence " << i << " of " << n;
        }
        EXPECT_EQ(together.lengths(), alone.lengths());
      }
    }
  }
}

TEST(BatchOfMany, EachRowIsCloseToItsSequenceAlone) {
  constexpr int kMany = 2 * kFewRows + 1;
  const Params params = random_params(kShapes[1], 2);
  Sequences together(kMany, params), alone(kMany, params);
  const std::vector<int> ids = some_ids(kMany, params.hparams.n_vocab);
  const Matrix logits = two_steps(ids, params, together);
  for (size_t i = 0; i < ids.size(); ++i) {
    gpt2({&ids[i], 1}, params, alone[i]);
    const Matrix expected = gpt2({&ids[i], 1}, params, alone[i]);
    EXPECT_LE((logits.row(static_cast<Eigen::Index>(i)) - expected).cwiseAbs().maxCoeff(), 2e-5);
  }
}

TEST(BatchErrors, LeaveEveryCacheAsItWas) {
  const Params params = random_params(kShapes[0], 3);
  Sequences sequences(3, params);
  const std::vector<int> lengths = sequences.lengths(), good = {1, 2, 3};
  const auto caches = sequences.pointers();
  EXPECT_THROW(gpt2_batch({}, params, {}), std::invalid_argument);
  EXPECT_THROW(gpt2_batch(good, params, caches.first(2)), std::invalid_argument);
  EXPECT_THROW(gpt2_batch(std::vector{1, 2}, params, caches), std::invalid_argument);
  EXPECT_THROW(gpt2_batch(std::vector{1, 2, 101}, params, caches), std::invalid_argument);
  EXPECT_THROW(gpt2_batch(std::vector{-1, 2, 3}, params, caches), std::invalid_argument);
  const std::vector<KvCache*> twice = {caches[0], caches[1], caches[0]};
  EXPECT_THROW(gpt2_batch(good, params, twice), std::invalid_argument);
  EXPECT_EQ(sequences.lengths(), lengths);

  const std::vector<int> rest(static_cast<size_t>(70 - lengths[1]), 4);
  gpt2(rest, params, sequences[1]);
  EXPECT_THROW(gpt2_batch(good, params, caches), std::length_error);
  EXPECT_EQ(sequences.lengths(), (std::vector{lengths[0], 70, lengths[2]}));

  // None holds anything of the steps that failed.
  Sequences untouched(3, params);
  const std::vector<int> ids = {7, 9};
  const std::vector<KvCache*> two = {caches[0], caches[2]},
                              two_untouched = {&untouched[0], &untouched[2]};
  EXPECT_EQ(gpt2_batch(ids, params, two), gpt2_batch(ids, params, two_untouched));
}

}  // namespace
}  // namespace gpt2run
