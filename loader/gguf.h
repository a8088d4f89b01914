#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "loader/convert.h"
#include "loader/file_cursor.h"
#include "loader/ggml_tensor.h"
#include "loader/ggml_types.h"
#include "loader/tensor_source.h"

namespace gpt2run {

// A GGUF file, version 2 or 3, little-endian. Shapes are in NumPy's order, which is ggml's
// reversed. Quantized tensors of the types in ggml_types.cc are read; others are only listed.
// metadata(): the file's key-values as they are: gpt2.block_count, tokenizer.ggml.tokens (an
// array), ... Strings are the bytes as stored, UTF-8 or not.
// Owns: its open file. Source: ggml docs/gguf.md.
class GgufFile : public TensorSource {
 public:
  // Errors: CheckpointError kNotFound; kCorrupt; kUnsupported for another version, a big-endian
  // file and a type of tensor whose size is not known, named.
  explicit GgufFile(const std::filesystem::path& path);

  const std::string& path() const override { return path_; }
  const std::vector<TensorInfo>& tensors() const override { return tensors_; }
  const nlohmann::json& metadata() const override { return metadata_; }

  // Errors also: CheckpointError kUnsupported for a type that is only listed.
  void read_float32(size_t index, float* out, const ReadProgress& on_read) const override {
    read(index, out, on_read);
  }
  void stream_float32(size_t index, size_t n_piece, const ReadProgress& on_piece) const override {
    read(index, ItemsOut::pieces(n_piece), on_piece);
  }
  StoredAs stored_as(size_t index) const override { return ggml_stored_as(*places_[index].type); }
  void stream_stored(size_t index, size_t n_piece, const BytesRead& on_piece) const override;
  std::optional<TensorPlace> place(size_t index) const override;

 private:
  struct Place {
    const GgmlType* type;
    uint64_t offset;  // from the start of the data while they are taken, then of the file
  };

  void take_tensor(FileCursor& cursor);
  [[noreturn]] void throw_truncated(uint64_t data_offset, size_t i) const;
  void place_tensors(uint64_t data_offset, uint64_t alignment);
  void read(size_t index, ItemsOut out, const ReadProgress& on_read) const;

  InputFile file_;
  std::string path_;
  nlohmann::json metadata_;
  std::vector<TensorInfo> tensors_;
  std::vector<Place> places_;  // of each tensor
};

// Whether a file starts as one, of whatever version.
bool is_gguf(const InputFile& file);

}  // namespace gpt2run
