#pragma once

#include <filesystem>

#include "loader/write_checkpoint.h"

namespace gpt2run {

// Writes a model as llm.c's .bin: version 3 (float32) or 5 (bfloat16), its vocabulary padded with
// rows of zeros to a multiple of 128. It has no place for a vocabulary.
//   file   what is written; see OutputFile
//   dtype  kFloat32 or kBFloat16
// Memory: one tensor.
// Errors: CheckpointError kUnsupported for float16; require_openai_arithmetic's, ModelLayout's and
// OutputFile's; those of reading the model.
// Source: karpathy/llm.c train_gpt2.py, write_model and pad_vocab.
void write_llmc_model(const ModelToWrite& model, const std::filesystem::path& file, DType dtype,
                      const WriteProgress& progress = {});

}  // namespace gpt2run
