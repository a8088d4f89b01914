#include "loader/hparams.h"

#include "base/file.h"
#include "base/json.h"
#include "base/printable.h"
#include "loader/checkpoint_error.h"

namespace gpt2run {
namespace {

constexpr size_t kMaxBytes = size_t{1} << 20;

struct Key {
  const char* name;
  int Hparams::*member;
  int max;  // far beyond any GPT-2, and small enough that 4 * n_embd is an int
};
constexpr Key kKeys[] = {
    {"n_vocab", &Hparams::n_vocab, 100'000'000}, {"n_ctx", &Hparams::n_ctx, 100'000'000},
    {"n_embd", &Hparams::n_embd, 1'000'000},     {"n_head", &Hparams::n_head, 1'000'000},
    {"n_layer", &Hparams::n_layer, 100'000},
};

[[noreturn]] void fail(const std::string& path, const std::string& key, const std::string& what) {
  throw CheckpointError(ErrorKind::kMismatch, path, key, what);
}

std::string shown(const nlohmann::json& value) {
  if (value.is_structured()) return value.is_array() ? "an array" : "an object";
  return printable(value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

int read_key(const nlohmann::json& json, const std::string& path, const Key& key) {
  const std::string expected = "expected an integer from 1 to " + std::to_string(key.max);
  const auto at = json.find(key.name);
  if (at == json.end()) fail(path, key.name, expected + ", found no such key; add it");
  const nlohmann::json& value = *at;
  const bool in_range = value.is_number_unsigned() && value.get<uint64_t>() >= 1 &&
                        value.get<uint64_t>() <= static_cast<uint64_t>(key.max);
  if (!in_range) fail(path, key.name, expected + ", found " + shown(value) + "; correct it");
  return value.get<int>();
}

}  // namespace

Hparams read_hparams(const std::filesystem::path& path) {
  const std::string text = read_file(path, kMaxBytes, ErrorKind::kMismatch);
  const std::string name = path.string();
  if (text.starts_with("\xEF\xBB\xBF")) {
    fail(name, "byte 0", "expected JSON, found a byte order mark; save the file without it");
  }
  const nlohmann::json json = parse_json(text, name, ErrorKind::kMismatch);
  if (!json.is_object()) fail(name, "", "expected a JSON object, found " + shown(json));
  Hparams hparams;
  for (const Key& key : kKeys) hparams.*key.member = read_key(json, name, key);
  if (hparams.n_embd % hparams.n_head != 0) {
    fail(name, "n_head",
         "expected a divisor of n_embd " + std::to_string(hparams.n_embd) + ", found " +
             std::to_string(hparams.n_head) + "; correct it");
  }
  return hparams;
}

}  // namespace gpt2run
