#include <nlohmann/json.hpp>

#include "base/vocabulary_text.h"
#include "loader/checkpoint.h"
#include "loader/checkpoint_error.h"
#include "loader/config_keys.h"

namespace gpt2run {
namespace {

using nlohmann::json;

StringList take_strings(const json& metadata, const char* key, const std::string& path) {
  const auto at = metadata.find(key);
  if (at == metadata.end() || !at->is_array()) {
    throw CheckpointError(ErrorKind::kCorrupt, path, key, "expected a list of strings, found none");
  }
  StringList strings;
  strings.reserve(at->size(), 0);
  for (const json& item : *at) {
    if (!item.is_string()) {
      throw CheckpointError(ErrorKind::kCorrupt, path, key,
                            "expected a list of strings, found " + ConfigKeys::shown(item));
    }
    strings.push_back(item.get_ref<const std::string&>());
  }
  return strings;
}

// Rows of a padded wte have tokens of their own in GGUF, of a type that says that they are none.
void drop_padding(const json& metadata, Vocabulary& vocabulary) {
  constexpr int kUnusedToken = 5;
  const auto types = metadata.find("tokenizer.ggml.token_type");
  if (types == metadata.end() || !types->is_array()) return;
  if (types->size() != vocabulary.tokens.size()) return;
  while (!vocabulary.tokens.empty() && (*types)[vocabulary.tokens.size() - 1] == kUnusedToken) {
    vocabulary.tokens.pop_back();
  }
}

// Source: ggml docs/gguf.md. Merges are "a b"; neither part has a space of its own.
std::optional<Vocabulary> gguf_vocabulary(const json& metadata, const std::string& path) {
  const auto model = metadata.find("tokenizer.ggml.model");
  if (model == metadata.end()) return std::nullopt;
  for (const auto& [key, expected] :
       {std::pair{"tokenizer.ggml.model", "gpt2"}, std::pair{"tokenizer.ggml.pre", "gpt-2"}}) {
    const auto at = metadata.find(key);
    if (at == metadata.end() || *at == expected) continue;  // the first files have no .pre
    throw CheckpointError(ErrorKind::kUnsupported, path, key,
                          std::string("expected \"") + expected + "\", found " +
                              ConfigKeys::shown(*at) + "; give a vocabulary with --vocab DIR");
  }
  Vocabulary vocabulary;
  vocabulary.tokens_name = path + ": tokenizer.ggml.tokens";
  vocabulary.merges_name = path + ": tokenizer.ggml.merges";
  vocabulary.tokens = take_strings(metadata, "tokenizer.ggml.tokens", path);
  for (const std::string_view merge : take_strings(metadata, "tokenizer.ggml.merges", path)) {
    const auto parts = merge_parts(merge);
    if (!parts) {
      throw CheckpointError(
          ErrorKind::kCorrupt, path, "tokenizer.ggml.merges",
          "expected two tokens with a space between, found " + ConfigKeys::shown(json(merge)));
    }
    vocabulary.merges.push_back(parts->first, parts->second);
  }
  drop_padding(metadata, vocabulary);
  return vocabulary;
}

}  // namespace

std::optional<OwnVocabulary> vocabulary_of(const Checkpoint& checkpoint) {
  const json& metadata = checkpoint.source->metadata();
  const std::string& path = checkpoint.source->path();
  if (checkpoint.files.format == Format::kGguf) {
    auto vocabulary = gguf_vocabulary(metadata, path);
    if (!vocabulary) return std::nullopt;
    return OwnVocabulary{std::move(*vocabulary)};
  }
  if (checkpoint.files.format != Format::kGgml) return std::nullopt;
  OwnVocabulary own{.is_bytes = true};
  own.vocabulary.tokens_name = own.vocabulary.merges_name = path + ": vocabulary";
  own.vocabulary.tokens = take_strings(metadata, "vocab", path);
  return own;
}

}  // namespace gpt2run
