#include "engine/generate.h"

#include <chrono>
#include <stdexcept>
#include <string>

#include "engine/gpt2.h"
#include "engine/kv_cache.h"

namespace gpt2run {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

GenerateResult generate(std::span<const int> prompt, const Params& params,
                        const GenerateOptions& options,
                        const std::function<bool(int id)>& on_token) {
  const int n_vocab = params.hparams.n_vocab;
  const int n_sampleable = options.n_sampleable == 0 ? n_vocab : options.n_sampleable;
  if (options.n_tokens < 0 || n_sampleable < 1 || n_sampleable > n_vocab) {
    throw std::invalid_argument("generate: n_tokens or n_sampleable is out of range");
  }
  Sampler sampler(options.sampler);
  GenerateResult result;
  if (options.n_tokens == 0) return result;

  const Clock::time_point start = Clock::now();
  KvCache cache(params.hparams);
  Matrix logits = gpt2(prompt, params, cache);  // prefill: [n_seq] -> [1, n_vocab]
  result.prefill_seconds = seconds_since(start);
  Clock::time_point decode_start = Clock::now();

  while (true) {
    if (static_cast<int>(prompt.size()) + result.n_generated == params.hparams.n_ctx) {
      result.finish_reason = FinishReason::kContext;
      break;
    }
    const int id = sampler.sample({logits.data(), static_cast<size_t>(n_sampleable)});
    if (result.n_generated == 0) {
      result.first_token_seconds = seconds_since(start);
      decode_start = Clock::now();
    }
    if (id == options.eot) {
      result.finish_reason = FinishReason::kEot;
      break;
    }
    ++result.n_generated;
    if (!on_token(id)) {
      result.finish_reason = FinishReason::kStopped;
      break;
    }
    if (result.n_generated == options.n_tokens) break;
    logits = gpt2({&id, 1}, params, cache);  // decode: [1] -> [1, n_vocab]
    ++result.n_decoded;
  }
  result.decode_seconds = result.n_decoded == 0 ? 0 : seconds_since(decode_start);
  return result;
}

}  // namespace gpt2run
