#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/params.h"
#include "tokenizer/tokenizer.h"

namespace gpt2run {

struct PromptSource {
  std::optional<std::string> text;  // --prompt
  std::filesystem::path file;       // --prompt-file
};

// The prompt's bytes: the text, else the file's, else stdin's when it is no terminal. Only as much
// is read as could ever fit a context, and one byte more.
// Errors: UsageError if there is none or it is empty; InputError kNotFound, kRuntime.
std::string read_prompt(const PromptSource& source);

// The prompt's ids. Errors: InputError kRuntime if they are more than n_ctx, with both lengths.
std::vector<int> encode_prompt(const std::string& prompt, const Tokenizer& tokenizer,
                               Special special, const Hparams& hparams);

}  // namespace gpt2run
