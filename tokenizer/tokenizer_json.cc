#include "tokenizer/tokenizer_json.h"

#include <cstdint>
#include <initializer_list>
#include <utility>

#include "base/json.h"
#include "base/printable.h"
#include "tokenizer/byte_table.h"
#include "tokenizer/encoder_json.h"
#include "tokenizer/merges_text.h"
#include "tokenizer/tokenizer_error.h"
#include "tokenizer/vocabulary.h"

namespace gpt2run {
namespace {

using nlohmann::json;

// A value of the file, null where there is none, and where it stands.
struct Place {
  const json& value;
  std::string file;
  std::string key;  // "model.vocab"; empty: the whole file

  Place at(const std::string& child) const {
    static const json kNone;
    const bool has_it = value.is_object() && value.contains(child);
    return {has_it ? value[child] : kNone, file, key.empty() ? child : key + "." + child};
  }
  std::string name() const { return key.empty() ? file : file + ": " + key; }
};

// A value in a message; of an object its type.
std::string shown(const json& value) {
  if (value.is_null()) return "none";
  if (value.is_string()) return in_quotes(value.get_ref<const std::string&>());
  if (value.is_array()) return "a list";
  if (!value.is_object()) return value.dump();
  const auto type = value.find("type");
  const bool has_type = type != value.end() && type->is_string();
  return has_type ? printable(type->get_ref<const std::string&>()) : "an object";
}

[[noreturn]] void refuse_other_kind(const Place& place, const std::string& expected) {
  throw TokenizerError(ErrorKind::kUnsupported,
                       place.name() + ": expected " + expected + ", found " + shown(place.value) +
                           "; only GPT-2's byte-level BPE is read, give one with --vocab DIR");
}

[[noreturn]] void refuse_damaged(const Place& place, const std::string& expected) {
  throw_damaged(place.name(),
                "expected " + expected + ", found " + shown(place.value) + "; get the file again");
}

void require(const Place& place, const std::string& expected, std::initializer_list<json> allowed) {
  for (const json& value : allowed) {
    if (place.value == value) return;
  }
  refuse_other_kind(place, expected);
}

void require_type(const Place& place, const std::string& type, const std::string& expected) {
  if (!place.value.is_object() || place.at("type").value != type)
    refuse_other_kind(place, expected);
}

// A template that is the text itself and nothing else; what the older files have in its place
// touches offsets only.
void check_post_processor(const Place& place) {
  if (place.value.is_null() || place.at("type").value == "ByteLevel") return;
  require_type(place, "TemplateProcessing", "one that adds no tokens");
  const json& parts = place.at("single").value;
  const bool is_text = parts.is_array() && parts.size() == 1 && parts[0].is_object() &&
                       parts[0].size() == 1 && parts[0].contains("Sequence");
  if (!is_text) refuse_other_kind(place, "one that adds no tokens");
}

void check_steps(const Place& root) {
  require(root.at("normalizer"), "none", {nullptr});
  const Place pre_tokenizer = root.at("pre_tokenizer");
  require_type(pre_tokenizer, "ByteLevel", "ByteLevel without a prefix space");
  require(pre_tokenizer.at("add_prefix_space"), "false", {false});
  require(pre_tokenizer.at("use_regex"), "true", {nullptr, true});
  check_post_processor(root.at("post_processor"));
  require_type(root.at("decoder"), "ByteLevel", "ByteLevel");
}

void check_model(const Place& model) {
  if (!model.value.is_object()) refuse_damaged(model, "an object");
  // The first files do not say their type.
  require(model.at("type"), "BPE", {nullptr, "BPE"});
  require(model.at("dropout"), "none", {nullptr, 0});
  for (const char* affix : {"unk_token", "continuing_subword_prefix", "end_of_word_suffix"}) {
    require(model.at(affix), "none", {nullptr, ""});
  }
  for (const char* flag : {"byte_fallback", "ignore_merges"}) {
    require(model.at(flag), "false", {nullptr, false});
  }
}

int64_t take_id(const Place& place) {
  const bool is_id = place.value.is_number_unsigned() && place.value.get<uint64_t>() <= INT32_MAX;
  if (!is_id) refuse_damaged(place, "an id (an integer from 0 on)");
  return place.value.get<int64_t>();
}

// Only a token that no text turns into, unless it is asked for, leaves GPT-2's ids as they are.
void check_added_token(const Place& token, const std::string& content) {
  require(token.at("special"), "true", {true});
  for (const char* flag : {"lstrip", "rstrip", "single_word"}) {
    require(token.at(flag), "false", {nullptr, false});
  }
  const auto bytes = unspell_bytes(content);
  if (bytes ? *bytes != content : !is_special_token(content)) {
    refuse_other_kind(token.at("content"), "visible ASCII, or <|...|>");
  }
}

StringList take_tokens(const Place& root) {
  const Place vocab = root.at("model").at("vocab"), added = root.at("added_tokens");
  if (!vocab.value.is_object()) refuse_damaged(vocab, "an object of tokens and ids");
  if (!added.value.is_array() && !added.value.is_null()) refuse_damaged(added, "a list");
  NumberedTokens entries;
  for (const auto& [token, id] : vocab.value.items()) {
    entries.tokens.push_back(token);
    entries.ids.push_back(take_id({id, vocab.file, vocab.key + ": token " + in_quotes(token)}));
  }
  for (size_t i = 0; i < added.value.size(); ++i) {
    const Place token = {added.value[i], added.file, "added_tokens[" + std::to_string(i) + "]"};
    const Place content = token.at("content");
    if (!content.value.is_string()) refuse_damaged(content, "a string");
    const std::string& text = content.value.get_ref<const std::string&>();
    check_added_token(token, text);
    const int64_t id = take_id(token.at("id"));
    const auto known = vocab.value.find(text);
    if (known == vocab.value.end()) {
      entries.tokens.push_back(text);
      entries.ids.push_back(id);
    } else if (*known != id) {
      refuse_damaged(token.at("id"), "the id that model.vocab has, " + known->dump());
    }
  }
  if (entries.tokens.size() > kMaxVocabularyTokens) {
    refuse_damaged(vocab, "at most " + std::to_string(kMaxVocabularyTokens) + " tokens");
  }
  return order_by_id(std::move(entries), vocab.name());
}

// "a b", or, in newer files, ["a", "b"].
// The parts point into the value.
std::pair<std::string_view, std::string_view> take_merge(const Place& merge) {
  const json& value = merge.value;
  if (value.is_string()) {
    return parse_merge(value.get_ref<const std::string&>(), [&] { return merge.name(); });
  }
  if (!value.is_array() || value.size() != 2 || !value[0].is_string() || !value[1].is_string()) {
    refuse_damaged(merge, "two tokens");
  }
  return {value[0].get_ref<const std::string&>(), value[1].get_ref<const std::string&>()};
}

void take_merges(const Place& merges, Vocabulary& vocabulary) {
  if (!merges.value.is_array()) refuse_damaged(merges, "a list of merges");
  if (merges.value.size() > kMaxVocabularyTokens) {
    refuse_damaged(merges, "at most " + std::to_string(kMaxVocabularyTokens) + " merges");
  }
  for (size_t i = 0; i < merges.value.size(); ++i) {
    const std::string key = merges.key + ": merge " + std::to_string(i);
    const auto [left, right] = take_merge({merges.value[i], merges.file, key});
    vocabulary.merges.push_back(left, right);
  }
}

}  // namespace

Vocabulary parse_tokenizer_json(std::string_view text, const std::string& name) {
  json parsed;
  try {
    parsed = parse_json(text, name, ErrorKind::kTokenizer);
  } catch (const InputError& error) {
    throw TokenizerError(error.kind(), error.what());
  }
  const Place root = {parsed, name, ""};
  if (!parsed.is_object()) refuse_damaged(root, "a JSON object");
  const Place model = root.at("model");
  check_model(model);
  check_steps(root);
  Vocabulary vocabulary;
  vocabulary.tokens_name = model.at("vocab").name();
  vocabulary.merges_name = model.at("merges").name();
  vocabulary.tokens = take_tokens(root);
  take_merges(model.at("merges"), vocabulary);
  return vocabulary;
}

}  // namespace gpt2run
