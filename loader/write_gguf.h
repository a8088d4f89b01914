#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "loader/tensor_writer.h"

namespace gpt2run {

template <class... Types>
using ValueOrArray = std::variant<Types..., std::vector<Types>...>;

// The value of a key: a number, a boolean, a string, or an array of such. In GGUF's own order of
// types, in which it numbers them.
using GgufValue = ValueOrArray<uint8_t, int8_t, uint16_t, int16_t, uint32_t, int32_t, float, bool,
                               std::string, uint64_t, int64_t, double>;

struct GgufKey {
  std::string name;
  GgufValue value;
};

// Writes a GGUF file of version 3, little-endian, its tensors' data at multiples of 32 bytes.
//   path     what is written; see OutputFile
//   tensors  names unique; shapes in NumPy's order, of at most 4 axes, are written in ggml's
// Memory: one tensor.
// Errors: OutputFile's; CheckpointError kUnsupported for a value that a tensor's type cannot hold,
// with the tensor's name. Source: ggml docs/gguf.md.
void write_gguf(const std::filesystem::path& path, const std::vector<GgufKey>& keys,
                const std::vector<TensorToWrite>& tensors, const ReadTensor& read);

}  // namespace gpt2run
