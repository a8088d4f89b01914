#pragma once

#include <filesystem>

#include "loader/write_checkpoint.h"

namespace gpt2run {

// Writes a model as the GGUF that llama.cpp loads as gpt2, with the keys and tensors that its own
// converter writes; a head of its own becomes output.weight. With a narrower dtype biases, norms
// and positions stay float32. Rows of wte that the vocabulary does not name get tokens "[PAD1234]"
// of the type "unused"; the end of a text is <|endoftext|>.
//   file  what is written; see OutputFile
// Memory: one tensor.
// Errors: CheckpointError kUnsupported for a model without a vocabulary or whose vocabulary has no
// <|endoftext|>, for an activation and attention scales that llama.cpp does not compute;
// kMismatch for more tokens than rows of wte; ModelLayout's, write_gguf's; those of reading.
// Source: llama.cpp convert_hf_to_gguf.py, src/models/gpt2.cpp.
void write_gguf_model(const ModelToWrite& model, const std::filesystem::path& file, DType dtype,
                      const WriteProgress& progress = {});

}  // namespace gpt2run
