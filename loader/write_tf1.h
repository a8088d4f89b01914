#pragma once

#include <filesystem>

#include "loader/write_checkpoint.h"

namespace gpt2run {

// Writes a model as the folder that openai/gpt-2's code restores: model.ckpt, a bundle of OpenAI's
// names and shapes, with `checkpoint`, hparams.json, encoder.json and vocab.bpe. No .meta: neither
// that code nor a Saver of one's own graph reads it.
//   folder  an empty one
// Memory: one tensor.
// Errors: CheckpointError kUnsupported for a model that OpenAI's code would compute otherwise (a
// head of its own, another GELU, ...); ModelLayout's, write_bundle's; those of reading the model.
void write_tf1(const ModelToWrite& model, const std::filesystem::path& folder, DType dtype,
               const WriteProgress& progress = {});

}  // namespace gpt2run
