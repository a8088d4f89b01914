#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "loader/weight_map.h"

namespace gpt2run {

// What stands before names that would be GPT-2's without it, and is none of the prefixes that are
// stripped anyway: "my_scope/" before model/wte, "bert." before h.0.ln_1.weight.
struct UnknownPrefix {
  std::string prefix;
  size_t n_weights = 0;  // the weights that it hides
  std::string example;   // the first of their names
};

// The prefix that hides most of the weights that the map has not found; nothing if none does.
std::optional<UnknownPrefix> find_unknown_prefix(const TensorSource& source, const WeightMap& map);

// The rule of a name map that takes a prefix away, with all of its names in one line.
NameRule prefix_rule(const std::string& prefix);

// The options with that rule behind their own.
MapOptions without_prefix(MapOptions options, const std::string& prefix);

// A text as RE2 matches it literally, with no more escapes than are needed.
std::string quoted_for_re2(std::string_view text);

}  // namespace gpt2run
