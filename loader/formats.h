#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "base/file.h"
#include "loader/tensor_source.h"

namespace gpt2run {

// The checkpoint formats that are read.
enum class Format {
  kBundle,          // TensorFlow's, V2: PREFIX.index and PREFIX.data-*
  kTensorFlowV1,    // TensorFlow's before 0.12, one file
  kSafetensors,     // one file
  kSafetensorsSet,  // an index.json and its shards
  kNpz,
  kTorch,  // torch.save's
  kLlmc,
  kGguf,
  kGgml,  // ggml's .bin from before GGUF
  kHdf5,  // Keras's .h5
};

// For people: "safetensors".
const char* format_name(Format format);

// The format that a file's first bytes show. Nothing for a bundle's files and for what is no
// checkpoint.
std::optional<Format> format_by_content(const InputFile& file);

// The same, or, where the bytes are damaged, the format that the file's name promises.
std::optional<Format> format_of(const InputFile& file);

// Opens a checkpoint. Nothing of its weights is read yet.
//   path  the file; of a kBundle, its prefix
// Errors: those of the format's reader.
std::unique_ptr<TensorSource> open_format(Format format, const std::filesystem::path& path);

}  // namespace gpt2run
