#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/file.h"
#include "loader/convert.h"
#include "loader/ggml_types.h"
#include "loader/tensor_source.h"

namespace gpt2run {

// What GGUF files and ggml's old ones have in common: tensors of ggml's types.

// A tensor as the file describes it, with its size: its name, type and shape checked.
//   path   the file, for messages
//   shape  in NumPy's order
// Errors: CheckpointError kCorrupt: a name that is none, a negative size, more than 2^63 bytes,
// rows that are not whole blocks.
TensorInfo describe_ggml_tensor(const std::string& path, std::string name,
                                std::vector<int64_t> shape, const GgmlType& type);

// Errors: CheckpointError kUnsupported if the number is no type's that is known.
const GgmlType& known_ggml_type(const std::string& path, const std::string& name, uint32_t number);

// TensorSource::read_float32 of such a tensor.
// Errors: CheckpointError kUnsupported for a type that is only listed; as InputFile::read_at's.
void read_ggml_tensor(const InputFile& file, uint64_t offset, const GgmlType& type,
                      const TensorInfo& tensor, ItemsOut out, const ReadProgress& on_read);

// TensorSource::stored_as of such a tensor.
StoredAs ggml_stored_as(const GgmlType& type);

}  // namespace gpt2run
