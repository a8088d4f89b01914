#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tools/load_model.h"

namespace gpt2run {

// The flags of `gpt2run logits`. Exactly one of prompt, ids and ids_file is given.
struct LogitsArguments {
  ModelArguments model;
  std::optional<std::string> prompt;
  Special special = Special::kPlainText;
  std::vector<int> ids;
  std::filesystem::path ids_file;
  std::filesystem::path output;   // empty: only compare
  std::filesystem::path compare;  // empty: only write
  double tolerance = 1e-4;        // the largest difference that passes
};

// Writes the logits of every position, float32 [n, n_vocab], and compares them with a reference.
// With ids no vocabulary file is opened.
// Returns the exit code: 1 if the comparison fails. Errors: UsageError, InputError.
int cmd_logits(const LogitsArguments& arguments);

}  // namespace gpt2run
