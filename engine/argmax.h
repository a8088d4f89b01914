#pragma once

#include <span>

namespace gpt2run {

// The largest logit's index, the lowest of equals; -1 if one is not finite.
//   logits  at least one
int argmax(std::span<const float> logits);

}  // namespace gpt2run
