#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>
#include <vector>

#include "base/threads.h"
#include "engine/draft_lookup.h"
#include "engine/draft_model.h"
#include "engine/generate.h"
#include "engine/half.h"
#include "engine/random_params.h"
#include "engine/repack.h"
#include "support/each_isa.h"
#include "support/generated.h"

namespace gpt2run {
namespace {

constexpr WeightType kTypes[] = {WeightType::kFloat32, WeightType::kBFloat16};
// Cheap enough to try anything, so that small models are drafted for as large ones are.
constexpr DraftCosts kCheap = {.row = 0.01, .guess = 0.1};

// The same ids, for the same reason, as without the draft.
Generated expect_plain_ids(const Params& params, const DraftModel& draft,
                           const std::vector<int>& prompt, GenerateOptions options) {
  const Generated plain = generated_by(params, prompt, options);
  options.draft = &draft;
  Generated drafted = generated_by(params, prompt, options);
  EXPECT_EQ(drafted.ids, plain.ids);
  EXPECT_EQ(drafted.result.finish_reason, plain.result.finish_reason);
  EXPECT_EQ(drafted.result.n_generated, plain.result.n_generated);
  EXPECT_EQ(drafted.result.n_decoded, plain.result.n_decoded);
  return drafted;
}

// With a screened head, however small it is.
DraftModel cheap_draft(const Params& params) {
  DraftModel draft = make_draft_model(params);
  draft.head = std::make_shared<const ScreenedHead>(params.lm_head);
  draft.costs = kCheap;
  return draft;
}

std::vector<int> some_prompt(int n, int n_vocab, int seed) {
  std::vector<int> ids;
  for (int i = 0; i < n; ++i) ids.push_back((i * i * 31 + i * 7 + seed * 13) % n_vocab);
  return ids;
}

const Hparams kShapes[] = {
    {.n_vocab = 40, .n_ctx = 70, .n_embd = 8, .n_head = 2, .n_layer = 2},
    {.n_vocab = 101, .n_ctx = 90, .n_embd = 15, .n_head = 5, .n_layer = 3},
    {.n_vocab = 1000, .n_ctx = 50, .n_embd = 64, .n_head = 4, .n_layer = 1},
    {.n_vocab = 333, .n_ctx = 130, .n_embd = 66, .n_head = 1, .n_layer = 2, .n_inner = 77},
};

class DraftIsa : public EachIsa {};
GPT2RUN_FOR_EACH_ISA(DraftIsa);

TEST_P(DraftIsa, GivesThePlainIdsForRandomModelsPromptsAndLengths) {
  for (uint64_t seed = 0; seed < 24; ++seed) {
    const Hparams& hparams = kShapes[seed % 4];
    const Params params = random_params(hparams, seed, kTypes[seed / 4 % 2]);
    const DraftModel draft = cheap_draft(params);
    for (const int n_prompt : {1, 2, 17, 40}) {
      for (const int n_tokens : {1, 2, 30, 1000}) {
        SCOPED_TRACE("seed " + std::to_string(seed) + ", prompt of " + std::to_string(n_prompt));
        const auto prompt = some_prompt(n_prompt, hparams.n_vocab, static_cast<int>(seed));
        expect_plain_ids(params, draft, prompt, {.n_tokens = n_tokens});
      }
    }
  }
}

TEST(Draft, HonoursTheEndOfTextAndTheVocabulary) {
  for (uint64_t seed = 30; seed < 38; ++seed) {
    const Hparams& hparams = kShapes[seed % 4];
    const Params params = random_params(hparams, seed, kTypes[seed / 4 % 2]);
    const DraftModel draft = cheap_draft(params);
    const auto prompt = some_prompt(5, hparams.n_vocab, static_cast<int>(seed));
    const std::vector<int> free = generated_by(params, prompt, {.n_tokens = 40}).ids;
    for (const int eot : free) {
      expect_plain_ids(params, draft, prompt, {.n_tokens = 40, .eot = eot});
    }
    for (const int n_sampleable : {1, 2, 17, hparams.n_vocab - 1}) {
      expect_plain_ids(params, draft, prompt, {.n_tokens = 40, .n_sampleable = n_sampleable});
    }
  }
}

TEST(Draft, FillsTheContextExactlyFromEveryPrompt) {
  Hparams hparams = kShapes[0];
  hparams.n_ctx = 23;
  const Params params = random_params(hparams, 40);
  const DraftModel draft = cheap_draft(params);
  for (int n_prompt = 1; n_prompt <= hparams.n_ctx; ++n_prompt) {
    const auto prompt = some_prompt(n_prompt, hparams.n_vocab, 3);
    const Generated drafted = expect_plain_ids(params, draft, prompt, {.n_tokens = 100});
    EXPECT_EQ(drafted.result.finish_reason, FinishReason::kContext);
  }
}

TEST(Draft, StopsWhenAsked) {
  const Params params = random_params(kShapes[0], 41);
  const DraftModel draft = cheap_draft(params);
  for (int n_asked = 1; n_asked < 20; ++n_asked) {
    int n = 0;
    const GenerateResult result =
        generate(std::vector<int>{1}, params, {.n_tokens = 60, .draft = &draft},
                 [&](int) { return ++n < n_asked; });
    EXPECT_EQ(result.finish_reason, FinishReason::kStopped);
    EXPECT_EQ(result.n_generated, n_asked);
  }
}

// The copy is the model: every guess is right, and few passes are needed.
TEST(Draft, ACopyThatIsAlwaysRightSavesMostPasses) {
  const Params params = random_params(kShapes[3], 50);
  DraftModel draft = cheap_draft(params);
  draft.copy = repacked(params, WeightType::kFloat32);
  const Generated drafted =
      expect_plain_ids(params, draft, some_prompt(9, 333, 1), {.n_tokens = 120});
  const DraftReport& report = drafted.result.draft;
  EXPECT_EQ(report.copy.n_wrong, 0);
  EXPECT_EQ(report.copy.n_right + report.lookup.n_right + report.n_passes,
            drafted.result.n_decoded);
  EXPECT_LT(report.n_passes, 30);
}

// Guesses that are wrong by construction: given up, but for a try now and then.
TEST(Draft, ACopyThatIsAlwaysWrongIsGivenUp) {
  const Params params = random_params(kShapes[3], 51);
  const auto prompt = some_prompt(9, 333, 1);
  const std::vector<int> plain = generated_by(params, prompt, {.n_tokens = 120}).ids;
  DraftModel draft = cheap_draft(params);
  draft.replace_guess = [&](int position, int) {
    const size_t i = static_cast<size_t>(position) - prompt.size();
    return ((i < plain.size() ? plain[i] : 0) + 1) % 333;
  };
  const Generated drafted = expect_plain_ids(params, draft, prompt, {.n_tokens = 120});
  const DraftReport& report = drafted.result.draft;
  EXPECT_EQ(report.copy.n_right, 0);
  EXPECT_GT(report.copy.n_wrong, 0);
  EXPECT_LT(report.copy.n_guessed, 60);
}

TEST(Draft, ACopyOfAnotherModelChangesNothing) {
  for (uint64_t seed = 60; seed < 66; ++seed) {
    const Params params = random_params(kShapes[seed % 4], seed);
    const Params other = random_params(kShapes[seed % 4], seed + 100);
    DraftModel draft = cheap_draft(params);
    draft.copy = repacked(other, WeightType::kInt4);
    expect_plain_ids(params, draft, some_prompt(4, 40, 2), {.n_tokens = 60});
  }
}

// All guesses are right up to a place that moves through the round.
TEST(Draft, AcceptsAnyNumberOfGuesses) {
  const Params params = random_params(kShapes[1], 70);
  const auto prompt = some_prompt(6, 101, 1);
  const std::vector<int> plain = generated_by(params, prompt, {.n_tokens = 80}).ids;
  for (int period = 1; period < 12; ++period) {
    DraftModel draft = cheap_draft(params);
    draft.replace_guess = [&](int position, int) {
      const size_t i = static_cast<size_t>(position) - prompt.size();
      const int id = i < plain.size() ? plain[i] : 0;
      return position % period == 0 ? (id + 1) % 101 : id;
    };
    expect_plain_ids(params, draft, prompt, {.n_tokens = 80});
  }
}

// A model of one layer whose next id follows from the id alone soon loops.
TEST(Draft, LooksUpWhatRepeats) {
  const Hparams hparams = {.n_vocab = 11, .n_ctx = 200, .n_embd = 16, .n_head = 1, .n_layer = 1};
  Params params = random_params(hparams, 71);
  std::fill_n(params.wpe.data, hparams.n_ctx * hparams.n_embd, 0.0f);
  DraftModel draft = cheap_draft(params);
  draft.costs.guess = 5;  // the copy never pays
  const Generated drafted = expect_plain_ids(params, draft, {1, 2, 3}, {.n_tokens = 190});
  const DraftReport& report = drafted.result.draft;
  EXPECT_GT(report.lookup.n_right, 100);
  EXPECT_LT(report.n_passes, 80);
}

TEST(Draft, TheSameGuessesForAnyNumberOfThreads) {
  const Params params = random_params(kShapes[3], 72);
  const DraftModel draft = cheap_draft(params);
  const int before = n_threads();
  std::vector<int> n_guessed;
  for (const int n : {1, 2, 3}) {
    set_n_threads(n);
    const Generated drafted =
        expect_plain_ids(params, draft, some_prompt(3, 333, 5), {.n_tokens = 100});
    n_guessed.push_back(drafted.result.draft.copy.n_guessed);
  }
  set_n_threads(before);
  EXPECT_EQ(n_guessed, std::vector<int>(3, n_guessed.front()));
}

// As a plain run would be, at the same token.
TEST(Draft, RefusesLogitsThatAreNotFinite) {
  for (const WeightType type : kTypes) {
    Params params = random_params(kShapes[0], 80, type);
    const DraftModel draft = cheap_draft(params);
    params.ln_f.b.data[3] = std::numeric_limits<float>::infinity();
    EXPECT_THROW(generated_by(params, {1}, {.n_tokens = 5}), std::domain_error);
    EXPECT_THROW(generated_by(params, {1}, {.n_tokens = 5, .draft = &draft}), std::domain_error);
  }
}

// One token's embedding overflows: nothing happens until it is decoded, even if it is guessed.
TEST(Draft, AWrongGuessThatOverflowsHarmsNothing) {
  const Hparams& hparams = kShapes[1];
  Params params = random_params(hparams, 81);
  untie_head(params);
  const Params tied = random_params(hparams, 81);
  std::copy_n(tied.lm_head.data, weight_bytes(tied.type, hparams.n_embd, hparams.n_vocab),
              params.lm_head.data);
  const auto prompt = some_prompt(6, 100, 1);
  const std::vector<int> plain = generated_by(params, prompt, {.n_tokens = 60}).ids;
  int unused = 0;
  while (std::find(plain.begin(), plain.end(), unused) != plain.end() ||
         std::find(prompt.begin(), prompt.end(), unused) != prompt.end()) {
    ++unused;
  }
  auto* const panel =
      reinterpret_cast<float*>(params.wte.data) + unused / kPanelCols * kPanelCols * hparams.n_embd;
  for (int i = 0; i < hparams.n_embd; ++i) {
    panel[i * kPanelCols + unused % kPanelCols] = i % 2 == 0 ? 3e38f : -3e38f;
  }
  DraftModel draft = cheap_draft(params);
  draft.replace_guess = [&](int position, int id) { return position % 3 == 0 ? unused : id; };
  const Generated drafted = expect_plain_ids(params, draft, prompt, {.n_tokens = 60});
  EXPECT_EQ(drafted.ids, plain);
}

TEST(Draft, RefusesASamplerThatIsNotGreedyAndWeightsThatAreQuantized) {
  const Params params = random_params(kShapes[0], 90);
  const DraftModel draft = make_draft_model(params);
  const GenerateOptions options = {.sampler = {.temperature = 0.5f}, .draft = &draft};
  EXPECT_THROW(generated_by(params, {1}, options), std::invalid_argument);
  for (const WeightType type : {WeightType::kInt8, WeightType::kInt4}) {
    EXPECT_THROW(make_draft_model(random_params(kShapes[0], 91, type)), std::invalid_argument);
  }
}

TEST(FindRepeat, FindsTheLongestEndThatStoodBefore) {
  const auto find = [](const std::vector<int>& ids) {
    const Repeat repeat = find_repeat(ids);
    return std::pair(repeat.length, repeat.next);
  };
  EXPECT_EQ(find({}), std::pair(0, 0));
  EXPECT_EQ(find({1}), std::pair(0, 0));
  EXPECT_EQ(find({1, 2, 3}), std::pair(0, 0));
  EXPECT_EQ(find({1, 2, 1}), std::pair(1, 1));
  EXPECT_EQ(find({1, 2, 3, 9, 2, 3, 8, 1, 2, 3}), std::pair(3, 3));
  EXPECT_EQ(find({2, 3, 9, 2, 3, 8, 1, 2, 3}), std::pair(2, 5));  // the last of equals
  EXPECT_EQ(find({5, 5, 5, 5}), std::pair(3, 3));
  EXPECT_EQ(find(std::vector<int>(40, 7)), std::pair(16, 39));
}

// The exact values of a float32 model are in its float32 copy, the nearest in the others'.
TEST(Repacked, RoundsEachWeightOnceAndSharesTheRest) {
  for (const WeightType from_type : kTypes) {
    const Params from = random_params(kShapes[1], 95, from_type);
    const Params to = repacked(from, WeightType::kBFloat16);
    EXPECT_EQ(to.wpe.data, from.wpe.data);
    EXPECT_EQ(to.wte.data, from.wte.data);
    EXPECT_EQ(to.blocks[1].attn.c_attn.b.data, from.blocks[1].attn.c_attn.b.data);
    for (const auto& [a, b] : {std::pair(from.blocks[2].mlp.c_proj.w, to.blocks[2].mlp.c_proj.w),
                               std::pair(from.lm_head, to.lm_head)}) {
      ASSERT_EQ(b.type, WeightType::kBFloat16);
      std::vector<float> exact(static_cast<size_t>(a.n_in)), rounded(exact.size());
      for (int column = 0; column < a.n_out; ++column) {
        unpack_column(a, column, exact.data());
        unpack_column(b, column, rounded.data());
        for (size_t i = 0; i < exact.size(); ++i) {
          ASSERT_EQ(rounded[i], bfloat16_to_float(float_to_bfloat16(exact[i])));
        }
      }
    }
  }
}

}  // namespace
}  // namespace gpt2run
