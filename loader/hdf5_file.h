#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "loader/convert.h"
#include "loader/hdf5_dataset.h"
#include "loader/tensor_source.h"

namespace gpt2run {

// An HDF5 file (Keras's and Hugging Face's .h5; format: loader/FORMATS.md): every dataset, by its
// path without the first slash. It is read without HDF5's library, which damaged files can crash or
// hang. Reads float16, bfloat16, float32 and float64, stored together or in chunks, packed with
// gzip or not; lists all other types. metadata(): the root's attributes backend, keras_version,
// layer_names and weight_names. Owns: its open file. Source: HDF5 File Format Specification,
// version 3.
class Hdf5File : public TensorSource {
 public:
  // Errors: CheckpointError kNotFound; kCorrupt; kUnsupported for what leads out of the file (soft
  // and external links, external and virtual datasets), for filters but gzip, shuffle and
  // fletcher32, and for what HDF5 writes only where its latest formats are asked for (links in
  // fractal heaps, chunks with other indexes than B-trees).
  explicit Hdf5File(const std::filesystem::path& path);

  const std::string& path() const override { return path_; }
  const std::vector<TensorInfo>& tensors() const override { return tensors_; }
  const nlohmann::json& metadata() const override { return metadata_; }

  // Memory: a chunk as it is and unpacked, beyond `out`.
  void read_float32(size_t index, float* out, const ReadProgress& on_read) const override;
  void stream_float32(size_t index, size_t n_piece, const ReadProgress& on_piece) const override;
  std::optional<TensorPlace> place(size_t index) const override;
  void check(size_t index) const override;

 private:
  void read_contiguous(const Hdf5Dataset& dataset, ItemsOut out, const ReadProgress& on_read) const;
  void read_chunk(const Hdf5Dataset& dataset, const Hdf5Chunk& chunk, float* out,
                  const ReadProgress& on_read) const;

  InputFile file_;
  std::string path_;
  nlohmann::json metadata_;
  std::vector<TensorInfo> tensors_;
  std::vector<Hdf5Dataset> datasets_;  // of each tensor
};

// Whether a file has HDF5's signature at one of the places where it may stand.
bool is_hdf5(const InputFile& file);

}  // namespace gpt2run
