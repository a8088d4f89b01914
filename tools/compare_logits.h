#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/npy.h"
#include "engine/tensor.h"

namespace gpt2run {

// Where two arrays differ most. A NaN or an infinity on either side differs infinitely.
struct LargestDifference {
  double value = 0;
  int64_t row = 0;
  int64_t col = 0;
  double found = 0;
  double expected = 0;
};

// The reference in a .npy file, float32 or float64 [n_seq, n_vocab].
// Errors: as read_npy's; InputError kMismatch if its type is another; kRuntime if its shape is.
NpyArray read_reference(const std::filesystem::path& path, int64_t n_seq, int64_t n_vocab);

//   logits     [n_seq, n_vocab]
//   reference  read_reference's, of that shape
LargestDifference compare_logits(const Matrix& logits, const NpyArray& reference);

// "largest difference 3.1e-06 at [12, 345]: found 1.5, expected 1.500003"
std::string to_text(const LargestDifference& difference);

}  // namespace gpt2run
