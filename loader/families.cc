#include "loader/families.h"

#include <algorithm>
#include <array>
#include <utility>

namespace gpt2run {
namespace {

// How a family spells the names between prefix and suffix. {} stands for the layer's number.
enum Spelling { kOpenAiNames, kDots, kSlashes, kKeras, kGgufNames, kLlmcNames, kNSpellings };

struct Row {
  const char* weight;
  std::array<const char*, kNSpellings> names;  // "": the family has none
};

// Sources: openai/gpt-2 src/model.py; transformers modeling_gpt2.py and modeling_tf_gpt2.py;
// llama.cpp gguf-py/gguf/constants.py; llm.c train_gpt2.c, ParameterTensors.
// clang-format off
constexpr Row kTable[] = {
//  weight, OpenAI         dots                        slashes                     Keras                           GGUF                         llm.c
  {"wte",             {"wte",             "wte.weight",             "wte/embeddings",         "wte/embeddings",             "token_embd.weight",         "wte"}},
  {"wpe",             {"wpe",             "wpe.weight",             "wpe/embeddings",         "wpe/embeddings",             "position_embd.weight",      "wpe"}},
  {"h{}/ln_1/g",      {"h{}/ln_1/g",      "h.{}.ln_1.weight",       "h/{}/ln_1/gamma",        "h_._{}/ln_1/gamma",          "blk.{}.attn_norm.weight",   "ln1w.{}"}},
  {"h{}/ln_1/b",      {"h{}/ln_1/b",      "h.{}.ln_1.bias",         "h/{}/ln_1/beta",         "h_._{}/ln_1/beta",           "blk.{}.attn_norm.bias",     "ln1b.{}"}},
  {"h{}/attn/c_attn/w", {"h{}/attn/c_attn/w", "h.{}.attn.c_attn.weight", "h/{}/attn/c_attn/weight", "h_._{}/attn/c_attn/weight", "blk.{}.attn_qkv.weight",    "qkvw.{}"}},
  {"h{}/attn/c_attn/b", {"h{}/attn/c_attn/b", "h.{}.attn.c_attn.bias", "h/{}/attn/c_attn/bias", "h_._{}/attn/c_attn/bias",    "blk.{}.attn_qkv.bias",      "qkvb.{}"}},
  {"h{}/attn/c_proj/w", {"h{}/attn/c_proj/w", "h.{}.attn.c_proj.weight", "h/{}/attn/c_proj/weight", "h_._{}/attn/c_proj/weight", "blk.{}.attn_output.weight", "attprojw.{}"}},
  {"h{}/attn/c_proj/b", {"h{}/attn/c_proj/b", "h.{}.attn.c_proj.bias", "h/{}/attn/c_proj/bias", "h_._{}/attn/c_proj/bias",    "blk.{}.attn_output.bias",   "attprojb.{}"}},
  {"h{}/ln_2/g",      {"h{}/ln_2/g",      "h.{}.ln_2.weight",       "h/{}/ln_2/gamma",        "h_._{}/ln_2/gamma",          "blk.{}.ffn_norm.weight",    "ln2w.{}"}},
  {"h{}/ln_2/b",      {"h{}/ln_2/b",      "h.{}.ln_2.bias",         "h/{}/ln_2/beta",         "h_._{}/ln_2/beta",           "blk.{}.ffn_norm.bias",      "ln2b.{}"}},
  {"h{}/mlp/c_fc/w",  {"h{}/mlp/c_fc/w",  "h.{}.mlp.c_fc.weight",   "h/{}/mlp/c_fc/weight",   "h_._{}/mlp/c_fc/weight",     "blk.{}.ffn_up.weight",      "fcw.{}"}},
  {"h{}/mlp/c_fc/b",  {"h{}/mlp/c_fc/b",  "h.{}.mlp.c_fc.bias",     "h/{}/mlp/c_fc/bias",     "h_._{}/mlp/c_fc/bias",       "blk.{}.ffn_up.bias",        "fcb.{}"}},
  {"h{}/mlp/c_proj/w", {"h{}/mlp/c_proj/w", "h.{}.mlp.c_proj.weight", "h/{}/mlp/c_proj/weight", "h_._{}/mlp/c_proj/weight", "blk.{}.ffn_down.weight",    "fcprojw.{}"}},
  {"h{}/mlp/c_proj/b", {"h{}/mlp/c_proj/b", "h.{}.mlp.c_proj.bias", "h/{}/mlp/c_proj/bias",   "h_._{}/mlp/c_proj/bias",     "blk.{}.ffn_down.bias",      "fcprojb.{}"}},
  {"ln_f/g",          {"ln_f/g",          "ln_f.weight",            "ln_f/gamma",             "ln_f/gamma",                 "output_norm.weight",        "lnfw"}},
  {"ln_f/b",          {"ln_f/b",          "ln_f.bias",              "ln_f/beta",              "ln_f/beta",                  "output_norm.bias",          "lnfb"}},
  {"lm_head",         {"lm_head",         "lm_head.weight",         "",                       "",                           "output.weight",             ""}},
  // Older spellings, which are read and not written.
  {"wte",             {"",                "",                       "wte/weight",             "wte/weight",                 "",                          ""}},
};

constexpr FamilyTraits kTraits[] = {
//  family                 name                              prefix          suffix                            transposed  [1, n, m]  bias [1, m]
  {Family::kOpenAi,       "OpenAI",                         "model/",        "",                               false,      true,      false},
  {Family::kTfModule,     "tf.Module",                      "model/",        "/.ATTRIBUTES/VARIABLE_VALUE",    false,      true,      false},
  {Family::kHfTensorFlow, "Hugging Face TensorFlow",        "transformer/",  "/.ATTRIBUTES/VARIABLE_VALUE",    false,      false,     true},
  {Family::kHfKeras,      "Hugging Face Keras",             "transformer/tfgpt2lm_head_model/transformer/", ":0", false,      false,     true},
  {Family::kHfPyTorch,    "Hugging Face PyTorch",           "transformer.",  "",                               false,      false,     false},
  {Family::kLinear,       "nanoGPT (nn.Linear)",            "transformer.",  "",                               true,       false,     false},
  {Family::kLlmc,         "llm.c",                          "",              "",                               true,       false,     false},
  {Family::kGguf,         "GGUF",                           "",              "",                               true,       false,     false},
  {Family::kGgml,         "ggml",                           "model/",        "",                               true,       false,     false},
};
// clang-format on

Spelling spelling_of(Family family) {
  switch (family) {
    case Family::kOpenAi:
    case Family::kTfModule:
    case Family::kGgml:
      return kOpenAiNames;
    case Family::kHfTensorFlow:
      return kSlashes;
    case Family::kHfKeras:
      return kKeras;
    case Family::kHfPyTorch:
    case Family::kLinear:
      return kDots;
    case Family::kGguf:
      return kGgufNames;
    case Family::kLlmc:
      return kLlmcNames;
  }
  return kOpenAiNames;
}

constexpr std::string_view kScope = "model/";
constexpr std::string_view kObjectSuffix = "/.ATTRIBUTES/VARIABLE_VALUE";
constexpr std::string_view kKerasSuffix = ":0";

Family family_of(size_t spelling, bool is_object) {
  switch (spelling) {
    case kDots:
      return Family::kHfPyTorch;
    case kSlashes:
      return Family::kHfTensorFlow;
    case kKeras:
      return Family::kHfKeras;
    case kGgufNames:
      return Family::kGguf;
    case kLlmcNames:
      return Family::kLlmc;
    default:
      return is_object ? Family::kTfModule : Family::kOpenAi;
  }
}

// How many characters of name are a layer's number: as written, without leading zeros.
size_t n_digits_of_layer(std::string_view name) {
  const size_t n = std::min(name.find_first_not_of("0123456789"), name.size());
  return n == 0 || n > 8 || (name[0] == '0' && n > 1) ? 0 : n;
}

// Whether a name fits a pattern with at most one {}; gives the layer's number as it stands there.
bool fits(std::string_view pattern, std::string_view name, std::string_view& layer) {
  const size_t at = pattern.find("{}");
  if (at == std::string_view::npos) return name == pattern;
  if (!name.starts_with(pattern.substr(0, at))) return false;
  const size_t n_digits = n_digits_of_layer(name.substr(at));
  if (n_digits == 0 || name.substr(at + n_digits) != pattern.substr(at + 2)) return false;
  layer = name.substr(at, n_digits);
  return true;
}

std::string filled_in(std::string_view pattern, std::string_view layer) {
  const size_t at = pattern.find("{}");
  if (at == std::string_view::npos) return std::string(pattern);
  return std::string(pattern.substr(0, at)) + std::string(layer) +
         std::string(pattern.substr(at + 2));
}

// The length of a prefix that trainers and exporters put before a name; 0 if there is none.
size_t n_prefix_of(std::string_view name) {
  for (const std::string_view prefix :
       {"module.", "_orig_mod.", "transformer.", "model.", "model/", "transformer/"}) {
    if (name.starts_with(prefix)) return prefix.size();
  }
  // Keras numbers the layers that it names: tfgpt2lm_head_model, tfgpt2lm_head_model_1.
  if (name.starts_with("tfgpt2")) {
    const size_t end = name.find('/');
    if (end != std::string_view::npos) return end + 1;
  }
  return 0;
}

}  // namespace

const FamilyTraits& family_traits(Family family) {
  for (const FamilyTraits& traits : kTraits) {
    if (traits.family == family) return traits;
  }
  return kTraits[0];
}

std::string family_name(Family family, std::string_view weight) {
  if (weight.starts_with(kScope)) weight.remove_prefix(kScope.size());
  const FamilyTraits& traits = family_traits(family);
  for (const Row& row : kTable) {
    std::string_view layer;
    if (!fits(row.weight, weight, layer)) continue;
    const std::string name = filled_in(row.names[spelling_of(family)], layer);
    if (name.empty()) return "";
    // PyTorch's head stands beside the transformer, not in it.
    const bool is_beside = spelling_of(family) == kDots && weight == "lm_head";
    return (is_beside ? "" : traits.prefix) + name + traits.suffix;
  }
  return "";
}

bool is_layer_matrix(std::string_view weight) {
  return weight.ends_with("/w");
}

std::vector<int64_t> family_shape(Family family, std::string_view weight,
                                  std::vector<int64_t> shape) {
  const FamilyTraits& traits = family_traits(family);
  if (is_layer_matrix(weight)) {
    if (traits.is_transposed) std::swap(shape.front(), shape.back());
    if (traits.has_kernel_axis) shape.insert(shape.begin(), 1);
  } else if (traits.has_bias_row && is_linear_bias(weight)) {
    shape.insert(shape.begin(), 1);
  }
  return shape;
}

bool is_linear_bias(std::string_view weight) {
  return weight.ends_with("/b") && weight.find("/c_") != std::string_view::npos;
}

std::optional<RecognizedName> recognize_name(std::string_view name) {
  const bool is_object = name.ends_with(kObjectSuffix);
  if (is_object) name.remove_suffix(kObjectSuffix.size());
  if (name.ends_with(kKerasSuffix)) name.remove_suffix(kKerasSuffix.size());
  std::string_view rest = name;
  while (const size_t n = n_prefix_of(rest)) rest.remove_prefix(n);
  const std::string prefix(name.substr(0, name.size() - rest.size()));
  std::string_view layer;
  for (const Row& row : kTable) {
    for (size_t spelling = 0; spelling < kNSpellings; ++spelling) {
      if (*row.names[spelling] == '\0' || !fits(row.names[spelling], rest, layer)) continue;
      return RecognizedName{std::string(kScope) + filled_in(row.weight, layer), prefix,
                            family_of(spelling, is_object)};
    }
  }
  return std::nullopt;
}

std::optional<RecognizedName> recognize_end(std::string_view name, size_t* begin) {
  constexpr int kMaxParts = 8;
  constexpr size_t kMaxNameBytes = 512;
  if (name.size() > kMaxNameBytes) return std::nullopt;
  size_t at = 0;
  for (int n = 0; n <= kMaxParts; ++n) {
    if (auto known = recognize_name(name.substr(at))) {
      known->prefix.insert(0, name.substr(0, at));
      if (begin != nullptr) *begin = at;
      return known;
    }
    at = name.find_first_of("/.", at);
    if (at == std::string_view::npos) return std::nullopt;
    ++at;
  }
  return std::nullopt;
}

}  // namespace gpt2run
