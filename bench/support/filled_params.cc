#include "support/filled_params.h"

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "base/threads.h"
#include "engine/repack.h"

namespace gpt2run {
namespace {

class Fill {
 public:
  void operator()(const Weight& w) {
    std::vector<float> values(static_cast<size_t>(w.n_in) * kPanelCols);
    for (float& value : values) value = next();
    pack_panel(values.data(), w, 0);
    const size_t size = panel_bytes(w.type, w.n_in);
    parallel_for(n_panels(w.n_out) - 1, static_cast<double>(size) * n_panels(w.n_out),
                 [&](int i) { std::memcpy(panel_of(w, i + 1), w.data, size); });
  }
  void operator()(const LookupTable& table) {
    const size_t n = static_cast<size_t>(table.rows) * static_cast<size_t>(table.cols);
    std::generate_n(table.data, n, [&] { return next(); });
  }
  void operator()(const LayerNorm& ln) {
    std::fill_n(ln.g.data, ln.g.size, 1.0f);
    fill(ln.b);
  }
  void operator()(const Linear& linear) {
    (*this)(linear.w);
    fill(linear.b);
  }

 private:
  void fill(const WeightVector& vector) {
    std::generate_n(vector.data, vector.size, [&] { return next(); });
  }

  // Uniform in [-1/32, 1/32).
  float next() { return static_cast<float>(static_cast<int32_t>(random_())) * 0x1p-36f; }

  std::mt19937 random_;
};

}  // namespace

Params filled_params(const Hparams& hparams, WeightType type) {
  Params params = make_params(hparams, type);
  Fill fill;
  fill(params.wte);
  fill(params.wpe);
  for (const Block& block : params.blocks) {
    fill(block.ln_1);
    fill(block.attn.c_attn);
    fill(block.attn.c_proj);
    fill(block.ln_2);
    fill(block.mlp.c_fc);
    fill(block.mlp.c_proj);
  }
  fill(params.ln_f);
  return params;
}

}  // namespace gpt2run
