#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "loader/checkpoint.h"
#include "loader/known_config.h"
#include "tools/json_text.h"

namespace gpt2run {

// What `gpt2ckpt inspect` shows.
struct Inspection {
  struct Total {
    TensorRole role = TensorRole::kWeight;
    uint64_t n_tensors = 0, n_parameters = 0, n_bytes = 0;
  };
  const Checkpoint& checkpoint;
  KnownConfig config;
  std::vector<std::optional<TensorPlace>> places;  // [tensors]
  std::vector<Total> totals;                       // of the roles that there are
  Total all;
};

// Reads no tensor. The checkpoint outlives what is returned.
Inspection inspect(const Checkpoint& checkpoint);

// "TensorFlow bundle", and "OpenAI" or, if nothing here is a weight, nothing.
const char* format_of(const Checkpoint& checkpoint);
std::optional<std::string> family_of(const Checkpoint& checkpoint);

// The object of --json (its keys are listed in inspect's --help), and the text for people.
Json to_json(const Inspection& inspection);
std::string to_text(const Inspection& inspection);

}  // namespace gpt2run
