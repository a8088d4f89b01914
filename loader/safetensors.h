#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "loader/convert.h"
#include "loader/tensor_source.h"

namespace gpt2run {

// A safetensors file (format: loader/FORMATS.md). It has no checksums. Reads F32, F16, BF16 and
// F64; lists every other type.
// Owns: its open file.
// Source: huggingface/safetensors, README.md and safetensors/src/tensor.rs.
class Safetensors : public TensorSource {
 public:
  // Reads and checks the header; the tensors must tile the rest of the file.
  // Errors: CheckpointError kNotFound; kCorrupt; kUnsupported for an unknown type.
  explicit Safetensors(const std::filesystem::path& path);

  const std::string& path() const override { return path_; }
  const std::vector<TensorInfo>& tensors() const override { return tensors_; }  // as they lie
  const nlohmann::json& metadata() const override { return metadata_; }         // __metadata__
  void read_float32(size_t index, float* out, const ReadProgress& on_read) const override {
    read(index, out, on_read);
  }
  void stream_float32(size_t index, size_t n_piece, const ReadProgress& on_piece) const override {
    read(index, ItemsOut::pieces(n_piece), on_piece);
  }
  StoredAs stored_as(size_t index) const override {
    return tensors_[index].dtype == DType::kBFloat16 ? StoredAs::kBFloat16 : StoredAs::kOther;
  }
  void stream_stored(size_t index, size_t n_piece, const BytesRead& on_piece) const override;
  std::optional<TensorPlace> place(size_t index) const override;

 private:
  struct Entry;
  void parse_header(const std::string& text);
  void parse_metadata(const nlohmann::json& value);
  Entry parse_entry(const std::string& name, const nlohmann::json& value) const;
  void check_tiling(std::vector<Entry> entries, uint64_t n_header_bytes);
  void read(size_t index, ItemsOut out, const ReadProgress& on_read) const;

  std::string path_;
  InputFile file_;
  std::vector<TensorInfo> tensors_;
  std::vector<uint64_t> offsets_;  // of each tensor, in the file
  nlohmann::json metadata_ = nlohmann::json::object();
};

// Whether a file begins as safetensors files do: its header's length may be damaged, the file cut
// off.
bool is_safetensors(const InputFile& file);

}  // namespace gpt2run
