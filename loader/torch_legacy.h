#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/file.h"
#include "loader/torch_tree.h"

namespace gpt2run {

// A file of torch.save before PyTorch 1.6, or with _use_new_zipfile_serialization=False: the
// pickles of a magic number, the protocol's version, the machine, the checkpoint and the storages'
// keys; then each storage in that order, its number of items (8 bytes) before it.
struct LegacyTorch {
  TorchTree tree;
  std::map<std::string, uint64_t> offsets;  // storage key -> where its items begin in the file
};

//   start  the first bytes of the file, among which the pickles are
// Errors: CheckpointError: parse_pickle's, parse_torch_tree's; kCorrupt if the storages are not
// those of the tensors, or do not end with the file; kUnsupported for other versions and big-endian
// files.
LegacyTorch parse_legacy_torch(const InputFile& file, std::string_view start);

bool is_legacy_torch(const InputFile& file);

}  // namespace gpt2run
