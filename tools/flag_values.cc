#include "tools/flag_values.h"

#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <optional>

#include "base/printable.h"
#include "tools/exit_code.h"

namespace gpt2run {
namespace {

template <class Number>
std::optional<Number> parse_whole(const std::string& text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

[[noreturn]] void fail(const std::string& flag, const std::string& expected,
                       const std::string& found) {
  throw UsageError(flag + ": expected " + expected + ", found \"" + printable(found) + "\"");
}

template <class Float>
Float parse_finite(const std::string& flag, const std::string& text, Float min) {
  const std::optional<Float> number = parse_whole<Float>(text);
  if (!number || !std::isfinite(*number) || *number < min) {
    char expected[64];
    std::snprintf(expected, sizeof(expected), "a finite number of at least %g",
                  static_cast<double>(min));
    fail(flag, expected, text);
  }
  return *number;
}

}  // namespace

int parse_int(const std::string& flag, const std::string& text, int min, int max) {
  const std::optional<int> number = parse_whole<int>(text);
  if (!number || *number < min || *number > max) {
    fail(flag, "an integer from " + std::to_string(min) + " to " + std::to_string(max), text);
  }
  return *number;
}

uint64_t parse_seed(const std::string& flag, const std::string& text) {
  const std::optional<uint64_t> number = parse_whole<uint64_t>(text);
  if (!number) {
    fail(flag, "an integer from 0 to " + std::to_string(std::numeric_limits<uint64_t>::max()),
         text);
  }
  return *number;
}

float parse_float(const std::string& flag, const std::string& text, float min) {
  return parse_finite(flag, text, min);
}

double parse_double(const std::string& flag, const std::string& text, double min) {
  return parse_finite(flag, text, min);
}

float parse_probability(const std::string& flag, const std::string& text) {
  const std::optional<float> number = parse_whole<float>(text);
  if (!number || !(*number > 0 && *number <= 1)) {
    fail(flag, "a number above 0 and at most 1", text);
  }
  return *number;
}

WeightType parse_weight_type(const std::string& flag, const std::string& text) {
  const std::optional<WeightType> type = find_weight_type(text);
  if (!type) fail(flag, "f32, bf16, int8 or int4", text);
  return *type;
}

}  // namespace gpt2run
