#pragma once

#include <cstdint>
#include <optional>

#include "tools/load_model.h"
#include "tools/prompt.h"

namespace gpt2run {

// The flags of `gpt2run`.
struct GenerateArguments {
  ModelArguments model;
  PromptSource prompt;
  Special special = Special::kPlainText;
  int n_tokens = 40;
  std::optional<float> temperature;
  std::optional<int> top_k;
  std::optional<float> top_p;
  std::optional<uint64_t> seed;
  bool ignore_eot = false;
  bool draft = false;
  bool json = false;
  bool stats = false;
};

// Continues a prompt: text on stdout as it is made, or one JSON object at the end.
// Returns the exit code. Errors: UsageError, InputError.
int cmd_generate(const GenerateArguments& arguments);

}  // namespace gpt2run
