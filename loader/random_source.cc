#include "loader/random_source.h"

#include <algorithm>

#include "loader/weight_slots.h"

namespace gpt2run {
namespace {

constexpr uint64_t kStep = 0x9E3779B97F4A7C15u;

// SplitMix64. Source: Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014.
uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

// FNV-1a.
uint64_t hash(std::string_view text) {
  uint64_t h = 0xCBF29CE484222325u;
  for (const char c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3u;
  return h;
}

// The power of two nearest to sqrt(2 * n_layer), as its exponent.
int residual_exponent(int n_layer) {
  int exponent = 0;
  while ((int64_t{1} << 2 * exponent) <= n_layer) ++exponent;
  return exponent;
}

constexpr float power_of_two(int exponent) {
  float value = 1;
  for (; exponent < 0; ++exponent) value /= 2;
  return value;
}

}  // namespace

RandomSource::RandomSource(const Hparams& hparams, uint64_t seed)
    : path_("random model of seed " + std::to_string(seed)) {
  const auto add_all = [&](const std::vector<WeightSlot>& slots) {
    for (const WeightSlot& slot : slots) add(slot.name, slot.shape, hparams, seed);
  };
  add_all(model_weights(hparams));
  for (int layer = 0; layer < hparams.n_layer; ++layer) add_all(block_weights(hparams, layer));
}

void RandomSource::add(const std::string& name, const std::vector<int64_t>& shape,
                       const Hparams& hparams, uint64_t seed) {
  TensorInfo info;
  info.name = name;
  info.dtype = DType::kFloat32;
  info.dtype_text = dtype_name(info.dtype);
  info.shape = shape;
  info.n_bytes = info.n_items() * sizeof(float);
  tensors_.push_back(std::move(info));

  // The range is +-2^exponent, of which 2^23 units are a half.
  int exponent = name == "model/wpe" ? -6 : -5;
  if (name.ends_with("c_proj/w")) exponent -= residual_exponent(hparams.n_layer);
  Distribution distribution{mix(mix(seed) ^ hash(name)), 0, 0, power_of_two(exponent - 23)};
  if (name.ends_with("/g")) {
    distribution.n_dropped_bits = 4;  // 1 is 2^22 units, 2^-3 is 2^19
    distribution.center = 1 << 22;
    distribution.unit = power_of_two(-22);
  }
  distributions_.push_back(distribution);
}

void RandomSource::read_float32(size_t index, float* out, const ReadProgress& on_read) const {
  constexpr uint64_t kPiece = uint64_t{16} << 10;  // values; even
  const Distribution distribution = distributions_[index];
  const auto value = [&](uint32_t bits) {
    const int32_t integer = static_cast<int32_t>(bits) >> (8 + distribution.n_dropped_bits);
    return static_cast<float>(integer + distribution.center) * distribution.unit;
  };
  const uint64_t n = tensors_[index].n_items();
  for (uint64_t begin = 0; begin < n; begin += kPiece) {
    const uint64_t end = std::min(begin + kPiece, n);
    // Each number of 64 bits gives two values.
    for (uint64_t i = begin; i < end; i += 2) {
      const uint64_t bits = mix(distribution.state + (i / 2 + 1) * kStep);
      out[i] = value(static_cast<uint32_t>(bits));
      if (i + 1 < end) out[i + 1] = value(static_cast<uint32_t>(bits >> 32));
    }
    if (on_read) on_read(out + begin, end - begin);
  }
}

std::optional<Hparams> named_shape(std::string_view name) {
  struct Shape {
    const char* name;
    int n_layer, n_head, n_embd;
  };
  constexpr Shape kShapes[] = {{"124M", 12, 12, 768},
                               {"355M", 24, 16, 1024},
                               {"774M", 36, 20, 1280},
                               {"1558M", 48, 25, 1600}};
  for (const Shape& shape : kShapes) {
    if (name != shape.name) continue;
    Hparams hparams;
    hparams.n_vocab = 50257;
    hparams.n_ctx = 1024;
    hparams.n_embd = shape.n_embd;
    hparams.n_head = shape.n_head;
    hparams.n_layer = shape.n_layer;
    return hparams;
  }
  return std::nullopt;
}

}  // namespace gpt2run
