#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "loader/bundle_index.h"
#include "loader/convert.h"
#include "loader/tensor_source.h"

namespace gpt2run {

// Whether a bundle's data files must be there: they need not be to list its tensors.
enum class DataFiles { kNeeded, kNotNeeded };

// A TensorFlow checkpoint, TensorBundle V2 (format: loader/FORMATS.md).
// Owns: its open data files.
class Bundle : public TensorSource {
 public:
  // Opens prefix + ".index" and, where they are needed, every data file that it speaks of. Without
  // them nothing can be read: CheckpointError kNotFound.
  // Errors: InputError: read_bundle_index's; kNotFound if a data file is absent, saying which are
  // there; kCorrupt if one is too short, or something else (a Git LFS pointer, ...); kRuntime if
  // the system refuses to open one.
  explicit Bundle(const std::filesystem::path& prefix, DataFiles data = DataFiles::kNeeded);

  const BundleIndex& index() const { return index_; }

  const std::string& path() const override { return path_; }
  const std::vector<TensorInfo>& tensors() const override { return tensors_; }
  void read_float32(size_t index, float* out, const ReadProgress& on_read) const override;
  void stream_float32(size_t index, size_t n_piece, const ReadProgress& on_piece) const override;
  std::optional<TensorPlace> place(size_t index) const override;
  void check(size_t index) const override;  // integers and strings have a crc32c too

 private:
  void open_shards(const std::filesystem::path& prefix);
  void read_whole(const BundleEntry& entry, ItemsOut out, const ReadProgress& on_read) const;
  void read_part(const BundleEntry& variable, const BundleSlice& slice, float* out,
                 const ReadProgress& on_read) const;
  const InputFile& shard_of(const BundleEntry& entry, const std::string& name) const;
  void check_stored(const BundleEntry& entry, const std::string& name) const;
  void check_strings(const InputFile& file, const BundleEntry& entry,
                     const std::string& name) const;
  void check_crc(const BundleEntry& entry, const std::string& name, uint32_t crc) const;

  std::string path_;
  BundleIndex index_;
  std::vector<TensorInfo> tensors_;
  std::map<int, InputFile> shards_;  // those that hold something
};

}  // namespace gpt2run
