#include "engine/sampler.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <stdexcept>
#include <string>

#include "engine/argmax.h"

namespace gpt2run {

Sampler::Sampler(const SamplerOptions& options) : options_(options), random_(options.seed) {
  const auto refuse = [](const char* name, const char* expected, double found) {
    throw std::invalid_argument(std::string(name) + ": expected " + expected + ", found " +
                                std::to_string(found));
  };
  if (!(options.temperature >= 0) || !std::isfinite(options.temperature)) {
    refuse("temperature", "a finite number of at least 0", options.temperature);
  }
  if (options.top_k < 0) refuse("top_k", "at least 0", options.top_k);
  if (!(options.top_p > 0) || options.top_p > 1) {
    refuse("top_p", "more than 0 and at most 1", options.top_p);
  }
}

int Sampler::sample(std::span<const float> logits) {
  assert(!logits.empty());
  const int best = argmax(logits);
  if (best < 0) {
    throw std::domain_error(
        "the logits are not all finite: these weights overflow float32 on this prompt");
  }
  if (options_.temperature == 0) return best;

  const double largest = logits[static_cast<size_t>(best)];
  weights_.resize(logits.size());
  std::transform(logits.begin(), logits.end(), weights_.begin(), [&](float logit) {
    return std::exp((static_cast<double>(logit) - largest) / options_.temperature);
  });
  candidates_.resize(logits.size());
  std::iota(candidates_.begin(), candidates_.end(), 0);
  if (options_.top_k > 0 || options_.top_p < 1) keep_best();

  double total = 0;
  for (const int id : candidates_) total += weights_[id];
  // std::uniform_real_distribution differs from library to library; 53 bits of the generator do
  // not.
  double rest = static_cast<double>(random_() >> 11) * 0x1p-53 * total;
  for (const int id : candidates_) {
    rest -= weights_[id];
    if (rest < 0) return id;
  }
  return candidates_.back();
}

void Sampler::keep_best() {
  const auto worse = [&](int a, int b) {
    return weights_[a] != weights_[b] ? weights_[a] < weights_[b] : a > b;
  };
  const size_t n = weights_.size();
  const size_t top_k = options_.top_k == 0 ? n : std::min(n, static_cast<size_t>(options_.top_k));
  double total = std::accumulate(weights_.begin(), weights_.end(), 0.0);

  // A heap gives up the best one by one, so that the many unlikely ids are never sorted.
  std::vector<int> heap = std::move(candidates_);
  std::make_heap(heap.begin(), heap.end(), worse);
  candidates_.clear();
  double sum = 0;
  while (candidates_.size() < top_k && (top_k < n || sum < options_.top_p * total)) {
    std::pop_heap(heap.begin(), heap.end(), worse);
    candidates_.push_back(heap.back());
    heap.pop_back();
    sum += weights_[candidates_.back()];
    if (heap.empty()) break;
  }
  if (top_k < n) total = sum;

  size_t n_kept = 0;
  for (sum = 0; n_kept < candidates_.size() && sum < options_.top_p * total; ++n_kept) {
    sum += weights_[candidates_[n_kept]];
  }
  candidates_.resize(n_kept);
}

}  // namespace gpt2run
