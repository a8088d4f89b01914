#include "loader/formats.h"

#include <string>

#include "loader/bundle.h"
#include "loader/ggml_legacy.h"
#include "loader/gguf.h"
#include "loader/hdf5_file.h"
#include "loader/llmc.h"
#include "loader/npz.h"
#include "loader/safetensors.h"
#include "loader/safetensors_set.h"
#include "loader/tf_v1.h"
#include "loader/torch_file.h"

namespace gpt2run {
namespace {

template <class Reader>
std::unique_ptr<TensorSource> open_with(const std::filesystem::path& path) {
  return std::make_unique<Reader>(path);
}

struct Row {
  Format format;
  const char* name;
  bool (*is)(const InputFile& file);
  const char* extension;  // that only this format has
  std::unique_ptr<TensorSource> (*open)(const std::filesystem::path& path);
};

constexpr Row kRows[] = {
    {Format::kBundle, "TensorFlow bundle", nullptr, "", open_with<Bundle>},
    {Format::kTensorFlowV1, "TensorFlow V1 checkpoint", is_v1_checkpoint, "",
     open_with<TensorFlowV1>},
    {Format::kSafetensors, "safetensors", is_safetensors, ".safetensors", open_with<Safetensors>},
    {Format::kSafetensorsSet, "safetensors in shards", is_safetensors_index,
     ".safetensors.index.json", open_with<SafetensorsSet>},
    {Format::kNpz, "NumPy npz", is_npz, ".npz", open_with<Npz>},
    {Format::kTorch, "PyTorch", is_torch_file, ".pt", open_with<TorchFile>},
    {Format::kTorch, "PyTorch", nullptr, "pytorch_model.bin", open_with<TorchFile>},
    {Format::kLlmc, "llm.c", is_llmc, "", open_with<LlmcFile>},
    {Format::kGguf, "GGUF", is_gguf, ".gguf", open_with<GgufFile>},
    {Format::kGgml, "ggml (before GGUF)", is_ggml_legacy, "", open_with<GgmlLegacyFile>},
    {Format::kHdf5, "HDF5", is_hdf5, ".h5", open_with<Hdf5File>},
};

const Row& row_of(Format format) {
  for (const Row& row : kRows) {
    if (row.format == format) return row;
  }
  return kRows[0];
}

}  // namespace

const char* format_name(Format format) {
  return row_of(format).name;
}

std::optional<Format> format_by_content(const InputFile& file) {
  for (const Row& row : kRows) {
    if (row.is != nullptr && row.is(file)) return row.format;
  }
  return std::nullopt;
}

std::optional<Format> format_of(const InputFile& file) {
  if (const auto format = format_by_content(file)) return format;
  const std::string name = file.path().filename().string();
  for (const Row& row : kRows) {
    if (*row.extension != '\0' && name.ends_with(row.extension)) return row.format;
  }
  return std::nullopt;
}

std::unique_ptr<TensorSource> open_format(Format format, const std::filesystem::path& path) {
  return row_of(format).open(path);
}

}  // namespace gpt2run
