#include "support/source_values.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <stdexcept>

#include "loader/bundle.h"
#include "loader/dtype.h"
#include "support/test_data.h"

namespace gpt2run {

size_t find_tensor(const TensorSource& source, const std::string& name) {
  for (size_t i = 0; i < source.tensors().size(); ++i) {
    if (source.tensors()[i].name == name) return i;
  }
  throw std::logic_error("no tensor " + name);
}

std::vector<float> read_tensor(const TensorSource& source, size_t index) {
  std::vector<float> values(source.tensors()[index].n_items());
  size_t n_seen = 0;
  source.read_float32(index, values.data(), [&](const float*, size_t n) { n_seen += n; });
  EXPECT_EQ(n_seen, values.size());
  return values;
}

std::vector<float> read_tensor(const TensorSource& source, const std::string& name) {
  return read_tensor(source, find_tensor(source, name));
}

const std::map<std::string, std::vector<float>>& tf1_weights() {
  static const auto weights = [] {
    std::map<std::string, std::vector<float>> by_name;
    const Bundle bundle(test_data("fixtures/tf1/model.ckpt"));
    for (size_t i = 0; i < bundle.tensors().size(); ++i) {
      by_name[bundle.tensors()[i].name] = read_tensor(bundle, i);
    }
    return by_name;
  }();
  return weights;
}

std::string hf_name(const std::string& openai_name) {
  std::string name = "transformer." + openai_name.substr(std::string("model/").size());
  for (char& c : name) c = c == '/' ? '.' : c;
  const size_t layer = name.find(".h");
  if (layer != std::string::npos && layer + 2 < name.size() && std::isdigit(name[layer + 2])) {
    name.insert(layer + 2, ".");
  }
  const char last = name.back();
  if (name.ends_with("wte") || name.ends_with("wpe")) return name + ".weight";
  name.pop_back();
  return name + (last == 'b' ? "bias" : "weight");
}

std::vector<float> unchanged(std::vector<float> values) {
  return values;
}

// Scaled so that one unit is the last place kept, and back; to nearest, ties to even.
std::vector<float> rounded_to_float16(std::vector<float> values) {
  for (float& value : values) {
    const int exponent = std::max(value == 0 ? 0 : std::ilogb(value), -14);
    value = std::ldexp(std::nearbyint(std::ldexp(value, 10 - exponent)), exponent - 10);
  }
  return values;
}

std::vector<float> rounded_to_bfloat16(std::vector<float> values) {
  for (float& value : values) {
    const int exponent = value == 0 ? 0 : std::ilogb(value);
    value = std::ldexp(std::nearbyint(std::ldexp(value, 7 - exponent)), exponent - 7);
  }
  return values;
}

std::vector<float> transposed(const std::vector<float>& values, size_t n_columns) {
  const size_t n_rows = values.size() / n_columns;
  std::vector<float> out(values.size());
  for (size_t i = 0; i < n_rows; ++i) {
    for (size_t j = 0; j < n_columns; ++j) out[j * n_rows + i] = values[i * n_columns + j];
  }
  return out;
}

}  // namespace gpt2run
