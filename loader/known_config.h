#pragma once

#include <optional>

#include "base/error.h"
#include "loader/checkpoint.h"
#include "loader/model_config.h"

namespace gpt2run {

// What can be known of a model's config, be its file absent or damaged.
struct KnownConfig {
  // The config as it is given; where it cannot be read, what the weights' shapes tell, 0 for what
  // they do not: n_head leaves no trace in them.
  ModelConfig config;
  std::optional<InputError> problem;  // why it could not be read
};

// Errors: InputError kRuntime (the system refuses to read a file); kNotFound for a file that the
// user named.
KnownConfig known_config(const Checkpoint& checkpoint);

}  // namespace gpt2run
