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
  switch (kernels().isa) {
    case Isa::kPortable:
      return is_float(type) ? 15 : 3;
    case Isa::kAvx2:
      return is_float(type) ? 60 : 30;
    case Isa::kAvx512:
      return is_float(type) ? 120 : 45;
    case Isa::kAvx512Vnni:
    case Isa::kAmx:
      return is_float(type) ? 120 : 70;
  }
  return 1;
}

double n_weights(const Weight& w) {
  return static_cast<double>(w.n_in) * w.n_out;
}

double n_layer_weights(const Params& params) {
  const auto& [ln_1, attn, ln_2, mlp] = params.blocks.front();
  return (n_weights(attn.c_attn.w) + n_weights(attn.c_proj.w) + n_weights(mlp.c_fc.w) +
          n_weights(mlp.c_proj.w)) *
         params.hparams.n_layer;
}

double bytes_of(double n_weights, WeightType type) {
  const auto group = static_cast<double>(panel_bytes(type, kGroupRows));
  return n_weights * group / (kGroupRows * kPanelCols);
}

// Of a pass over so many rows, in nanoseconds. Reading and multiplying overlap in part.
double pass_time(const Params& params, WeightType head, int n_rows) {
  const double n = n_layer_weights(params), n_head = n_weights(params.lm_head);
  const double bytes = bytes_of(n, params.type) + bytes_of(n_head, head);
  const double reading = bytes / (bytes <= kCached ? kCacheBytes : kMemoryBytes);
  const double multiplying =
      2 * n_rows * (n / operation_rate(params.type) + n_head / operation_rate(head)) / n_threads();
  return kLayerTime * params.hparams.n_layer + std::hypot(reading, multiplying);
}

}  // namespace

DraftCosts estimate_draft_costs(const Params& params, const Params& copy, bool head_is_screened) {
  const WeightType head = head_is_screened ? WeightType::kInt8 : params.type;
  constexpr int kRows = 8;
  // Each row's share of what does not depend on the number of weights: attention, hand-overs.
  constexpr double kLeastRow = 0.01;
  const double one = pass_time(params, head, 1);
  const double row = (pass_time(params, head, kRows) / one - 1) / (kRows - 1);
  return {.row = std::max(row, kLeastRow), .guess = pass_time(copy, copy.type, 1) / one};
}

}  // namespace gpt2run
