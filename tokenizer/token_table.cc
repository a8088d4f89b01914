#include "tokenizer/token_table.h"

#include <optional>
#include <unordered_map>

#include "tokenizer/byte_table.h"
#include "tokenizer/tokenizer_error.h"

namespace gpt2run {
namespace {

std::string merge_name(const Vocabulary& vocabulary, size_t rank) {
  const size_t line = vocabulary.first_merge_line;
  return vocabulary.merges_name + (line > 0 ? ": line " : ": merge ") + std::to_string(line + rank);
}

std::string token_name(const Vocabulary& vocabulary, const std::string& token) {
  return vocabulary.tokens_name + ": token " + in_quotes(token);
}

}  // namespace

// The ids of spellings. Points into the vocabulary.
class TokenTable::IdOf {
 public:
  explicit IdOf(const Vocabulary& vocabulary) {
    ids_.reserve(vocabulary.tokens.size());
    for (size_t id = 0; id < vocabulary.tokens.size(); ++id) {
      const auto [entry, is_new] = ids_.emplace(vocabulary.tokens[id], static_cast<int>(id));
      if (!is_new) {
        throw_damaged(token_name(vocabulary, vocabulary.tokens[id]),
                      "expected one id, found " + std::to_string(entry->second) + " and " +
                          std::to_string(id) + "; get the file again");
      }
    }
  }

  int operator()(std::string_view spelling) const {  // -1: no token
    const auto entry = ids_.find(spelling);
    return entry == ids_.end() ? -1 : entry->second;
  }

 private:
  std::unordered_map<std::string_view, int> ids_;
};

TokenTable::TokenTable(const Vocabulary& vocabulary) : merges_(vocabulary.merges.size()) {
  for (const size_t n : {vocabulary.tokens.size(), vocabulary.merges.size()}) {
    if (n > kMaxVocabularyTokens) {
      throw_damaged(vocabulary.tokens_name, "expected at most " +
                                                std::to_string(kMaxVocabularyTokens) +
                                                " tokens and merges, found " + std::to_string(n));
    }
  }
  const IdOf id_of(vocabulary);
  add_tokens(vocabulary);
  find_bytes(vocabulary, id_of);
  add_merges(vocabulary, id_of);
  eot_ = id_of("<|endoftext|>");
}

void TokenTable::add_tokens(const Vocabulary& vocabulary) {
  starts_.reserve(vocabulary.tokens.size() + 1);
  starts_.push_back(0);
  for (const std::string& token : vocabulary.tokens) {
    const std::optional<std::string> bytes = unspell_bytes(token);
    if (token.empty() || (!bytes && !is_special_token(token))) {
      throw_damaged(token_name(vocabulary, token),
                    "expected the characters that spell its bytes, found " +
                        std::string(token.empty() ? "none" : "one that spells no byte") +
                        "; get the file again");
    }
    bytes_ += bytes ? *bytes : token;
    starts_.push_back(bytes_.size());
  }
}

void TokenTable::find_bytes(const Vocabulary& vocabulary, const IdOf& id_of) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string spelling = spell_bytes(std::string(1, static_cast<char>(byte)));
    byte_ids_[static_cast<size_t>(byte)] = id_of(spelling);
    if (id_of(spelling) < 0) {
      throw_damaged(vocabulary.tokens_name,
                    "expected a token for each of the 256 bytes, found no " + in_quotes(spelling) +
                        " for byte " + std::to_string(byte) + "; get the file again");
    }
  }
}

void TokenTable::add_merges(const Vocabulary& vocabulary, const IdOf& id_of) {
  std::vector<bool> is_made(vocabulary.tokens.size());
  for (size_t rank = 0; rank < vocabulary.merges.size(); ++rank) {
    const auto& [left, right] = vocabulary.merges[rank];
    const auto known = [&](const std::string& part) {
      const int id = id_of(part);
      if (id < 0) {
        throw_damaged(merge_name(vocabulary, rank), "expected tokens of " + vocabulary.tokens_name +
                                                        ", found " + in_quotes(part) +
                                                        ", which is none; get both files again");
      }
      return id;
    };
    const Merge merge = {known(left), known(right), known(left + right)};
    const int earlier = merges_.add(merge);
    if (earlier != MergeTable::kNone) {
      throw_damaged(merge_name(vocabulary, rank),
                    "expected each merge once, found " + in_quotes(left + " " + right) + " as at " +
                        merge_name(vocabulary, static_cast<size_t>(earlier)) +
                        "; get the file again");
    }
    is_made[static_cast<size_t>(merge.result)] = true;
  }
  refuse_lost_merges(vocabulary, is_made);
}

void TokenTable::refuse_lost_merges(const Vocabulary& vocabulary,
                                    const std::vector<bool>& is_made) const {
  for (size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const std::string& token = vocabulary.tokens[id];
    const std::string_view token_bytes = bytes(static_cast<int>(id));
    // Tokens that were added by hand are spelled as they read. One of several bytes that is spelled
    // otherwise (with a Ġ for its space, say) came from a merge.
    if (!is_made[id] && token_bytes.size() > 1 && token_bytes != token) {
      throw_damaged(vocabulary.merges_name, "expected a merge that makes " + in_quotes(token) +
                                                ", found none among " +
                                                std::to_string(vocabulary.merges.size()) +
                                                " merges; the file was cut off: get it again");
    }
  }
}

}  // namespace gpt2run
