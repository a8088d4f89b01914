#include "engine/draft_costs.h"

#include <algorithm>
#include <cmath>

#include "base/threads.h"
#include "engine/kernels/kernels.h"

namespace gpt2run {
namespace {

// Per nanosecond, as measured on one machine of each kind; what counts is how they compare.
constexpr double kMemoryBytes = 25, kCacheBytes = 100;
constexpr double kCached = 32e6;    // a model of so many bytes stays in the cache
constexpr double kLayerTime = 8e3;  // hand-overs between threads and what is not a product

// Operations of products a nanosecond and thread.
double operation_rate(WeightType type) {
  const bool is_float = type == WeightType::kFloat32 || type == WeightType::kBFloat16;
  switch (kernels().isa) {
    case Isa::kPortable:
      return is_float ? 15 : 3;
    case Isa::kAvx2:
      return is_float ? 60 : 30;
    case Isa::kAvx512:
      return is_float ? 120 : 45;
    case Isa::kAvx512Vnni:
    case Isa::kAmx:
      return is_float ? 120 : 70;
  }
  return 1;
}

double n_weights(const Params& params) {
  const auto size = [](const Weight& w) { return static_cast<double>(w.n_in) * w.n_out; };
  const Block& block = params.blocks.front();
  const double n_block = size(block.attn.c_attn.w) + size(block.attn.c_proj.w) +
                         size(block.mlp.c_fc.w) + size(block.mlp.c_proj.w);
  return n_block * params.hparams.n_layer + size(params.lm_head);
}

// Of a pass over so many rows, in nanoseconds. Reading and multiplying overlap in part.
double pass_time(const Params& params, int n_rows) {
  constexpr int kPanelInputs = kGroupRows;
  const double bytes_each =
      static_cast<double>(panel_bytes(params.type, kPanelInputs)) / (kPanelInputs * kPanelCols);
  const double n = n_weights(params), bytes = n * bytes_each;
  const double reading = bytes / (bytes <= kCached ? kCacheBytes : kMemoryBytes);
  const double multiplying = 2 * n * n_rows / (operation_rate(params.type) * n_threads());
  return kLayerTime * params.hparams.n_layer + std::hypot(reading, multiplying);
}

}  // namespace

DraftCosts estimate_draft_costs(const Params& params, const Params& copy) {
  constexpr int kRows = 8;
  // Each row's share of what does not depend on the number of weights: attention, hand-overs.
  constexpr double kLeastRow = 0.01;
  const double one = pass_time(params, 1);
  const double row = (pass_time(params, kRows) / one - 1) / (kRows - 1);
  return {.row = std::max(row, kLeastRow), .guess = pass_time(copy, 1) / one};
}

}  // namespace gpt2run
