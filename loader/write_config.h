#pragma once

#include <initializer_list>
#include <optional>
#include <string>

#include "base/vocabulary.h"
#include "engine/params.h"
#include "loader/write_checkpoint.h"

namespace gpt2run {

// hparams.json as OpenAI's release has it: five sizes, a line each.
std::string hparams_json_text(const Hparams& hparams);

// config.json as transformers saves a GPT2Config. The weights' type is called torch_dtype, a name
// that transformers 4 and 5 both take.
//   end_of_text  the id of <|endoftext|>, where texts begin and end; nothing: they are null
std::string config_json_text(const Hparams& hparams, bool is_tied, DType dtype,
                             std::optional<int> end_of_text);

// The id of <|endoftext|>; nothing if there is no such token, or no vocabulary.
std::optional<int> end_of_text_id(const Vocabulary* vocabulary);

// Whether a model has no head of its own.
bool has_tied_head(const ModelToWrite& model);

// A setting that a format's readers do not look at, as they compute only OpenAI's.
enum class Setting { kInnerSize, kActivation, kEpsilon, kScaling };

// Refuses a model with one of these settings other than OpenAI's, by its name in config.json, as
// what the format's readers compute would be something else.
//   format_name  for messages: "OpenAI's TensorFlow checkpoint"
// Errors: CheckpointError kUnsupported.
void require_openai_settings(const ModelToWrite& model, const std::string& format_name,
                             std::initializer_list<Setting> settings);

// Refuses a model of which anything is not OpenAI's: all these settings, and a head of its own.
// Errors: CheckpointError kUnsupported.
void require_openai_arithmetic(const ModelToWrite& model, const std::string& format_name);

}  // namespace gpt2run
