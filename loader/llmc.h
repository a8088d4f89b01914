#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "loader/convert.h"
#include "loader/tensor_source.h"

namespace gpt2run {

// llm.c's .bin of float32 (version 3) or bfloat16 (version 5). It holds no names: tensors have
// those of llm.c's ParameterTensors, one a layer: "wte", "qkvw.3". wte has its padded rows, as
// stored.
// metadata(): the header's values under llm.c's names: version, max_seq_len, vocab_size,
// num_layers, num_heads, channels, padded_vocab_size.
// Owns: its open file. Source: karpathy/llm.c train_gpt2.py, write_model; train_gpt2.c.
class LlmcFile : public TensorSource {
 public:
  // Errors: CheckpointError kNotFound; kCorrupt if a size is out of range, or the file's is not
  // what its header says; kUnsupported for another version, named.
  explicit LlmcFile(const std::filesystem::path& path);

  const std::string& path() const override { return path_; }
  const std::vector<TensorInfo>& tensors() const override { return tensors_; }
  const nlohmann::json& metadata() const override { return metadata_; }
  void read_float32(size_t index, float* out, const ReadProgress& on_read) const override {
    read(index, out, on_read);
  }
  void stream_float32(size_t index, size_t n_piece, const ReadProgress& on_piece) const override {
    read(index, ItemsOut::pieces(n_piece), on_piece);
  }
  std::optional<TensorPlace> place(size_t index) const override;

 private:
  void read(size_t index, ItemsOut out, const ReadProgress& on_read) const;
  InputFile file_;
  std::string path_;
  nlohmann::json metadata_;
  std::vector<TensorInfo> tensors_;
  std::vector<uint64_t> offsets_;  // of each tensor
};

// Whether a file starts as one, of whatever version.
bool is_llmc(const InputFile& file);

}  // namespace gpt2run
