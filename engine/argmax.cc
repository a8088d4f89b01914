#include "engine/argmax.h"

#include <Eigen/Core>
#include <algorithm>
#include <limits>

namespace gpt2run {

// A vector of numbers at a time: one by one, this took as long as the products of a small model's
// head.
int argmax(std::span<const float> logits) {
  const auto row = [](std::span<const float> part) {
    return Eigen::Map<const Eigen::RowVectorXf>(part.data(),
                                                static_cast<Eigen::Index>(part.size()));
  };
  if (!((row(logits) * 0).sum() == 0)) return -1;  // 0 times inf or NaN is NaN
  constexpr size_t kPart = 128;
  float largest = -std::numeric_limits<float>::infinity();
  size_t at = 0;  // where the part with the largest begins
  for (size_t begin = 0; begin < logits.size(); begin += kPart) {
    const auto part = logits.subspan(begin, std::min(kPart, logits.size() - begin));
    const float most = row(part).maxCoeff();
    if (most > largest) {
      largest = most;
      at = begin;
    }
  }
  return static_cast<int>(
      std::find(logits.begin() + static_cast<ptrdiff_t>(at), logits.end(), largest) -
      logits.begin());
}

}  // namespace gpt2run
