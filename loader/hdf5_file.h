#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "loader/tensor_source.h"

namespace gpt2run {

// An HDF5 file (Keras's and Hugging Face's .h5): every dataset, by its path without the first
// slash. Everything is read through HDF5's C library but contiguous data, whose place it tells.
// metadata(): the root's attributes backend, keras_version, layer_names and weight_names.
// HDF5's library checks less than the other readers do: on hostile files it can crash the process
// (FORMATS.md says where it was seen to).
// Owns: its open file. Source: HDF5 File Format Specification, version 3.
class Hdf5File : public TensorSource {
 public:
  // Errors: CheckpointError kNotFound; kCorrupt, with the library's words; kUnsupported for what
  // leads out of the file (soft and external links, external and virtual datasets), for filters
  // but gzip, shuffle and fletcher32, and where gpt2run was built without HDF5.
  explicit Hdf5File(const std::filesystem::path& path);
  ~Hdf5File() override;

  const std::string& path() const override { return path_; }
  const std::vector<TensorInfo>& tensors() const override { return tensors_; }
  const nlohmann::json& metadata() const override { return metadata_; }
  void read_float32(size_t index, float* out, const ReadProgress& on_read) const override;
  std::optional<TensorPlace> place(size_t index) const override;

 private:
  struct Handle;  // of the library

  InputFile file_;
  std::string path_;
  nlohmann::json metadata_ = nlohmann::json::object();
  std::vector<TensorInfo> tensors_;
  std::unique_ptr<Handle> handle_;
};

// Whether a file has HDF5's signature at one of the places where it may stand.
bool is_hdf5(const InputFile& file);

}  // namespace gpt2run
