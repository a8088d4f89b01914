#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace gpt2run {

// A NumPy .npy array, versions 1 to 3, C order, little-endian.
struct NpyArray {
  std::string dtype;           // NumPy's descr: "<f4", "<i4", "<i8", ...
  std::vector<int64_t> shape;  // empty: a scalar
  std::string data;            // n items, packed
};

// Errors: InputError kNotFound; kMismatch if it is no such .npy file, is in Fortran order, or its
// size is not what its header says.
NpyArray read_npy(const std::filesystem::path& path);

// The header that goes before the items of an array: its length is a multiple of 64.
std::string npy_header(std::string_view dtype, const std::vector<int64_t>& shape);

}  // namespace gpt2run
