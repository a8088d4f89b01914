#include "loader/write_config.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "loader/checkpoint_error.h"

namespace gpt2run {
namespace {

// The shortest decimal that is this float32: 1e-05, where the exact one is 9.99999974737875e-06.
std::string shortest_text(float value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof(text), value).ptr};
}

// The float64 of that text, which is written by the same text again.
double shortest_double(float value) {
  const std::string text = shortest_text(value);
  double out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

const char* activation_name(Activation activation) {
  return activation == Activation::kGeluTanh ? "gelu_new" : "gelu";
}

const char* bool_text(bool value) {
  return value ? "true" : "false";
}

// What a setting is called, what OpenAI's code has, what this model has.
struct SettingText {
  const char* name;
  std::string expected;
  std::string found;
};

std::vector<SettingText> describe(const Hparams& hparams, Setting setting) {
  const Hparams openai;
  switch (setting) {
    case Setting::kInnerSize:
      return {{"n_inner", std::to_string(4 * hparams.n_embd), std::to_string(hparams.d_mlp())}};
    case Setting::kActivation:
      return {{"activation_function", activation_name(openai.activation),
               activation_name(hparams.activation)}};
    case Setting::kEpsilon:
      return {{"layer_norm_epsilon", shortest_text(openai.layer_norm_epsilon),
               shortest_text(hparams.layer_norm_epsilon)}};
    case Setting::kScaling:
      return {{"scale_attn_weights", "true", bool_text(hparams.scale_attn_weights)},
              {"scale_attn_by_inverse_layer_idx", "false",
               bool_text(hparams.scale_attn_by_inverse_layer_idx)}};
  }
  return {};
}

[[noreturn]] void refuse(const ModelToWrite& model, const std::string& where,
                         const std::string& what) {
  throw CheckpointError(ErrorKind::kUnsupported, model.weights.path(), where,
                        what + "; write it as safetensors, which can say so");
}

}  // namespace

std::string hparams_json_text(const Hparams& hparams) {
  const std::pair<const char*, int> sizes[] = {{"n_vocab", hparams.n_vocab},
                                               {"n_ctx", hparams.n_ctx},
                                               {"n_embd", hparams.n_embd},
                                               {"n_head", hparams.n_head},
                                               {"n_layer", hparams.n_layer}};
  std::string text;
  for (const auto& [name, size] : sizes) {
    text +=
        (text.empty() ? "{\n  \"" : ",\n  \"") + std::string(name) + "\": " + std::to_string(size);
  }
  return text + "\n}\n";
}

std::string config_json_text(const Hparams& hparams, bool is_tied, DType dtype,
                             std::optional<int> end_of_text) {
  nlohmann::json config = {
      {"activation_function", activation_name(hparams.activation)},
      {"add_cross_attention", false},
      {"architectures", {"GPT2LMHeadModel"}},
      {"attn_pdrop", 0.1},
      {"bos_token_id", nullptr},
      {"embd_pdrop", 0.1},
      {"eos_token_id", nullptr},
      {"initializer_range", 0.02},
      {"layer_norm_epsilon", shortest_double(hparams.layer_norm_epsilon)},
      {"model_type", "gpt2"},
      {"n_ctx", hparams.n_ctx},
      {"n_embd", hparams.n_embd},
      {"n_head", hparams.n_head},
      {"n_inner", nullptr},
      {"n_layer", hparams.n_layer},
      {"n_positions", hparams.n_ctx},
      {"pad_token_id", nullptr},
      {"reorder_and_upcast_attn", false},
      {"resid_pdrop", 0.1},
      {"scale_attn_by_inverse_layer_idx", hparams.scale_attn_by_inverse_layer_idx},
      {"scale_attn_weights", hparams.scale_attn_weights},
      {"summary_activation", nullptr},
      {"summary_first_dropout", 0.1},
      {"summary_proj_to_labels", true},
      {"summary_type", "cls_index"},
      {"summary_use_proj", true},
      {"tie_word_embeddings", is_tied},
      {"torch_dtype", dtype_name(dtype)},
      {"use_cache", true},
      {"vocab_size", hparams.n_vocab},
  };
  if (end_of_text) config["bos_token_id"] = config["eos_token_id"] = *end_of_text;
  if (hparams.n_inner > 0) config["n_inner"] = hparams.n_inner;
  return config.dump(2) + "\n";
}

std::optional<int> end_of_text_id(const Vocabulary* vocabulary) {
  if (vocabulary == nullptr) return std::nullopt;
  const auto& tokens = vocabulary->tokens;
  const auto at = std::find(tokens.begin(), tokens.end(), "<|endoftext|>");
  if (at == tokens.end()) return std::nullopt;
  return static_cast<int>(std::distance(tokens.begin(), at));
}

bool has_tied_head(const ModelToWrite& model) {
  const auto& tensors = model.weights.tensors();
  return std::none_of(tensors.begin(), tensors.end(),
                      [](const TensorInfo& tensor) { return tensor.name == "model/lm_head"; });
}

void require_openai_settings(const ModelToWrite& model, const std::string& format_name,
                             std::initializer_list<Setting> settings) {
  for (const Setting setting : settings) {
    for (const SettingText& text : describe(model.hparams, setting)) {
      if (text.found == text.expected) continue;
      refuse(model, text.name,
             "expected " + text.expected + ", the only one in " + format_name + ", found " +
                 text.found);
    }
  }
}

void require_openai_arithmetic(const ModelToWrite& model, const std::string& format_name) {
  require_openai_settings(
      model, format_name,
      {Setting::kInnerSize, Setting::kActivation, Setting::kEpsilon, Setting::kScaling});
  if (has_tied_head(model)) return;
  refuse(model, "tie_word_embeddings",
         "expected true, the only one in " + format_name + ", found a head of its own");
}

}  // namespace gpt2run
