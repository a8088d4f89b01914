#pragma once

#include <filesystem>

#include "loader/write_checkpoint.h"

namespace gpt2run {

// Writes a model as the object-based checkpoint that TFGPT2LMHeadModel.save_weights makes:
// tf_model, a bundle of Hugging Face's object names with their graph, with `checkpoint`,
// config.json, vocab.json and merges.txt.
//   folder  an empty one
// Memory: one tensor.
// Errors: CheckpointError kUnsupported for what that class does not compute (a head of its own,
// other scales of attention); ModelLayout's, write_bundle's; those of reading the model.
// Source: transformers 4.49 models/gpt2/modeling_tf_gpt2.py.
void write_tf2(const ModelToWrite& model, const std::filesystem::path& folder, DType dtype,
               const WriteProgress& progress = {});

}  // namespace gpt2run
