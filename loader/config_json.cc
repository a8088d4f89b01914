#include <string_view>

#include "loader/checkpoint_error.h"
#include "loader/config_keys.h"
#include "loader/model_config.h"

namespace gpt2run {
namespace {

[[noreturn]] void refuse(const std::string& origin, const std::string& key,
                         const std::string& what) {
  throw CheckpointError(ErrorKind::kUnsupported, origin, key, what);
}

Activation parse_activation(const ConfigKeys& keys, const std::string& origin) {
  const nlohmann::json* const value = keys.find("activation_function");
  if (value == nullptr) return Activation::kGeluTanh;
  // Source: transformers activations.py. "gelu_fast" is the same formula with rounded constants.
  for (const char* name : {"gelu_new", "gelu_pytorch_tanh", "gelu_fast"}) {
    if (*value == name) return Activation::kGeluTanh;
  }
  for (const char* name : {"gelu", "gelu_python"}) {
    if (*value == name) return Activation::kGeluErf;
  }
  refuse(origin, "activation_function",
         "expected gelu_new or gelu (tanh or exact GELU), found " + ConfigKeys::shown(*value) +
             "; it is not computed yet");
}

void refuse_what_is_no_gpt2(const ConfigKeys& keys, const std::string& origin) {
  const nlohmann::json* const type = keys.find("model_type");
  if (type != nullptr && *type != "gpt2") {
    refuse(origin, "model_type", "expected gpt2, found " + ConfigKeys::shown(*type));
  }
  if (keys.boolean("add_cross_attention", false)) {
    refuse(origin, "add_cross_attention",
           "expected false, found true; attention to an encoder is not computed");
  }
  const nlohmann::json* const quantization = keys.find("quantization_config");
  if (quantization != nullptr) {
    refuse(origin, "quantization_config",
           "expected none, found " + ConfigKeys::shown(*quantization) +
               "; save the model unquantized");
  }
}

}  // namespace

ModelConfig parse_config_json(const nlohmann::json& json, const std::string& origin) {
  const ConfigKeys keys(json, origin);
  refuse_what_is_no_gpt2(keys, origin);
  ModelConfig config;
  config.origin = origin;
  Hparams& hparams = config.hparams;
  hparams.n_vocab = keys.size("vocab_size", &Hparams::n_vocab);
  // The first config.json files had n_ctx for it.
  const char* const context = keys.find("n_positions") == nullptr ? "n_ctx" : "n_positions";
  hparams.n_ctx = keys.size(context, &Hparams::n_ctx);
  hparams.n_embd = keys.size("n_embd", &Hparams::n_embd);
  hparams.n_head = keys.size("n_head", &Hparams::n_head);
  hparams.n_layer = keys.size("n_layer", &Hparams::n_layer);
  keys.check_heads(hparams, "n_head");
  if (keys.find("n_inner") != nullptr) hparams.n_inner = keys.size("n_inner", &Hparams::n_inner);
  hparams.activation = parse_activation(keys, origin);
  hparams.layer_norm_epsilon = keys.positive("layer_norm_epsilon", hparams.layer_norm_epsilon);
  hparams.scale_attn_weights = keys.boolean("scale_attn_weights", true);
  hparams.scale_attn_by_inverse_layer_idx = keys.boolean("scale_attn_by_inverse_layer_idx", false);
  // Scores are computed in float32 here anyway, which is all that it asks for.
  keys.boolean("reorder_and_upcast_attn", false);
  if (keys.find("tie_word_embeddings") != nullptr) {
    config.is_tied = keys.boolean("tie_word_embeddings", true);
  }
  return config;
}

}  // namespace gpt2run
