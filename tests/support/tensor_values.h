#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "loader/tensor_source.h"

namespace gpt2run {

// The index of the tensor of that name. Throws std::logic_error if there is none.
size_t index_of(const TensorSource& source, const std::string& name);

// A tensor's values, whose pieces were all reported.
std::vector<float> values_of(const TensorSource& source, const std::string& name);

// Which name Hugging Face's models give a weight in OpenAI's: "model/h0/attn/c_attn/w" is
// "transformer.h.0.attn.c_attn.weight".
std::string hf_name(const std::string& openai_name);

// [n_rows, n_columns] -> [n_columns, n_rows]
std::vector<float> transposed_rows(const std::vector<float>& values, size_t n_rows);

// float32 rounded to float16's and to bfloat16's precision, to the nearest, ties to even.
float rounded_to_float16(float value);
float rounded_to_bfloat16(float value);

using OpenSource = std::function<std::unique_ptr<TensorSource>(const std::filesystem::path&)>;

// Opens a small file with each byte changed by each of the flips, and reads all its tensors.
// Expects a CheckpointError of a kind that a file can cause, or some values: never another
// exception. Returns how many were read to the end.
size_t flip_every_byte(const std::filesystem::path& whole, std::initializer_list<int> flips,
                       const OpenSource& open);

// The same with the file cut at every length. Expects an error each time.
void truncate_everywhere(const std::filesystem::path& whole, const OpenSource& open);

}  // namespace gpt2run
