#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "loader/tensor_source.h"

namespace gpt2run {

// Errors: std::logic_error if there is no such tensor.
size_t find_tensor(const TensorSource& source, const std::string& name);

// A tensor's values; expects that each is reported once as read.
std::vector<float> read_tensor(const TensorSource& source, size_t index);
std::vector<float> read_tensor(const TensorSource& source, const std::string& name);

// The weights of tests/data/fixtures/tf1 by OpenAI's names, read through Bundle: what every other
// format's are compared with.
const std::map<std::string, std::vector<float>>& tf1_weights();

// Which name Hugging Face's models give a weight in OpenAI's: "model/h0/attn/c_attn/w" is
// "transformer.h.0.attn.c_attn.weight".
std::string hf_name(const std::string& openai_name);

// What a layout does to a weight before it is stored.
std::vector<float> unchanged(std::vector<float> values);
std::vector<float> rounded_to_float16(std::vector<float> values);
std::vector<float> rounded_to_bfloat16(std::vector<float> values);
std::vector<float> transposed(const std::vector<float>& values, size_t n_columns);

}  // namespace gpt2run
