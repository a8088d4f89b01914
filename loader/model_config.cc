#include "loader/model_config.h"

#include "base/file.h"
#include "base/json.h"
#include "loader/checkpoint_error.h"
#include "loader/config_keys.h"
#include "loader/folder_listing.h"

namespace gpt2run {
namespace {

constexpr size_t kMaxBytes = size_t{1} << 20;

// OpenAI's: five integers.
ModelConfig parse_hparams_json(const nlohmann::json& json, const std::string& origin) {
  const ConfigKeys keys(json, origin);
  ModelConfig config;
  config.origin = origin;
  Hparams& hparams = config.hparams;
  hparams.n_vocab = keys.size("n_vocab", &Hparams::n_vocab);
  hparams.n_ctx = keys.size("n_ctx", &Hparams::n_ctx);
  hparams.n_embd = keys.size("n_embd", &Hparams::n_embd);
  hparams.n_head = keys.size("n_head", &Hparams::n_head);
  hparams.n_layer = keys.size("n_layer", &Hparams::n_layer);
  keys.check_heads(hparams, "n_head");
  return config;
}

bool is_config_json(const nlohmann::json& json) {
  return !json.contains("n_vocab") && (json.contains("vocab_size") || json.contains("model_type"));
}

}  // namespace

ModelConfig read_config_file(const std::filesystem::path& path) {
  const std::string text = read_file(path, kMaxBytes, ErrorKind::kMismatch);
  const std::string name = path.string();
  const auto fail = [&](const std::string& where, const std::string& what) {
    throw CheckpointError(ErrorKind::kMismatch, name, where, what);
  };
  if (text.starts_with("\xEF\xBB\xBF")) {
    fail("byte 0", "expected JSON, found a byte order mark; save the file without it");
  }
  const nlohmann::json json = parse_json(text, name, ErrorKind::kMismatch);
  if (!json.is_object()) fail("", "expected a JSON object, found " + ConfigKeys::shown(json));
  return is_config_json(json) ? parse_config_json(json, name) : parse_hparams_json(json, name);
}

ModelConfig read_model_config(const ModelFiles& files, const TensorSource& source) {
  if (!files.is_hparams_given) {
    auto config = config_of_header(files.format, source.metadata(), source.path());
    if (config) return *config;
  }
  require_hparams(files);
  return read_config_file(files.hparams);
}

}  // namespace gpt2run
