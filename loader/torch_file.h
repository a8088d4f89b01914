#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "loader/convert.h"
#include "loader/tensor_source.h"
#include "loader/torch_tree.h"
#include "loader/zip_archive.h"

namespace gpt2run {

// What torch.save writes: pytorch_model.bin, ckpt.pt (format: loader/FORMATS.md). A zip archive
// since PyTorch 1.6, before that pickles and bytes one after the other ("legacy"). Reads float32,
// float16, bfloat16 and float64 tensors, views of whatever strides; lists all others.
// Owns: its open file.
// Source: pytorch torch/serialization.py.
class TorchFile : public TensorSource {
 public:
  // Reads the pickles, which run nothing, and checks where each storage is.
  // Errors: CheckpointError: ZipArchive's, parse_pickle's, parse_torch_tree's; kCorrupt for a
  // storage that is not there or has another size; kUnsupported for big-endian files, TorchScript,
  // and later versions.
  explicit TorchFile(const std::filesystem::path& path);

  const std::string& path() const override { return path_; }
  const std::vector<TensorInfo>& tensors() const override { return tensors_; }
  // What is no tensor: nanoGPT's model_args, config, iter_num, ...
  const nlohmann::json& metadata() const override { return tree_.rest; }
  void read_float32(size_t index, float* out, const ReadProgress& on_read) const override;
  void stream_float32(size_t index, size_t n_piece, const ReadProgress& on_piece) const override;
  std::optional<TensorPlace> place(size_t index) const override;
  void check(size_t index) const override;

 private:
  void open_zip();
  void open_legacy();
  void list_tensors();
  void read_storage(size_t index, uint64_t n, ItemsOut out, const ReadProgress& on_read) const;

  std::string path_;
  InputFile file_;
  std::optional<ZipArchive> archive_;  // if it is one
  TorchTree tree_;
  std::map<std::string, uint64_t> places_;  // storage key -> member of the archive, or offset
  std::vector<TensorInfo> tensors_;
};

// Whether a file begins as either form does, whole or cut off.
bool is_torch_file(const InputFile& file);

}  // namespace gpt2run
