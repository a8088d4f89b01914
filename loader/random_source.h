#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/params.h"
#include "loader/tensor_source.h"

namespace gpt2run {

// A random model's weights, by OpenAI's names and in the model's own shapes (families.h), its head
// tied. Each value is made by integer arithmetic from the seed, the weight's name and the value's
// place, and is a signed integer of 24 bits times a power of two: the same bits on every machine,
// in whatever order they are read.
// They are about as large as a trained model's, all uniform: matrices, biases and wte in
// +-2^-5 (standard deviation 0.018), wpe in +-2^-6 (0.009), c_proj's matrices divided by the power
// of two nearest to sqrt(2 * n_layer), gains in 1 +- 2^-3.
class RandomSource : public TensorSource {
 public:
  // Requires: hparams of a model, as make_params does.
  RandomSource(const Hparams& hparams, uint64_t seed);

  const std::string& path() const override { return path_; }
  const std::vector<TensorInfo>& tensors() const override { return tensors_; }
  void read_float32(size_t index, float* out, const ReadProgress& on_read) const override;

 private:
  struct Distribution {
    uint64_t state;      // of the generator before the first value
    int n_dropped_bits;  // of an integer's 24, which makes the range smaller
    int32_t center;      // in units, as the integers are
    float unit;          // a power of two
  };
  void add(const std::string& name, const std::vector<int64_t>& shape, const Hparams& hparams,
           uint64_t seed);

  std::string path_;  // "random model of seed 7"
  std::vector<TensorInfo> tensors_;
  std::vector<Distribution> distributions_;  // of each
};

// The sizes of OpenAI's four models by their names: 124M, 355M, 774M, 1558M. Nothing for another.
std::optional<Hparams> named_shape(std::string_view name);

}  // namespace gpt2run
