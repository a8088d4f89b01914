#include "engine/gpt2.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <thread>
#include <vector>

#include "engine/kernels/product.h"
#include "engine/random_params.h"
#include "support/each_isa.h"
#include "support/matrices.h"
#include "support/some_ids.h"

namespace gpt2run {
namespace {

// Nothing is a power of two, n_embd is odd, n_vocab is not 50257.
const Hparams kAwkward = {.n_vocab = 101, .n_ctx = 150, .n_embd = 15, .n_head = 5, .n_layer = 3};

Matrix all_logits(const std::vector<int>& ids, const Params& params) {
  KvCache cache(params);
  return gpt2(ids, params, cache, LogitsOf::kAllRows);
}

TEST(Gpt2, CachedDecodeEqualsUncachedPrefillAtEverySplit) {
  const Params params = random_params(kAwkward, 1);
  const std::vector<int> ids = some_ids(kAwkward.n_ctx, kAwkward.n_vocab);
  const Matrix whole = all_logits(ids, params);
  for (size_t split = 1; split < ids.size(); ++split) {
    KvCache cache(params);
    const Matrix first = gpt2(std::span(ids).first(split), params, cache, LogitsOf::kAllRows);
    ASSERT_LE((first - whole.topRows(split)).cwiseAbs().maxCoeff(), 1e-5) << split;
    const Matrix rest = gpt2(std::span(ids).subspan(split), params, cache, LogitsOf::kAllRows);
    ASSERT_LE((rest - whole.bottomRows(ids.size() - split)).cwiseAbs().maxCoeff(), 1e-5) << split;
  }
}

TEST(Gpt2, DecodingOneTokenAtATimeEqualsPrefill) {
  const Params params = random_params(kAwkward, 2);
  const std::vector<int> ids = some_ids(kAwkward.n_ctx, kAwkward.n_vocab);
  const Matrix whole = all_logits(ids, params);
  KvCache cache(params);
  for (size_t i = 0; i < ids.size(); ++i) {
    const Matrix row = gpt2(std::span(ids).subspan(i, 1), params, cache);
    ASSERT_EQ(row.rows(), 1);
    ASSERT_LE((row - whole.row(i)).cwiseAbs().maxCoeff(), 1e-5) << i;
  }
}

TEST(Gpt2, LastRowOnlyEqualsTheLastOfAllRows) {
  const Params params = random_params(kAwkward, 3);
  const std::vector<int> ids = some_ids(70, kAwkward.n_vocab);
  KvCache cache(params);
  const Matrix last = gpt2(ids, params, cache);
  EXPECT_EQ(cache.n_past(), 70);
  EXPECT_LE((last - all_logits(ids, params).bottomRows(1)).cwiseAbs().maxCoeff(), 1e-5);
}

TEST(Gpt2, ATokenNeverChangesTheLogitsBeforeIt) {
  const Params params = random_params(kAwkward, 4);
  std::vector<int> ids = some_ids(100, kAwkward.n_vocab);
  const Matrix before = all_logits(ids, params);
  for (const int changed : {1, 63, 64, 65, 99}) {
    std::vector<int> other = ids;
    other[changed] = (other[changed] + 1) % kAwkward.n_vocab;
    const Matrix after = all_logits(other, params);
    EXPECT_EQ(after.topRows(changed), before.topRows(changed)) << changed;
    EXPECT_NE(after.row(changed), before.row(changed)) << changed;
  }
}

TEST(Gpt2, AnyShapeRuns) {
  for (const Hparams& hparams :
       {Hparams{1, 1, 1, 1, 1}, Hparams{2, 3, 1, 1, 1}, Hparams{257, 5, 6, 3, 1},
        Hparams{50, 33, 66, 2, 2}, Hparams{13, 9, 64, 64, 1}, Hparams{13, 9, 6, 2, 2, 1},
        Hparams{13, 9, 6, 2, 2, 77}}) {
    const Params params = random_params(hparams, 5);
    const Matrix logits = all_logits(some_ids(hparams.n_ctx, hparams.n_vocab), params);
    EXPECT_EQ(logits.rows(), hparams.n_ctx);
    EXPECT_EQ(logits.cols(), hparams.n_vocab);
    EXPECT_TRUE(logits.allFinite());
  }
}

// The same rows in another order: the same logits in that order.
TEST(Gpt2, AHeadOfItsOwnIsUsedInPlaceOfWte) {
  Params params = random_params(kAwkward, 10);
  const std::vector<int> ids = some_ids(9, kAwkward.n_vocab);
  EXPECT_EQ(params.lm_head.data, params.wte.data);
  const Matrix tied = all_logits(ids, params);
  untie_head(params);
  EXPECT_EQ(all_logits(ids, params), Matrix::Zero(9, kAwkward.n_vocab));
  const Matrix reversed = unpacked(params.wte).rowwise().reverse();
  pack(reversed.data(), MatrixOrder::kInOut, params.lm_head);
  const Matrix untied = all_logits(ids, params);
  EXPECT_LE((untied - tied.rowwise().reverse()).cwiseAbs().maxCoeff(), 1e-5);
}

class LastRow : public EachIsa {};
GPT2RUN_FOR_EACH_ISA(LastRow);

// The last layer computes no other row then, but keeps all keys and values.
TEST_P(LastRow, AloneIsAsWithAllRowsAndSoIsWhatFollows) {
  for (const WeightType type : kWeightTypes) {
    const Params params = random_params(kAwkward, 9, type);
    for (const int n_seq : {1, 2, 16, 17, 40, 149}) {
      const std::vector<int> ids = some_ids(n_seq + 1, kAwkward.n_vocab);
      KvCache cache(params), cache_of_all(params);
      const Matrix last = gpt2(std::span(ids).first(n_seq), params, cache);
      const Matrix all =
          gpt2(std::span(ids).first(n_seq), params, cache_of_all, LogitsOf::kAllRows);
      ASSERT_EQ(last.rows(), 1);
      // Many rows may be rounded to bfloat16 or bytes, one never is.
      const float share = n_seq <= kFewRows ? 0 : type == WeightType::kFloat32 ? 4e-6f : 1e-2f;
      EXPECT_LE((last - all.bottomRows(1)).norm(), share * last.norm())
          << weight_type_name(type) << " " << n_seq;
      const auto next = std::span(ids).last(1);
      EXPECT_EQ(gpt2(next, params, cache), gpt2(next, params, cache_of_all))
          << weight_type_name(type) << " " << n_seq;
    }
  }
}

TEST(Gpt2, RefusesBadIdsAndAFullContextAndLeavesTheCacheAsItWas) {
  const Params params = random_params(kAwkward, 6);
  KvCache cache(params);
  gpt2(some_ids(149, kAwkward.n_vocab), params, cache);
  EXPECT_THROW(gpt2(std::vector<int>{}, params, cache), std::invalid_argument);
  EXPECT_THROW(gpt2(std::vector<int>{-1}, params, cache), std::invalid_argument);
  EXPECT_THROW(gpt2(std::vector<int>{101}, params, cache), std::invalid_argument);
  EXPECT_THROW(gpt2(std::vector<int>{1, 2}, params, cache), std::length_error);
  EXPECT_EQ(cache.n_past(), 149);
  gpt2(std::vector<int>{100}, params, cache);
  EXPECT_THROW(gpt2(std::vector<int>{1}, params, cache), std::length_error);
}

TEST(Gpt2, TruncatingTheCacheForgetsTheTail) {
  const Params params = random_params(kAwkward, 7);
  const std::vector<int> ids = some_ids(20, kAwkward.n_vocab);
  KvCache cache(params);
  const Matrix first = gpt2(ids, params, cache);
  cache.truncate(19);
  EXPECT_EQ(gpt2(std::span(ids).last(1), params, cache).cols(), first.cols());
  cache.truncate(0);
  EXPECT_EQ(gpt2(ids, params, cache), first);
}

TEST(Gpt2, ThreadsShareConstParams) {
  const Params params = random_params(kAwkward, 8);
  const std::vector<int> ids = some_ids(60, kAwkward.n_vocab);
  const Matrix expected = all_logits(ids, params);
  std::vector<Matrix> found(4);
  std::vector<std::thread> threads;
  for (Matrix& logits : found) {
    threads.emplace_back([&] { logits = all_logits(ids, params); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Matrix& logits : found) {
    EXPECT_LE((logits - expected).cwiseAbs().maxCoeff(), 1e-5);
  }
}

}  // namespace
}  // namespace gpt2run
