// The model's operations one by one at the 124M release's sizes: one row (decode), 512 rows
// (prefill).

#include "engine/ops.h"

#include <benchmark/benchmark.h>

#include "engine/attention.h"
#include "engine/kernels/kernels.h"
#include "support/limits.h"
#include "support/model_124m.h"

namespace gpt2run {
namespace {

void set_share_of_fma(benchmark::State& state, double flops) {
  state.counters["flops/s"] =
      benchmark::Counter(flops, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["share_of_fma"] =
      benchmark::Counter(flops / typical_fma_rate(), benchmark::Counter::kIsIterationInvariantRate);
}

void set_share_of_bandwidth(benchmark::State& state, double bytes) {
  state.counters["bytes/s"] =
      benchmark::Counter(bytes, benchmark::Counter::kIsIterationInvariantRate);
  state.counters["share_of_bandwidth"] = benchmark::Counter(
      bytes / typical_read_bandwidth(), benchmark::Counter::kIsIterationInvariantRate);
}

// One of the four products of a block, walking through the layers so that no weight stays in cache.
void bench_linear(benchmark::State& state, Linear (*pick)(const Block&)) {
  const Params& params = model_124m();
  const Linear first = pick(params.blocks[0]);
  const Rows x(Matrix::Random(state.range(0), first.w.n_in));
  size_t layer = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(linear(x, pick(params.blocks[layer])));
    layer = (layer + 1) % params.blocks.size();
  }
  const double n_weights = static_cast<double>(first.w.n_in) * first.w.n_out;
  if (state.range(0) == 1) {
    set_share_of_bandwidth(state, 4 * n_weights);
  } else {
    set_share_of_fma(state, 2 * n_weights * static_cast<double>(state.range(0)));
  }
}

void BM_linear_c_attn(benchmark::State& state) {
  bench_linear(state, [](const Block& block) { return block.attn.c_attn; });
}
void BM_linear_attn_c_proj(benchmark::State& state) {
  bench_linear(state, [](const Block& block) { return block.attn.c_proj; });
}
void BM_linear_c_fc(benchmark::State& state) {
  bench_linear(state, [](const Block& block) { return block.mlp.c_fc; });
}
void BM_linear_mlp_c_proj(benchmark::State& state) {
  bench_linear(state, [](const Block& block) { return block.mlp.c_proj; });
}

void BM_lm_head(benchmark::State& state) {
  const Params& params = model_124m();
  const Matrix x = Matrix::Random(1, params.wte.n_in);
  for (auto _ : state) benchmark::DoNotOptimize(lm_head(x, params.lm_head));
  set_share_of_bandwidth(state, 4.0 * params.wte.n_in * params.wte.n_out);
}

void BM_mha_over_cache(benchmark::State& state) {
  const Params& params = model_124m();
  const int n_past = static_cast<int>(state.range(0));
  KvCache cache(params);
  LayerCache layer = cache.layer(0);
  layer.n_past = n_past;
  const Matrix residual = Matrix::Random(1, params.hparams.n_embd);
  const Rows x(residual);
  for (auto _ : state) {
    benchmark::DoNotOptimize(add_mha(residual, x, params.blocks[0].attn, 0.125f, attend_to(layer)));
  }
}

void BM_gelu(benchmark::State& state) {
  const Matrix x = Matrix::Random(1, 3072);
  const int n = static_cast<int>(x.size());
  Matrix out(1, n);
  for (auto _ : state) {
    kernels().finish({.sums = x.data(),
                      .sums_stride = n,
                      .n_rows = 1,
                      .n_cols = n,
                      .gelu_tanh = true,
                      .out = out.data(),
                      .out_stride = n});
    benchmark::DoNotOptimize(out.data());
  }
  state.SetItemsProcessed(state.iterations() * x.size());
}

void BM_softmax(benchmark::State& state) {
  const int n = static_cast<int>(state.range(0));
  const Matrix from = Matrix::Random(1, n);
  Matrix x = from;
  for (auto _ : state) {
    x = from;
    benchmark::DoNotOptimize(kernels().exp_row(x.data(), n, n, 0.125f));
  }
  state.SetItemsProcessed(state.iterations() * x.size());
}

void BM_layer_norm(benchmark::State& state) {
  const LayerNorm& ln = model_124m().ln_f;
  const Matrix x = Matrix::Random(state.range(0), 768);
  for (auto _ : state) benchmark::DoNotOptimize(layer_norm(x, ln, 1e-5f));
  state.SetItemsProcessed(state.iterations() * x.size());
}

BENCHMARK(BM_linear_c_attn)->Arg(1)->Arg(512)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_linear_attn_c_proj)->Arg(1)->Arg(512)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_linear_c_fc)->Arg(1)->Arg(512)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_linear_mlp_c_proj)->Arg(1)->Arg(512)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_lm_head)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_mha_over_cache)->Arg(16)->Arg(1000)->UseRealTime()->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_gelu)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_softmax)->Arg(64)->Arg(1024)->Unit(benchmark::kMicrosecond);
BENCHMARK(BM_layer_norm)->Arg(1)->Arg(512)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace gpt2run
