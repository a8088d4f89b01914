#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "loader/write_checkpoint.h"

namespace gpt2run {

// "tf1", "tf2", "safetensors", "npz", "gguf", "llmc". Errors: UsageError for another word.
TargetFormat parse_target_format(const std::string& flag, const std::string& text);

// What --to says, or what the target's name promises: .npz, .gguf and .bin (llm.c) are files,
// .safetensors is none (a model is a folder). Errors: UsageError if neither tells.
TargetFormat target_format(const std::optional<TargetFormat>& to,
                           const std::filesystem::path& target);

const char* target_format_name(TargetFormat format);

// "f32", "f16", "bf16". Errors: UsageError for another word.
DType parse_target_dtype(const std::string& flag, const std::string& text);

// What a written model takes: --dtype, or the type that the source has where the format can hold
// it, or float32.
DType target_dtype(const std::optional<DType>& dtype, const std::optional<DType>& stored,
                   TargetFormat format);

}  // namespace gpt2run
