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

// The .bin of ggml's gpt-2 example, from before GGUF. Names are the file's own, OpenAI's
// (model/h0/attn/c_attn/w); shapes are in NumPy's order, which is ggml's reversed: the matrices of
// a layer stand transposed, [n_out, n_in].
// metadata(): n_vocab, n_ctx, n_embd, n_head, n_layer, ftype as the header says, and "vocab", an
// array of the tokens' bytes, UTF-8 or not, in the order of their ids.
// Owns: its open file. Source: ggml examples/gpt-2/convert-ckpt-to-ggml.py, main-backend.cpp.
class GgmlLegacyFile : public TensorSource {
 public:
  // Errors: CheckpointError kNotFound; kCorrupt; kUnsupported for types of tensors that are not
  // known, and for quantized ones in the layouts of before May 2023, named.
  explicit GgmlLegacyFile(const std::filesystem::path& path);

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
    uint64_t offset;
  };

  void take_hparams(FileCursor& cursor);
  void take_vocabulary(FileCursor& cursor);
  void take_tensor(FileCursor& cursor);
  const GgmlType& take_type(FileCursor& cursor, const std::string& where) const;
  void read(size_t index, ItemsOut out, const ReadProgress& on_read) const;

  InputFile file_;
  std::string path_;
  nlohmann::json metadata_;
  std::vector<TensorInfo> tensors_;
  std::vector<Place> places_;  // of each tensor
};

// Whether a file starts as one.
bool is_ggml_legacy(const InputFile& file);

}  // namespace gpt2run
