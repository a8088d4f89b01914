#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "loader/safetensors.h"
#include "loader/tensor_source.h"

namespace gpt2run {

// A model in several safetensors files, the shards, which a `*.safetensors.index.json` beside them
// names:
//   {"metadata": {...}, "weight_map": {"transformer.wte.weight":
//   "model-00001-of-00002.safetensors"}}
// Its tensors are those of the map, shard by shard, as they lie.
// Owns: its open files.
class SafetensorsSet : public TensorSource {
 public:
  // Opens and checks every shard that the map names.
  // Errors: CheckpointError: Safetensors's; kNotFound if a shard is absent, saying which are;
  // kCorrupt if the index is damaged, names a file elsewhere, or a shard lacks what the map says.
  explicit SafetensorsSet(const std::filesystem::path& index_path);

  const std::string& path() const override { return path_; }
  const std::vector<TensorInfo>& tensors() const override { return tensors_; }
  const nlohmann::json& metadata() const override { return metadata_; }  // the index's
  void read_float32(size_t index, float* out, const ReadProgress& on_read) const override;
  void stream_float32(size_t index, size_t n_piece, const ReadProgress& on_piece) const override;
  StoredAs stored_as(size_t index) const override;
  void stream_stored(size_t index, size_t n_piece, const BytesRead& on_piece) const override;
  std::optional<TensorPlace> place(size_t index) const override;

  // The shards, and where tensors()[i] is: its shard, and its index there.
  const std::vector<Safetensors>& shards() const { return shards_; }
  std::pair<size_t, size_t> shard_place(size_t index) const { return places_[index]; }

 private:
  std::string path_;
  std::vector<Safetensors> shards_;
  std::vector<TensorInfo> tensors_;
  std::vector<std::pair<size_t, size_t>> places_;
  nlohmann::json metadata_ = nlohmann::json::object();
};

// Whether a file is such an index: JSON text with a weight_map in its first 64 KB. (One with more
// before it is known by its name.)
bool is_safetensors_index(const InputFile& file);

}  // namespace gpt2run
