#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gpt2run {

template <class Number>
std::string little_endian(Number value) {
  return {reinterpret_cast<const char*>(&value), sizeof(value)};
}

// A string with its length before it.
inline std::string counted(const std::string& text) {
  return little_endian<uint64_t>(text.size()) + text;
}

struct BuiltGgufTensor {
  std::string name = "t";
  std::vector<uint64_t> dimensions = {8};
  uint32_t type = 0;
  uint64_t offset = 0;
};

// A file of these key-values and tensors, with n_data bytes of data.
struct GgufBuilder {
  uint32_t version = 3;
  uint64_t n_tensors = 0, n_keys = 0;
  std::string keys, tensors;
  size_t alignment = 32, n_data = 64;

  GgufBuilder& key(const std::string& name, uint32_t type, const std::string& value) {
    keys += counted(name) + little_endian(type) + value;
    ++n_keys;
    return *this;
  }
  GgufBuilder& add(const BuiltGgufTensor& tensor) {
    tensors += counted(tensor.name) + little_endian<uint32_t>(tensor.dimensions.size());
    for (const uint64_t size : tensor.dimensions) tensors += little_endian(size);
    tensors += little_endian(tensor.type) + little_endian(tensor.offset);
    ++n_tensors;
    return *this;
  }
  std::string bytes() const {
    std::string bytes = "GGUF" + little_endian(version) + little_endian(n_tensors) +
                        little_endian(n_keys) + keys + tensors;
    bytes.resize((bytes.size() + alignment - 1) / alignment * alignment, '\0');
    for (size_t i = 0; i < n_data; ++i) bytes += static_cast<char>(i);
    return bytes;
  }
};

}  // namespace gpt2run
