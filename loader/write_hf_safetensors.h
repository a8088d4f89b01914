#pragma once

#include <filesystem>

#include "loader/write_checkpoint.h"

namespace gpt2run {

// Writes a model as the folder that transformers' GPT2LMHeadModel saves: model.safetensors,
// config.json, vocab.json and merges.txt. It can hold every model; a head of its own becomes
// lm_head.weight.
//   folder  an empty one
// Memory: one tensor.
// Errors: ModelLayout's, write_safetensors's; those of reading the model.
void write_hf_safetensors(const ModelToWrite& model, const std::filesystem::path& folder,
                          DType dtype, const WriteProgress& progress = {});

}  // namespace gpt2run
