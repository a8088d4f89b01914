#include "engine/random_params.h"

#include <random>
#include <vector>

namespace gpt2run {
namespace {

class RandomFill {
 public:
  explicit RandomFill(uint64_t seed) : random_(seed) {}

  void fill(float* values, size_t n, float offset = 0) {
    for (size_t i = 0; i < n; ++i) values[i] = next() + offset;
  }
  void fill(const WeightVector& vector, float offset = 0) {
    fill(vector.data, static_cast<size_t>(vector.size), offset);
  }
  void fill(const Weight& weight, MatrixOrder order) {
    std::vector<float> values(static_cast<size_t>(weight.n_in) * static_cast<size_t>(weight.n_out));
    fill(values.data(), values.size());
    pack(values.data(), order, weight);
  }
  void fill(const Linear& linear) {
    fill(linear.w, MatrixOrder::kInOut);
    fill(linear.b);
  }
  void fill(const LayerNorm& ln) {
    fill(ln.g, 1);
    fill(ln.b);
  }

 private:
  // Uniform in [-0.1, 0.1), by integers: the same on every machine.
  float next() {
    return static_cast<float>(static_cast<int64_t>(random_() >> 40) - (1 << 23)) * 0x1p-23f * 0.1f;
  }

  std::mt19937_64 random_;
};

}  // namespace

Params random_params(const Hparams& hparams, uint64_t seed, WeightType type) {
  Params params = make_params(hparams, type);
  RandomFill random(seed);
  random.fill(params.wte, MatrixOrder::kOutIn);
  random.fill(params.wpe.data,
              static_cast<size_t>(params.wpe.rows) * static_cast<size_t>(params.wpe.cols));
  for (const Block& block : params.blocks) {
    random.fill(block.ln_1);
    random.fill(block.attn.c_attn);
    random.fill(block.attn.c_proj);
    random.fill(block.ln_2);
    random.fill(block.mlp.c_fc);
    random.fill(block.mlp.c_proj);
  }
  random.fill(params.ln_f);
  return params;
}

}  // namespace gpt2run
