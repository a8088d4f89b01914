#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"

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

}  // namespace gpt2run
