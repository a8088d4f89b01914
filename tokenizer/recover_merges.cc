#include "tokenizer/recover_merges.h"

#include <array>
#include <vector>

#include "tokenizer/bpe.h"
#include "tokenizer/byte_table.h"
#include "tokenizer/merge_table.h"
#include "tokenizer/tokenizer_error.h"
#include "tokenizer/vocabulary.h"

namespace gpt2run {
namespace {

constexpr int kNoId = -1;  // no merge has it

std::array<int, 256> find_byte_ids(const StringList& tokens) {
  std::array<int, 256> byte_ids;
  byte_ids.fill(kNoId);
  for (size_t id = 0; id < tokens.size(); ++id) {
    if (tokens[id].size() != 1) continue;
    byte_ids[static_cast<unsigned char>(tokens[id][0])] = static_cast<int>(id);
  }
  return byte_ids;
}

}  // namespace

StringPairList recover_merges(const StringList& tokens) {
  const std::array<int, 256> byte_ids = find_byte_ids(tokens);
  MergeTable table(tokens.size());
  StringPairList merges;
  std::vector<int> parts;
  for (size_t id = 0; id < tokens.size(); ++id) {
    if (is_special_token(tokens[id])) continue;
    parts.clear();
    append_bpe(tokens[id], byte_ids, table, parts);
    if (parts.size() != 2 || parts[0] == kNoId || parts[1] == kNoId) continue;
    table.add({parts[0], parts[1], static_cast<int>(id)});
    const auto spelling = [&](int part) { return spell_bytes(tokens[static_cast<size_t>(part)]); };
    merges.push_back(spelling(parts[0]), spelling(parts[1]));
  }
  return merges;
}

Vocabulary vocabulary_of_bytes(const StringList& tokens, const std::string& name) {
  if (tokens.size() > kMaxVocabularyTokens) {
    throw_damaged(name, "expected at most " + std::to_string(kMaxVocabularyTokens) +
                            " tokens, found " + std::to_string(tokens.size()) +
                            "; get the file again");
  }
  Vocabulary vocabulary;
  vocabulary.tokens_name = vocabulary.merges_name = name;
  for (const std::string_view token : tokens) {
    vocabulary.tokens.push_back(is_special_token(token) ? std::string(token) : spell_bytes(token));
  }
  vocabulary.merges = recover_merges(tokens);
  return vocabulary;
}

}  // namespace gpt2run
