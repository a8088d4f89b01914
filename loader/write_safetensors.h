#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "loader/tensor_writer.h"

namespace gpt2run {

// Writes a safetensors file, byte for byte as the safetensors package does: the header padded with
// spaces to 8 bytes, the tensors of the larger types first, those of one type in the order of their
// names.
//   path      what is written; see OutputFile
//   tensors   kFloat32, kFloat16 or kBFloat16; names unique, in UTF-8, none "__metadata__"
//   metadata  what goes into __metadata__; left out if empty
//   read      is called once a tensor, in the order of the file
// Memory: one tensor.
// Errors: CheckpointError kUnsupported for a value that the tensor's type cannot hold;
// OutputFile's; what read throws. Source: huggingface/safetensors, safetensors/src/tensor.rs,
// prepare().
void write_safetensors(const std::filesystem::path& path, const std::vector<TensorToWrite>& tensors,
                       const std::map<std::string, std::string>& metadata, const ReadTensor& read);

}  // namespace gpt2run
