#pragma once

#include <filesystem>
#include <vector>

#include "loader/tensor_writer.h"

namespace gpt2run {

// Writes an .npz as numpy.savez does: a zip archive of .npy arrays, not compressed, each
// "NAME.npy", of version 1.0, in C order, its items at a multiple of 64 bytes in the array's own
// file.
//   path     what is written; see OutputFile
//   tensors  kFloat32 or kFloat16; names unique
// Memory: one tensor.
// Errors: CheckpointError kUnsupported for bfloat16, which NumPy does not have, and for a value
// that float16 cannot hold, with the tensor's name; write_zip's.
void write_npz(const std::filesystem::path& path, const std::vector<TensorToWrite>& tensors,
               const ReadTensor& read);

}  // namespace gpt2run
