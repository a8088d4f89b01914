#include "support/tensor_values.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "base/error.h"
#include "loader/dtype.h"
#include "support/memory_file.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

// False if the file was refused, by an error that a file can cause.
bool read_all(const std::filesystem::path& path, size_t at, const OpenSource& open) {
  constexpr uint64_t kMaxItems = 1 << 20;  // a damaged shape may be large where it costs no bytes
  try {
    const auto source = open(path);
    EXPECT_TRUE(source->metadata().is_object());
    source->metadata().dump();  // of valid UTF-8
    for (size_t i = 0; i < source->tensors().size(); ++i) {
      const TensorInfo& info = source->tensors()[i];
      if (!is_readable_float(info.dtype) || info.n_items() > kMaxItems) continue;
      std::vector<float> values(info.n_items());
      source->read_float32(i, values.data(), {});
    }
    return true;
  } catch (const InputError& error) {
    EXPECT_TRUE(error.kind() == ErrorKind::kCorrupt || error.kind() == ErrorKind::kUnsupported)
        << "byte " << at << ": " << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    return false;
  }
}

}  // namespace

size_t index_of(const TensorSource& source, const std::string& name) {
  for (size_t i = 0; i < source.tensors().size(); ++i) {
    if (source.tensors()[i].name == name) return i;
  }
  throw std::logic_error("no tensor " + name + " in " + source.path());
}

std::vector<float> values_of(const TensorSource& source, const std::string& name) {
  const size_t index = index_of(source, name);
  std::vector<float> values(source.tensors()[index].n_items());
  size_t n_seen = 0;
  source.read_float32(index, values.data(), [&](const float*, size_t n) { n_seen += n; });
  EXPECT_EQ(n_seen, values.size()) << name;
  return values;
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

std::vector<float> transposed_rows(const std::vector<float>& values, size_t n_rows) {
  const size_t n_columns = values.size() / n_rows;
  std::vector<float> result(values.size());
  for (size_t row = 0; row < n_rows; ++row) {
    for (size_t column = 0; column < n_columns; ++column) {
      result[column * n_rows + row] = values[row * n_columns + column];
    }
  }
  return result;
}

float rounded_to_float16(float value) {
  // 11 significant bits, the last of them at least 2^-24.
  const int exponent = std::max(std::ilogb(value), -14);
  return value == 0 ? value
                    : std::ldexp(std::nearbyint(std::ldexp(value, 10 - exponent)), exponent - 10);
}

float rounded_to_bfloat16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  return std::bit_cast<float>((bits + 0x7FFFu + (bits >> 16 & 1)) & 0xFFFF0000u);
}

size_t flip_every_byte(const std::filesystem::path& whole, std::initializer_list<int> flips,
                       const OpenSource& open) {
  const std::string original = read_bytes(whole);
  MemoryFile file;
  size_t n_read = 0;
  for (size_t at = 0; at < original.size(); ++at) {
    for (const int flip : flips) {
      std::string bytes = original;
      bytes[at] = static_cast<char>(bytes[at] ^ flip);
      file.write(bytes);
      n_read += read_all(file.path(), at, open) ? 1 : 0;
    }
  }
  return n_read;
}

void truncate_everywhere(const std::filesystem::path& whole, const OpenSource& open) {
  const std::string original = read_bytes(whole);
  MemoryFile file;
  for (size_t n = 0; n < original.size(); ++n) {
    file.write(original.substr(0, n));
    EXPECT_FALSE(read_all(file.path(), n, open)) << "cut to " << n << " bytes";
  }
}

}  // namespace gpt2run
