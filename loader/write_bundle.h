#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "loader/tensor_writer.h"

namespace gpt2run {

// Writes a TensorFlow checkpoint, TensorBundle V2 of one data file, byte for byte as TensorFlow's
// Saver does: prefix + ".data-00000-of-00001", the tensors in the order of their sorted names
// without gaps, then prefix + ".index".
//   prefix   names of files that are overwritten; see OutputFile
//   tensors  kFloat32, kFloat16 or kBFloat16; names unique, none empty
//   strings  by name: scalars of type string; names unique among all
//   read     is called once a tensor, in the order of their sorted names
// Memory: one tensor.
// Errors: CheckpointError kUnsupported for a value that the tensor's type cannot hold;
// OutputFile's; what read throws.
void write_bundle(const std::filesystem::path& prefix, const std::vector<TensorToWrite>& tensors,
                  const ReadTensor& read, const std::map<std::string, std::string>& strings = {});

// The `checkpoint` file that names a bundle of its folder as the newest, as TensorFlow writes it.
std::string state_file_text(const std::string& prefix);

}  // namespace gpt2run
