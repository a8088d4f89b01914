#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "loader/write_checkpoint.h"

namespace gpt2run {

// The small files that stand beside a model's weights in a folder. A vocabulary's are written if
// the model has one. Errors: OutputFile's.

// As OpenAI's releases have them: checkpoint, hparams.json, encoder.json, vocab.bpe.
void write_openai_files(const ModelToWrite& model, const std::filesystem::path& folder);

// As transformers saves them: config.json, vocab.json, merges.txt.
void write_hf_files(const ModelToWrite& model, const std::filesystem::path& folder, DType dtype);

// Writes the `checkpoint` file that names the bundle PREFIX.
void write_state_file(const std::filesystem::path& folder, const std::string& prefix);

// The names of a bundle and of a safetensors file in such a folder.
inline constexpr const char* kOpenAiPrefix = "model.ckpt";
inline constexpr const char* kHfTensorFlowPrefix = "tf_model";
inline constexpr const char* kSafetensorsFile = "model.safetensors";

// Every file that a folder written here may hold, whatever its format.
std::vector<std::string> model_folder_names();

}  // namespace gpt2run
