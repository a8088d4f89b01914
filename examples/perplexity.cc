// How well a model predicts a text: the perplexity of its tokens, in windows of n_ctx. For a
// checkpoint of any format; two roundings of a model can be compared by it.
//   perplexity MODEL < TEXT
#include <gpt2run/gpt2run.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <span>
#include <string>
#include <vector>

namespace {

// -log of the probability that a row of logits gives an id.
double surprise(std::span<const float> logits, int id) {
  const double max = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit - max);
  return max + std::log(sum) - logits[static_cast<size_t>(id)];
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 2) {
    std::fprintf(stderr, "usage: perplexity MODEL < TEXT\n");
    return 2;
  }
  const auto model = gpt2run::Model::load(argv[1]);
  const std::string text(std::istreambuf_iterator<char>(std::cin), {});
  const std::vector<int> ids = model.encode(text);
  const auto n_ctx = static_cast<size_t>(model.n_ctx());
  const auto n_vocab = static_cast<size_t>(model.n_vocab());

  double total = 0;
  size_t n_predicted = 0;
  for (size_t begin = 0; begin + 1 < ids.size(); begin += n_ctx) {
    const size_t n = std::min(n_ctx, ids.size() - begin);
    const std::vector<float> logits = model.logits({&ids[begin], n});  // [n * n_vocab]
    for (size_t i = 0; i + 1 < n; ++i, ++n_predicted) {
      total += surprise({&logits[i * n_vocab], n_vocab}, ids[begin + i + 1]);
    }
  }
  if (n_predicted == 0) {
    std::fprintf(stderr, "perplexity: expected two tokens or more, found %zu\n", ids.size());
    return 1;
  }
  std::printf("%zu tokens, perplexity %.2f\n", ids.size(),
              std::exp(total / static_cast<double>(n_predicted)));
} catch (const gpt2run::Error& error) {
  std::fprintf(stderr, "perplexity: %s\n", error.what());
  return static_cast<int>(error.code());
}
