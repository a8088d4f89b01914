#include "loader/config_keys.h"

#include <cmath>

#include "base/printable.h"
#include "loader/checkpoint_error.h"

namespace gpt2run {
namespace {

// Far beyond any GPT-2, and small enough that 4 * n_embd is an int.
int largest(int Hparams::*member) {
  if (member == &Hparams::n_vocab || member == &Hparams::n_ctx) return 100'000'000;
  return member == &Hparams::n_layer ? 100'000 : 1'000'000;
}

}  // namespace

void ConfigKeys::fail(const std::string& key, const std::string& what) const {
  throw CheckpointError(ErrorKind::kMismatch, origin_, key, what);
}

std::string ConfigKeys::shown(const nlohmann::json& value) {
  constexpr size_t kMaxShown = 200;
  if (value.is_structured()) return value.is_array() ? "an array" : "an object";
  std::string text = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (text.size() > kMaxShown) text = text.substr(0, kMaxShown) + "...";
  return printable(text);
}

const nlohmann::json* ConfigKeys::find(const std::string& key) const {
  const auto at = json_.find(key);
  return at == json_.end() || at->is_null() ? nullptr : &*at;
}

int ConfigKeys::size(const std::string& key, int Hparams::*member) const {
  const int max = largest(member);
  const std::string expected = "expected an integer from 1 to " + std::to_string(max);
  const auto at = json_.find(key);
  if (at == json_.end()) fail(key, expected + ", found no such key; add it");
  const bool in_range = at->is_number_integer() && *at >= 1 && *at <= max;
  if (!in_range) fail(key, expected + ", found " + shown(*at) + "; correct it");
  return at->get<int>();
}

bool ConfigKeys::boolean(const std::string& key, bool otherwise) const {
  const nlohmann::json* const value = find(key);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) fail(key, "expected true or false, found " + shown(*value));
  return value->get<bool>();
}

float ConfigKeys::positive(const std::string& key, float otherwise) const {
  const nlohmann::json* const value = find(key);
  if (value == nullptr) return otherwise;
  const float number = value->is_number() ? value->get<float>() : 0.0f;
  if (!(number > 0) || !std::isfinite(number)) {
    fail(key, "expected a number above 0, found " + shown(*value));
  }
  return number;
}

void ConfigKeys::check_heads(const Hparams& hparams, const std::string& key) const {
  if (hparams.n_embd % hparams.n_head == 0) return;
  fail(key, "expected a divisor of n_embd " + std::to_string(hparams.n_embd) + ", found " +
                std::to_string(hparams.n_head) + "; correct it");
}

}  // namespace gpt2run
