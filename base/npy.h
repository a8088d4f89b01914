#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace gpt2run {

// What stands before the items of a NumPy .npy array, versions 1 to 3.
struct NpyHeader {
  std::string dtype;           // NumPy's descr: "<f4", "|O", ...; empty if it is a list of fields
  bool is_fortran = false;     // Fortran order: the first axis is the fastest
  std::vector<int64_t> shape;  // empty: a scalar
  uint64_t n_bytes = 0;        // of the header itself, from the magic number on
};

// Reads a header piece by piece: read fills a buffer with the next n bytes, or throws.
//   name  how messages call the array
// Errors: InputError malformed.
NpyHeader read_npy_header(const std::function<void(char* buffer, size_t n)>& read,
                          const std::string& name, ErrorKind malformed);

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
