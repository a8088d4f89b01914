// The same bits, whatever the number of threads and the rows of a pass.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/threads.h"
#include "engine/kernels/many_rows.h"
#include "engine/kernels/product.h"
#include "engine/random_params.h"
#include "support/each_isa.h"
#include "support/matrices.h"
#include "support/own_n_threads.h"
#include "support/some_ids.h"

namespace gpt2run {
namespace {

constexpr int kIds = 40;

// The first has work for eight threads in a single row; the others' sizes are multiples of nothing,
// with heads of 3, 33 and 100 columns.
const Hparams kShapes[] = {
    {.n_vocab = 1500, .n_ctx = 70, .n_embd = 192, .n_head = 3, .n_layer = 1},
    {.n_vocab = 101, .n_ctx = 70, .n_embd = 15, .n_head = 5, .n_layer = 3},
    {.n_vocab = 257, .n_ctx = 41, .n_embd = 66, .n_head = 2, .n_layer = 2, .n_inner = 77},
    {.n_vocab = 64, .n_ctx = 40, .n_embd = 200, .n_head = 2, .n_layer = 1}};

class Determinism : public EachIsa {
  OwnNThreads own_n_threads_;
};
GPT2RUN_FOR_EACH_ISA(Determinism);

std::string text_of(const Params& params) {
  return std::string(weight_type_name(params.type)) + ", n_embd " +
         std::to_string(params.hparams.n_embd);
}

TEST_P(Determinism, AnyNumberOfThreadsGivesTheSameBits) {
  for (const Hparams& shape : kShapes) {
    const std::vector<int> ids = some_ids(kIds, shape.n_vocab);
    for (const WeightType type : kWeightTypes) {
      const Params params = random_params(shape, 1, type);
      // Many rows, few rows, then one each.
      const std::vector<int> sizes = {30, 5, 1};
      set_n_threads(1);
      const Matrix expected = logits_in_passes(ids, params, sizes);
      EXPECT_TRUE(expected.allFinite());
      for (const int n : {2, 3, 8}) {
        set_n_threads(n);
        EXPECT_EQ(logits_in_passes(ids, params, sizes), expected)
            << n << " threads, " << text_of(params);
      }
    }
  }
}

// Enough of them for what multiplies float32 by AMX; of so wide a layer in several slices.
TEST_P(Determinism, ManyRowsHaveTheSameBitsForAnyNumberOfThreads) {
  constexpr int kManyIds = 2 * kTermRows + 1;
  const Hparams shape = {
      .n_vocab = 300, .n_ctx = kManyIds, .n_embd = 66, .n_head = 2, .n_layer = 2, .n_inner = 900};
  const std::vector<int> ids = some_ids(kManyIds, shape.n_vocab);
  for (const WeightType type : kWeightTypes) {
    const Params params = random_params(shape, 5, type);
    set_n_threads(1);
    const Matrix expected = logits_in_passes(ids, params, {kManyIds});
    EXPECT_TRUE(expected.allFinite());
    for (const int n : {2, 3, 8}) {
      set_n_threads(n);
      EXPECT_EQ(logits_in_passes(ids, params, {kManyIds}), expected)
          << n << " threads, " << text_of(params);
    }
  }
}

TEST_P(Determinism, TheLastRowAloneHasTheSameBitsForAnyNumberOfThreads) {
  const Hparams shape = {.n_vocab = 101, .n_ctx = 150, .n_embd = 15, .n_head = 5, .n_layer = 3};
  const std::vector<int> ids = some_ids(140, shape.n_vocab);
  for (const WeightType type : kWeightTypes) {
    const Params params = random_params(shape, 10, type);
    const auto last_row = [&](int n) {
      set_n_threads(n);
      KvCache cache(params);
      return gpt2(ids, params, cache);
    };
    const Matrix expected = last_row(1);
    for (const int n : {2, 3, 8}) EXPECT_EQ(last_row(n), expected) << text_of(params);
  }
}

TEST_P(Determinism, FewRowsHaveTheSameBitsAloneAndTogether) {
  for (const Hparams& shape : kShapes) {
    const std::vector<int> ids = some_ids(kIds, shape.n_vocab);
    for (const WeightType type : kWeightTypes) {
      const Params params = random_params(shape, 2, type);
      const int n_prompt = kIds - kFewRows;
      const Matrix alone = logits_in_passes(ids, params, {n_prompt, 1});
      for (const std::vector<int>& sizes :
           {std::vector{n_prompt, kFewRows}, {n_prompt, 5}, {n_prompt, 3, 7, 2}}) {
        EXPECT_EQ(logits_in_passes(ids, params, sizes), alone)
            << sizes[1] << " rows, " << text_of(params);
      }
    }
  }
}

TEST_P(Determinism, Float32HasTheSameBitsForAnyRows) {
  if (many_rows_library() != nullptr)
    GTEST_SKIP() << "a library multiplies many rows in this build";
  for (const Hparams& shape : kShapes) {
    const std::vector<int> ids = some_ids(kIds, shape.n_vocab);
    const Params params = random_params(shape, 3);
    const Matrix alone = logits_in_passes(ids, params, {1});
    for (const int size : {2, 7, 17, 33, kIds}) {
      EXPECT_EQ(logits_in_passes(ids, params, {size}), alone) << size << ", " << text_of(params);
    }
  }
}

TEST(DeterminismOfModels, FewRowsHaveTheSameBitsFromAVX2On) {
  if (best_isa() <= Isa::kAvx2) GTEST_SKIP() << "this processor has nothing above AVX2";
  for (const Hparams& shape : kShapes) {
    const std::vector<int> ids = some_ids(kIds, shape.n_vocab);
    for (const WeightType type : kWeightTypes) {
      const Params params = random_params(shape, 4, type);
      const auto logits = [&](Isa isa) {
        const WithIsa with(isa);
        return logits_in_passes(ids, params, {kFewRows});
      };
      const Matrix expected = logits(Isa::kAvx2);
      for (const Isa isa : isas_here()) {
        if (isa <= Isa::kAvx2) continue;
        EXPECT_EQ(logits(isa), expected) << isa_name(isa) << ", " << text_of(params);
      }
    }
  }
}

}  // namespace
}  // namespace gpt2run
