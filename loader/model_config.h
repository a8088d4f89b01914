#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>

#include "engine/params.h"
#include "loader/formats.h"
#include "loader/model_files.h"
#include "loader/tensor_source.h"

namespace gpt2run {

// What is known of a model besides its weights.
struct ModelConfig {
  Hparams hparams;
  std::string origin;           // where it stands, for messages: "models/x/config.json"
  std::optional<bool> is_tied;  // whether the head is wte; nothing: the weights tell
  bool has_biases = true;       // false: a model of nanoGPT's without them
};

// The config from where the format has it: hparams.json or config.json (files.hparams), or, where
// none is given or there, the checkpoint's own header (GGUF, llm.c, ggml, nanoGPT's model_args).
// Errors: CheckpointError kNotFound if there is none; kMismatch, naming the key, what was expected
// and found; kUnsupported for a config that asks for another arithmetic than GPT-2's, named.
ModelConfig read_model_config(const ModelFiles& files, const TensorSource& source);

// Reads hparams.json, or, where the file has its keys, Hugging Face's config.json. No key stands
// twice; unknown ones are ignored. Nothing is allocated by what it says. Errors: as above.
ModelConfig read_config_file(const std::filesystem::path& path);

// Parts of it. origin: for messages.
// Hugging Face's config.json. Source: transformers configuration_gpt2.py.
ModelConfig parse_config_json(const nlohmann::json& json, const std::string& origin);
// The header of a checkpoint that has one, from TensorSource::metadata(); nothing for the others.
std::optional<ModelConfig> config_of_header(Format format, const nlohmann::json& metadata,
                                            const std::string& origin);

}  // namespace gpt2run
