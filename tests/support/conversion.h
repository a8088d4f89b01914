#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/vocabulary.h"
#include "loader/write_checkpoint.h"

namespace gpt2run {

// The formats that this build writes (npz wants libzip), by the words of --to.
const std::map<std::string, TargetFormat>& target_formats();

// A whole model as the engine would have it.
struct ModelValues {
  Hparams hparams;
  std::map<std::string, std::vector<float>> weights;  // by OpenAI's names
  std::optional<Vocabulary> vocabulary;
};

ModelValues model_values(const std::filesystem::path& model);

// Expects the same weights, bit for bit, and the same sizes and settings.
void expect_same_model(const ModelValues& found, const ModelValues& expected);

// Writes the model of one checkpoint as another, as gpt2ckpt convert does it: the files beside an
// .npz are written too. A format without a vocabulary of its own (llm.c's) is given `vocabulary`.
// Returns what to open: the target.
std::filesystem::path convert_model(const std::filesystem::path& from,
                                    const std::filesystem::path& to, TargetFormat format,
                                    DType dtype, const Vocabulary* vocabulary = nullptr);

// The same of a model in memory.
std::filesystem::path write_model(const ModelToWrite& model, const std::filesystem::path& to,
                                  TargetFormat format, DType dtype);

// A file's or folder's content by relative names; empty if there is none.
using Files = std::map<std::string, std::string>;
Files files_of(const std::filesystem::path& path);

}  // namespace gpt2run
