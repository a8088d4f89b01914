#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace gpt2run {

struct SamplerOptions {
  float temperature = 0;  // 0: greedy, the best id (the lowest of equals)
  int top_k = 0;          // draw from the k best only; 0 or more than there are: from all
  float top_p = 1;        // draw from the fewest best whose probabilities sum to at least p
  uint64_t seed = 0;
};

// Draws the next token: temperature first, then top_k, then top_p among what is left. The same seed
// draws the same ids from the same logits, on every machine.
// Threads: one sampler a sequence.
class Sampler {
 public:
  // Errors: std::invalid_argument if temperature is negative or not finite, top_k negative, or
  // top_p not in (0, 1].
  explicit Sampler(const SamplerOptions& options);

  //   logits  [n]  not empty
  //   returns an index into logits
  // Errors: std::domain_error if a logit is NaN or infinite.
  int sample(std::span<const float> logits);

 private:
  void keep_best();

  SamplerOptions options_;
  std::mt19937_64 random_;
  std::vector<double> weights_;  // [n] exp((logit - max) / temperature)
  std::vector<int> candidates_;  // what is drawn from
};

}  // namespace gpt2run
