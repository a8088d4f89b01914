#pragma once

#include <optional>
#include <string>

#include "base/file.h"

namespace gpt2run {

// What a file is that is not what its name promises.
struct ForeignKind {
  ErrorKind error = ErrorKind::kUnsupported;
  std::string text;  // "is ...; do ..."
  bool is_lfs_pointer = false;
  bool holds_any = false;  // zip, tar, .npy, ...: by its bytes alone it need not be a checkpoint
};

// Names a file by its first bytes: empty, a Git LFS pointer (with the real file's size), an HTML
// page, HDF5, zip, gzip, tar, pickle, GGUF, safetensors, ... Nothing for a LevelDB table, and for
// what is not known.
std::optional<ForeignKind> foreign_kind(const InputFile& file);

// Errors: CheckpointError if foreign_kind knows the file: kCorrupt for what a failed download
// leaves, kUnsupported for a known format.
void refuse_foreign_file(const InputFile& file);

}  // namespace gpt2run
