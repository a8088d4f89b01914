#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "loader/checkpoint_error.h"

namespace gpt2run {

// What every reader checks of a tensor and of its file, whatever the format.

// The product of a shape; nothing if a size is negative, there are more than 254, or the product is
// 2^63 or more.
std::optional<uint64_t> checked_product(const std::vector<int64_t>& shape);

// "tensor \"NAME\"", as messages call it: what would command a terminal is escaped.
std::string tensor_text(std::string_view name);

// Errors: CheckpointError kCorrupt for what a failed download leaves (an empty file, a Git LFS
// pointer, an HTML page), and for nothing else.
void refuse_failed_download(const InputFile& file);

// Calls read, which reads a tensor from `file`, and puts the tensor into the message if that fails.
// Errors: CheckpointError, of the kind of the InputError that read throws.
template <class Read>
void naming_tensor(const InputFile& file, const std::string& name, uint64_t offset,
                   const Read& read) {
  try {
    read();
  } catch (const InputError& error) {
    const std::string path = file.path().string();
    const std::string what = std::string(error.what()).substr(path.size() + 2);  // after "path: "
    throw CheckpointError(error.kind(), path, name + " at byte " + std::to_string(offset), what);
  }
}

}  // namespace gpt2run
