#include "loader/write_gguf_model.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "base/vocabulary.h"
#include "base/vocabulary_text.h"
#include "loader/checkpoint_error.h"
#include "loader/model_layout.h"
#include "loader/write_config.h"
#include "loader/write_gguf.h"

namespace gpt2run {
namespace {

// Of llama.h: enum llama_ftype, enum llama_token_type.
constexpr uint32_t kMostlyFloat16 = 1, kMostlyBFloat16 = 32;
constexpr int32_t kNormalToken = 1, kControlToken = 3, kUnusedToken = 5;
constexpr uint32_t kQuantizationVersion = 2;  // of ggml's blocks; the converter always says it

uint32_t file_type(DType dtype) {
  if (dtype == DType::kFloat16) return kMostlyFloat16;
  return dtype == DType::kBFloat16 ? kMostlyBFloat16 : 0;
}

// "124M", "1.6B": two digits at least, as the converter rounds it.
std::string size_label(uint64_t n_weights) {
  const auto n = static_cast<double>(n_weights);
  const auto [unit, letter] = n > 1e9   ? std::pair{1e9, 'B'}
                              : n > 1e6 ? std::pair{1e6, 'M'}
                                        : std::pair{1e3, 'K'};
  char text[32];  // not by printf, which writes the locale's decimal point
  const auto end = std::to_chars(text, text + sizeof(text), n / unit, std::chars_format::fixed,
                                 n < 9.5 * unit ? 1 : 0);
  return std::string(text, end.ptr) + letter;
}

// What no merge makes and is no single character is text of its own, never found in a prompt.
std::vector<int32_t> token_types(const Vocabulary& vocabulary, size_t n_vocab) {
  std::unordered_set<std::string> merged;
  for (const auto& [first, second] : vocabulary.merges) {
    merged.insert(std::string(first).append(second));
  }
  const auto is_one_character = [](std::string_view token) {
    return std::count_if(token.begin(), token.end(), [](char c) { return (c & 0xC0) != 0x80; }) ==
           1;
  };
  std::vector<int32_t> types(n_vocab, kUnusedToken);
  for (size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const std::string token(vocabulary.tokens[id]);
    types[id] = is_one_character(token) || merged.count(token) != 0 ? kNormalToken : kControlToken;
  }
  return types;
}

void add_vocabulary(const Vocabulary& vocabulary, size_t n_vocab, uint32_t end_of_text,
                    std::vector<GgufKey>& keys) {
  std::vector<std::string> tokens(vocabulary.tokens.begin(), vocabulary.tokens.end());
  for (size_t id = tokens.size(); id < n_vocab; ++id) {
    tokens.push_back("[PAD" + std::to_string(id) + "]");
  }
  std::vector<std::string> merges;
  for (const auto& [first, second] : vocabulary.merges) {
    merges.push_back(merge_text(first, second));
  }
  keys.push_back({"tokenizer.ggml.model", std::string("gpt2")});
  keys.push_back({"tokenizer.ggml.pre", std::string("gpt-2")});
  keys.push_back({"tokenizer.ggml.tokens", std::move(tokens)});
  keys.push_back({"tokenizer.ggml.token_type", token_types(vocabulary, n_vocab)});
  keys.push_back({"tokenizer.ggml.merges", std::move(merges)});
  keys.push_back({"tokenizer.ggml.bos_token_id", end_of_text});
  keys.push_back({"tokenizer.ggml.eos_token_id", end_of_text});
}

std::vector<GgufKey> keys_of(const ModelToWrite& model, const ModelLayout& layout, DType dtype,
                             uint32_t end_of_text) {
  const Hparams& hparams = model.hparams;
  const auto size = [](int value) { return static_cast<uint32_t>(value); };
  uint64_t n_weights = 0;
  for (const TensorToWrite& tensor : layout.tensors()) n_weights += tensor.n_items();
  std::vector<GgufKey> keys = {
      {"general.architecture", std::string("gpt2")},
      {"general.type", std::string("model")},
      {"general.name", std::string("gpt2")},
      {"general.size_label", size_label(n_weights)},
      {"gpt2.block_count", size(hparams.n_layer)},
      {"gpt2.context_length", size(hparams.n_ctx)},
      {"gpt2.embedding_length", size(hparams.n_embd)},
      {"gpt2.feed_forward_length", size(hparams.d_mlp())},
      {"gpt2.attention.head_count", size(hparams.n_head)},
      {"gpt2.attention.layer_norm_epsilon", hparams.layer_norm_epsilon},
      {"general.file_type", file_type(dtype)},
      {"general.quantization_version", kQuantizationVersion},
  };
  add_vocabulary(*model.vocabulary, static_cast<size_t>(hparams.n_vocab), end_of_text, keys);
  return keys;
}

// The id of the end of a text. Checks that llama.cpp can use the vocabulary.
uint32_t require_vocabulary(const ModelToWrite& model, const std::string& file) {
  if (model.vocabulary == nullptr) {
    throw CheckpointError(ErrorKind::kUnsupported, file, "",
                          "expected a vocabulary, without which llama.cpp does not load a model, "
                          "found none; give its folder by --vocab");
  }
  const Vocabulary& vocabulary = *model.vocabulary;
  if (vocabulary.tokens.size() > static_cast<size_t>(model.hparams.n_vocab)) {
    throw CheckpointError(ErrorKind::kMismatch, vocabulary.tokens_name, "",
                          "expected at most n_vocab " + std::to_string(model.hparams.n_vocab) +
                              " tokens, found " + std::to_string(vocabulary.tokens.size()) +
                              "; give the vocabulary that belongs to the model");
  }
  const auto end_of_text = end_of_text_id(&vocabulary);
  if (end_of_text) return static_cast<uint32_t>(*end_of_text);
  throw CheckpointError(ErrorKind::kUnsupported, vocabulary.tokens_name, "",
                        "expected the token <|endoftext|>, found none; llama.cpp would end texts "
                        "at token 11 then: add it");
}

// The converter's order, which is that of Hugging Face's names.
std::vector<size_t> converters_order(const ModelLayout& layout) {
  std::vector<std::string> names;
  for (size_t i = 0; i < layout.tensors().size(); ++i) {
    names.push_back(family_name(Family::kHfPyTorch, layout.weight(i)));
  }
  std::vector<size_t> order(names.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return names[a] < names[b]; });
  return order;
}

bool stays_float32(const TensorToWrite& tensor) {
  return tensor.shape.size() < 2 || tensor.name == "position_embd.weight";
}

}  // namespace

void write_gguf_model(const ModelToWrite& model, const std::filesystem::path& file, DType dtype,
                      const WriteProgress& progress) {
  require_openai_settings(model, "llama.cpp's gpt2", {Setting::kActivation, Setting::kScaling});
  const uint32_t end_of_text = require_vocabulary(model, file.string());
  ModelLayout layout(model, Family::kGguf, progress);
  const std::vector<size_t> order = converters_order(layout);
  std::vector<TensorToWrite> tensors;
  for (const size_t i : order) {
    tensors.push_back(layout.tensors()[i]);
    if (!stays_float32(tensors.back())) tensors.back().dtype = dtype;
  }
  write_gguf(file, keys_of(model, layout, dtype, end_of_text), tensors,
             [&](size_t index, float* out) { layout.read(order[index], out); });
}

}  // namespace gpt2run
