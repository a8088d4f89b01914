#include <nlohmann/json.hpp>

#include "loader/checkpoint_error.h"
#include "loader/config_keys.h"
#include "loader/model_config.h"

namespace gpt2run {
namespace {

// What a header calls the five sizes.
struct Names {
  const char *n_vocab, *n_ctx, *n_embd, *n_head, *n_layer;
};
constexpr Names kGgmlNames{"n_vocab", "n_ctx", "n_embd", "n_head", "n_layer"};
constexpr Names kLlmcNames{"vocab_size", "max_seq_len", "channels", "num_heads", "num_layers"};
constexpr Names kNanoGptNames{"vocab_size", "block_size", "n_embd", "n_head", "n_layer"};

ModelConfig read_sizes(const ConfigKeys& keys, const Names& names, const std::string& origin) {
  ModelConfig config;
  config.origin = origin;
  Hparams& hparams = config.hparams;
  hparams.n_vocab = keys.size(names.n_vocab, &Hparams::n_vocab);
  hparams.n_ctx = keys.size(names.n_ctx, &Hparams::n_ctx);
  hparams.n_embd = keys.size(names.n_embd, &Hparams::n_embd);
  hparams.n_head = keys.size(names.n_head, &Hparams::n_head);
  hparams.n_layer = keys.size(names.n_layer, &Hparams::n_layer);
  keys.check_heads(hparams, names.n_head);
  return config;
}

// nanoGPT's model.py computes the exact GELU, and has no biases if its config says so.
ModelConfig parse_model_args(const nlohmann::json& arguments, const std::string& origin) {
  const ConfigKeys keys(arguments, origin);
  ModelConfig config = read_sizes(keys, kNanoGptNames, origin);
  config.hparams.activation = Activation::kGeluErf;
  config.has_biases = keys.boolean("bias", true);
  config.is_tied = true;
  return config;
}

// Source: ggml docs/gguf.md.
ModelConfig parse_gguf_keys(const nlohmann::json& metadata, const std::string& origin) {
  const ConfigKeys keys(metadata, origin);
  const nlohmann::json* const architecture = keys.find("general.architecture");
  if (architecture == nullptr || *architecture != "gpt2") {
    throw CheckpointError(
        ErrorKind::kUnsupported, origin, "general.architecture",
        "expected gpt2, found " +
            (architecture == nullptr ? "no such key" : ConfigKeys::shown(*architecture)));
  }
  ModelConfig config;
  config.origin = origin;
  Hparams& hparams = config.hparams;
  hparams.n_ctx = keys.size("gpt2.context_length", &Hparams::n_ctx);
  hparams.n_embd = keys.size("gpt2.embedding_length", &Hparams::n_embd);
  hparams.n_head = keys.size("gpt2.attention.head_count", &Hparams::n_head);
  hparams.n_layer = keys.size("gpt2.block_count", &Hparams::n_layer);
  keys.check_heads(hparams, "gpt2.attention.head_count");
  if (keys.find("gpt2.feed_forward_length") != nullptr) {
    hparams.n_inner = keys.size("gpt2.feed_forward_length", &Hparams::n_inner);
  }
  if (hparams.n_inner == 4 * hparams.n_embd) hparams.n_inner = 0;
  hparams.layer_norm_epsilon =
      keys.positive("gpt2.attention.layer_norm_epsilon", hparams.layer_norm_epsilon);
  return config;  // n_vocab: the rows of token_embd
}

}  // namespace

std::optional<ModelConfig> config_of_header(Format format, const nlohmann::json& metadata,
                                            const std::string& origin) {
  switch (format) {
    case Format::kGguf:
      return parse_gguf_keys(metadata, origin);
    case Format::kLlmc:
      return read_sizes(ConfigKeys(metadata, origin), kLlmcNames, origin);
    case Format::kGgml:
      return read_sizes(ConfigKeys(metadata, origin), kGgmlNames, origin);
    case Format::kTorch: {
      const auto arguments = metadata.find("model_args");
      if (arguments == metadata.end() || !arguments->is_object()) return std::nullopt;
      return parse_model_args(*arguments, origin + ": model_args");
    }
    default:
      return std::nullopt;
  }
}

}  // namespace gpt2run
