#pragma once

#include <cstdint>
#include <string>

#include "engine/weight.h"

namespace gpt2run {

// The values of flags, strictly: the whole text is the number, in decimal, and in range. CLI11's
// own conversions let an overflow, octal and NaN pass.
//   flag  for messages: "--top-k"
// Errors: UsageError, with what was expected and found.

int parse_int(const std::string& flag, const std::string& text, int min, int max);
uint64_t parse_seed(const std::string& flag, const std::string& text);  // 0 to 2^64 - 1

// A finite number, at least min.
float parse_float(const std::string& flag, const std::string& text, float min);
double parse_double(const std::string& flag, const std::string& text, double min);

// A probability above 0, at most 1.
float parse_probability(const std::string& flag, const std::string& text);

// "f32", "bf16", "int8" or "int4".
WeightType parse_weight_type(const std::string& flag, const std::string& text);

}  // namespace gpt2run
