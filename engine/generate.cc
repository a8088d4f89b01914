#include "engine/generate.h"

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "engine/gpt2.h"
#include "engine/kv_cache.h"

namespace gpt2run {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// One pass of the model for each id.
class PlainDecoder {
 public:
  PlainDecoder(const Params& params, Sampler sampler, int n_sampleable)
      : params_(params),
        cache_(params),
        sampler_(std::move(sampler)),
        n_sampleable_(static_cast<size_t>(n_sampleable)) {}

  void prefill(std::span<const int> prompt) {
    logits_ = gpt2(prompt, params_, cache_);  // [n_seq] -> [1, n_vocab]
  }

  int next(int /*n_wanted*/) {
    if (id_) logits_ = gpt2({&*id_, 1}, params_, cache_);  // decode: [1] -> [1, n_vocab]
    id_ = sampler_.sample({logits_.data(), n_sampleable_});
    return *id_;
  }

  DraftReport report() const { return {}; }

 private:
  const Params& params_;
  KvCache cache_;
  Sampler sampler_;
  size_t n_sampleable_;
  Matrix logits_;
  std::optional<int> id_;  // the last one, which is not in the cache
};

int checked_n_sampleable(const Params& params, const GenerateOptions& options) {
  const int n_vocab = params.hparams.n_vocab;
  const int n_sampleable = options.n_sampleable == 0 ? n_vocab : options.n_sampleable;
  if (options.n_tokens < 0 || n_sampleable < 1 || n_sampleable > n_vocab) {
    throw std::invalid_argument("generate: n_tokens or n_sampleable is out of range");
  }
  if (options.draft != nullptr && options.sampler.temperature != 0) {
    throw std::invalid_argument("draft: expected temperature 0, found " +
                                std::to_string(options.sampler.temperature) +
                                "; only greedy decode can be checked against guesses");
  }
  return n_sampleable;
}

template <class Decoder>
GenerateResult generate_by(Decoder decoder, std::span<const int> prompt, int n_ctx,
                           const GenerateOptions& options,
                           const std::function<bool(int id)>& on_token) {
  GenerateResult result;
  const Clock::time_point start = Clock::now();
  decoder.prefill(prompt);
  result.prefill_seconds = seconds_since(start);
  Clock::time_point decode_start = Clock::now();
  while (true) {
    if (static_cast<int>(prompt.size()) + result.n_generated == n_ctx) {
      result.finish_reason = FinishReason::kContext;
      break;
    }
    const int id = decoder.next(options.n_tokens - result.n_generated);
    if (result.n_generated == 0) {
      result.first_token_seconds = seconds_since(start);
      decode_start = Clock::now();
    } else {
      ++result.n_decoded;
      result.decode_seconds = seconds_since(decode_start);
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
  }
  result.draft = decoder.report();
  return result;
}

}  // namespace

GenerateResult generate(std::span<const int> prompt, const Params& params,
                        const GenerateOptions& options,
                        const std::function<bool(int id)>& on_token) {
  const int n_sampleable = checked_n_sampleable(params, options), n_ctx = params.hparams.n_ctx;
  Sampler sampler(options.sampler);
  if (options.n_tokens == 0) return {};
  if (options.draft != nullptr) {
    return generate_by(DraftDecoder(params, *options.draft, n_sampleable), prompt, n_ctx, options,
                       on_token);
  }
  return generate_by(PlainDecoder(params, std::move(sampler), n_sampleable), prompt, n_ctx, options,
                     on_token);
}

}  // namespace gpt2run
