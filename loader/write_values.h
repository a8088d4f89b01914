#pragma once

#include <filesystem>

#include "base/output_file.h"
#include "loader/tensor_writer.h"

namespace gpt2run {

// Refuses a finite value that a tensor's type cannot hold: rounded it would be infinite.
//   file    what is written, for messages
//   values  [tensor.n_items()]
// Errors: CheckpointError kUnsupported, with the tensor's name and the value.
void require_in_range(const std::filesystem::path& file, const TensorToWrite& tensor,
                      const float* values);

// Writes a tensor's values, rounded to its type, a piece at a time.
//   values  [tensor.n_items()]
// Errors: require_in_range's, before anything of the tensor is written; OutputFile's.
void write_values(OutputFile& file, const TensorToWrite& tensor, const float* values);

}  // namespace gpt2run
