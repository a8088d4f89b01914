#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "loader/dtype.h"
#include "loader/slices.h"
#include "loader/table.h"
#include "loader/tensor_source.h"

namespace gpt2run {

// TensorFlow's V1 checkpoint (before 0.12; still tf.train.Saver(write_version=V1)): one LevelDB
// table with everything in it. A tensor's block is read, and its crc32c checked, as the tensor is.
// Owns: its open file. Source: tensorflow core/util/saved_tensor_slice.proto,
// core/util/tensor_slice_writer.cc.
class TensorFlowV1 : public TensorSource {
 public:
  // Errors: CheckpointError kNotFound; kCorrupt; kUnsupported for a file that is something else,
  // named, and for more than 1024 slices of a tensor.
  explicit TensorFlowV1(const std::filesystem::path& path);
  TensorFlowV1(const TensorFlowV1&) = delete;
  TensorFlowV1& operator=(const TensorFlowV1&) = delete;

  const std::string& path() const override { return path_; }
  const std::vector<TensorInfo>& tensors() const override { return tensors_; }

  // Memory: twice the largest slice, beyond `out`.
  void read_float32(size_t index, float* out, const ReadProgress& on_read) const override;
  void check(size_t index) const override;

 private:
  struct Slice {
    SliceExtents extents;  // none is kFull
    std::string key;       // in the table
  };

  void add_tensor(std::string_view meta);
  [[noreturn]] void throw_missing_slice(size_t index) const;
  void read_slice(size_t index, const Slice& slice, float* out, const ReadProgress& on_read) const;

  InputFile file_;
  std::string path_;
  Table table_;
  std::vector<TensorInfo> tensors_;
  std::vector<const TensorFlowType*> types_;  // of each tensor
  std::vector<std::vector<Slice>> slices_;    // of each tensor
};

}  // namespace gpt2run
