#include "tokenizer/tokenizer_json.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "support/expect_error.h"
#include "support/test_data.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/vocabulary.h"

namespace gpt2run {
namespace {

using nlohmann::json;

// A tokenizer.json that transformers wrote, of tests/data/fixtures/tf1's vocabulary.
const json& fixture() {
  static const json value =
      json::parse(read_bytes(test_data("fixtures/hf_safetensors_bf16/tokenizer.json")));
  return value;
}

json with(const char* pointer, const json& value) {
  json changed = fixture();
  changed[json::json_pointer(pointer)] = value;
  return changed;
}

json without(const char* object, const char* key) {
  json changed = fixture();
  changed[json::json_pointer(object)].erase(key);
  return changed;
}

Vocabulary parse(const json& value) {
  Vocabulary vocabulary = parse_tokenizer_json(value.dump(), "t.json");
  const Tokenizer checked(vocabulary);
  return vocabulary;
}

void expect_same(const Vocabulary& found, const Vocabulary& expected) {
  EXPECT_EQ(found.tokens, expected.tokens);
  EXPECT_EQ(found.merges, expected.merges);
}

void expect_refused(const json& value, const std::string& message) {
  expect_error(ErrorKind::kUnsupported,
               {"t.json: " + message, "; only GPT-2's byte-level BPE is read"},
               [&] { parse(value); });
}

void expect_damaged(const json& value, const std::string& message) {
  expect_error(ErrorKind::kTokenizer, {"t.json: " + message}, [&] { parse(value); });
}

TEST(TokenizerJson, HoldsTheVocabularyOfTheTwoFiles) {
  const Vocabulary expected = read_vocabulary(test_data("fixtures/tf1"));
  expect_same(parse(fixture()), expected);
  expect_same(read_vocabulary(test_data("fixtures/hf_safetensors")), expected);
}

TEST(TokenizerJson, TheOlderFormsAreTheSame) {
  const Vocabulary expected = parse(fixture());
  json merges = json::array();
  for (const json& merge : fixture()["model"]["merges"]) {
    merges.push_back(merge[0].get<std::string>() + " " + merge[1].get<std::string>());
  }
  expect_same(parse(with("/model/merges", merges)), expected);
  for (const char* key : {"type", "dropout", "unk_token", "continuing_subword_prefix",
                          "end_of_word_suffix", "fuse_unk", "byte_fallback", "ignore_merges"}) {
    expect_same(parse(without("/model", key)), expected);
  }
  expect_same(parse(without("/pre_tokenizer", "use_regex")), expected);
  expect_same(parse(without("", "normalizer")), expected);
  expect_same(parse(without("", "post_processor")), expected);
}

// As the file of the release on Hugging Face's hub, and of models that were fine-tuned from it.
TEST(TokenizerJson, WhatChangesNoIdsIsAccepted) {
  const Vocabulary expected = parse(fixture());
  expect_same(parse(with("/added_tokens/0/normalized", true)), expected);
  expect_same(
      parse(with("/post_processor",
                 {{"type", "ByteLevel"}, {"add_prefix_space", true}, {"trim_offsets", false}})),
      expected);
  expect_same(parse(with("/truncation", {{"max_length", 512}, {"strategy", "LongestFirst"}})),
              expected);
  expect_same(parse(with("/padding", {{"pad_id", 399}})), expected);
  expect_same(parse(with("/model/dropout", 0.0)), expected);
  expect_same(parse(with("/model/unk_token", "")), expected);
  expect_same(parse(with("/model/continuing_subword_prefix", nullptr)), expected);
  expect_same(parse(without("", "added_tokens")), [&] {
    Vocabulary shorter = expected;  // this fixture's model.vocab has no <|endoftext|>
    if (!fixture()["model"]["vocab"].contains("<|endoftext|>")) shorter.tokens.pop_back();
    return shorter;
  }());
}

TEST(TokenizerJson, AddedTokensGoToTheirIds) {
  json value = fixture();
  for (const char* content : {"[PAD]", "<|user|>", "<|a b\u4E2D|>"}) {
    json token = value["added_tokens"][0];
    token["content"] = content;
    token["id"] = 399 + value["added_tokens"].size();
    value["added_tokens"].push_back(token);
  }
  const Tokenizer tokenizer(parse_tokenizer_json(value.dump(), "t.json"));
  EXPECT_EQ(tokenizer.n_vocab(), 403);
  EXPECT_EQ(tokenizer.token_bytes(400), "[PAD]");
  EXPECT_EQ(tokenizer.token_bytes(402), "<|a b\u4E2D|>");
  EXPECT_EQ(tokenizer.eot(), 399);
}

TEST(TokenizerJson, NamesTheStepThatGpt2DoesNotHave) {
  const json sequence = {{"type", "Sequence"}, {"pretokenizers", json::array()}};
  expect_refused(with("/normalizer", {{"type", "NFC"}}), "normalizer: expected none, found NFC");
  expect_refused(with("/normalizer", "x"), "normalizer: expected none, found \"x\"");
  for (const json& other : {json{{"type", "Metaspace"}}, sequence, json{{"type", 7}}, json(nullptr),
                            json("ByteLevel"), json::array()}) {
    expect_refused(with("/pre_tokenizer", other),
                   "pre_tokenizer: expected ByteLevel without a prefix space, found ");
  }
  expect_refused(with("/pre_tokenizer", {{"type", "Metaspace"}}),
                 "pre_tokenizer: expected ByteLevel without a prefix space, found Metaspace;");
  expect_refused(with("/pre_tokenizer/add_prefix_space", true),
                 "pre_tokenizer.add_prefix_space: expected false, found true");
  expect_refused(without("/pre_tokenizer", "add_prefix_space"),
                 "pre_tokenizer.add_prefix_space: expected false, found none");
  expect_refused(with("/pre_tokenizer/use_regex", false),
                 "pre_tokenizer.use_regex: expected true, found false");
  expect_refused(with("/decoder", {{"type", "WordPiece"}}),
                 "decoder: expected ByteLevel, found WordPiece");
  expect_refused(with("/decoder", nullptr), "decoder: expected ByteLevel, found none");
}

TEST(TokenizerJson, NamesAPostProcessorThatAddsTokens) {
  for (const char* type : {"BertProcessing", "RobertaProcessing", "Sequence"}) {
    expect_refused(with("/post_processor", {{"type", type}}),
                   std::string("post_processor: expected one that adds no tokens, found ") + type);
  }
  const json text = fixture()["post_processor"]["single"][0];
  const json special = {{"SpecialToken", {{"id", "<|endoftext|>"}, {"type_id", 0}}}};
  for (const json& single : {json{special, text}, json{text, special}, json{special}, json::array(),
                             json("$A"), json(nullptr)}) {
    expect_refused(with("/post_processor/single", single),
                   "post_processor: expected one that adds no tokens, found TemplateProcessing");
  }
}

TEST(TokenizerJson, NamesTheModelsSettingThatGpt2DoesNotHave) {
  expect_refused(with("/model/type", "Unigram"), "model.type: expected BPE, found \"Unigram\"");
  expect_refused(with("/model/dropout", 0.1), "model.dropout: expected none, found 0.1");
  expect_refused(with("/model/unk_token", "<unk>"),
                 "model.unk_token: expected none, found \"<unk>\"");
  expect_refused(with("/model/continuing_subword_prefix", "##"),
                 "model.continuing_subword_prefix: expected none, found \"##\"");
  expect_refused(with("/model/end_of_word_suffix", "</w>"),
                 "model.end_of_word_suffix: expected none, found \"</w>\"");
  expect_refused(with("/model/byte_fallback", true), "model.byte_fallback: expected false");
  expect_refused(with("/model/ignore_merges", true), "model.ignore_merges: expected false");
}

TEST(TokenizerJson, NamesTheAddedTokenThatChangesOrdinaryText) {
  expect_refused(with("/added_tokens/0/special", false),
                 "added_tokens[0].special: expected true, found false");
  for (const char* flag : {"lstrip", "rstrip", "single_word"}) {
    expect_refused(with((std::string("/added_tokens/0/") + flag).c_str(), true),
                   std::string("added_tokens[0].") + flag + ": expected false, found true");
  }
  for (const char* content : {"two words", "\u4E2D", "na\u00EFve", "<|\u0120|>"}) {
    expect_refused(with("/added_tokens/0/content", content),
                   "added_tokens[0].content: expected visible ASCII, or <|...|>, found \"");
  }
}

TEST(TokenizerJson, NamesWhatIsDamaged) {
  expect_error(ErrorKind::kTokenizer, {"t.json: expected a JSON object, found a list"},
               [] { parse_tokenizer_json("[]", "t.json"); });
  expect_error(ErrorKind::kTokenizer, {"t.json: not JSON"},
               [] { parse_tokenizer_json("{\"model\": ", "t.json"); });
  expect_error(ErrorKind::kTokenizer, {"t.json: JSON is nested deeper than 64 levels"},
               [] { parse_tokenizer_json(std::string(100000, '['), "t.json"); });
  expect_damaged(with("/model", nullptr), "model: expected an object, found none");
  expect_damaged(with("/model/vocab", json::array()), "model.vocab: expected an object of tokens");
  expect_damaged(with("/model/merges", 7), "model.merges: expected a list of merges, found 7");
  expect_damaged(with("/added_tokens", "x"), "added_tokens: expected a list, found \"x\"");
  for (const json& id : {json(-1), json(1.5), json("7"), json(nullptr), json(4294967296)}) {
    expect_damaged(with("/model/vocab/he", id), "model.vocab: token \"he\": expected an id");
    expect_damaged(with("/added_tokens/0/id", id), "added_tokens[0].id: expected an id");
  }
  expect_damaged(with("/model/vocab/he", 7), "model.vocab: id 7: expected one token");
  expect_damaged(with("/model/vocab/he", 401), "model.vocab: token \"he\": expected the ids 0 to");
  expect_damaged(with("/added_tokens/0/content", 7), "added_tokens[0].content: expected a string");
  expect_damaged(with("/added_tokens/0", 7), "added_tokens[0].content: expected a string");
  json twice = with("/added_tokens/0/content", "he");
  expect_damaged(twice, "added_tokens[0].id: expected the id that model.vocab has");
  for (const json& merge : {json("h"), json("h e r"), json(""), json(" e")}) {
    expect_damaged(with("/model/merges/5", merge), "model.merges: merge 5: expected two parts");
  }
  for (const json& merge : {json{"h"}, json{"h", "e", "r"}, json{"h", 7}, json(7), json(nullptr)}) {
    expect_damaged(with("/model/merges/5", merge), "model.merges: merge 5: expected two tokens");
  }
  expect_damaged(with("/model/merges/5", {"h", "\u4E2D"}),
                 "model.merges: merge 5: expected tokens");
  expect_damaged(with("/model/merges", json::array()), "model.merges: expected a merge that makes");
}

TEST(TokenizerJson, EveryCutIsAnError) {
  const std::string text = fixture().dump();
  for (size_t n = 0; n < text.size(); n += 17) {
    expect_error(ErrorKind::kTokenizer, {"t.json: not JSON"},
                 [&] { parse_tokenizer_json(text.substr(0, n), "t.json"); });
  }
}

}  // namespace
}  // namespace gpt2run
