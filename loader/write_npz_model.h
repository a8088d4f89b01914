#pragma once

#include <filesystem>

#include "loader/write_checkpoint.h"

namespace gpt2run {

// Writes a model as an .npz of OpenAI's names and shapes: "model/h0/attn/c_attn/w" [1, n_in,
// n_out]. It has no place for hparams and vocabulary: hparams.json, encoder.json and vocab.bpe
// stand beside it.
//   file   what is written; see OutputFile
//   dtype  kFloat32 or kFloat16
// Memory: one tensor.
// Errors: require_openai_arithmetic's, ModelLayout's, write_npz's; those of reading the model.
void write_npz_model(const ModelToWrite& model, const std::filesystem::path& file, DType dtype,
                     const WriteProgress& progress = {});

}  // namespace gpt2run
