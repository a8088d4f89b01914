#pragma once

#include <vector>

#include "engine/generate.h"

namespace gpt2run {

struct Generated {
  std::vector<int> ids;
  GenerateResult result;
};

// All that generate() gives.
inline Generated generated_by(const Params& params, const std::vector<int>& prompt,
                              const GenerateOptions& options) {
  Generated generated;
  generated.result = generate(prompt, params, options, [&](int id) {
    generated.ids.push_back(id);
    return true;
  });
  return generated;
}

}  // namespace gpt2run
