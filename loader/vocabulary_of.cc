#include <nlohmann/json.hpp>

#include "loader/checkpoint.h"
#include "loader/checkpoint_error.h"
#include "loader/config_keys.h"

namespace gpt2run {
namespace {

using nlohmann::json;

std::vector<std::string> take_strings(const json& metadata, const char* key,
                                      const std::string& path) {
  const auto at = metadata.find(key);
  if (at == metadata.end() || !at->is_array()) {
    throw CheckpointError(ErrorKind::kCorrupt, path, key, "expected a list of strings, found none");
  }
  std::vector<std::string> strings;
  strings.reserve(at->size());
  for (const json& item : *at) {
    if (!item.is_string()) {
      throw CheckpointError(ErrorKind::kCorrupt, path, key,
                            "expected a list of strings, found " + ConfigKeys::shown(item));
    }
    strings.push_back(item.get_ref<const std::string&>());
  }
  return strings;
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
  for (const std::string& merge : take_strings(metadata, "tokenizer.ggml.merges", path)) {
    const size_t at = merge.find(' ');
    if (at == 0 || at + 1 >= merge.size()) {
      throw CheckpointError(
          ErrorKind::kCorrupt, path, "tokenizer.ggml.merges",
          "expected two tokens with a space between, found " + ConfigKeys::shown(json(merge)));
    }
    vocabulary.merges.emplace_back(merge.substr(0, at), merge.substr(at + 1));
  }
  return vocabulary;
}

}  // namespace

std::optional<Vocabulary> vocabulary_of(const Checkpoint& checkpoint) {
  const json& metadata = checkpoint.source->metadata();
  const std::string& path = checkpoint.source->path();
  if (checkpoint.files.format == Format::kGguf) return gguf_vocabulary(metadata, path);
  if (checkpoint.files.format != Format::kGgml) return std::nullopt;
  Vocabulary vocabulary;
  vocabulary.tokens_name = vocabulary.merges_name = path + ": vocabulary";
  vocabulary.tokens = take_strings(metadata, "vocab", path);
  return vocabulary;
}

}  // namespace gpt2run
