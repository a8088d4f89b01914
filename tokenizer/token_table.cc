#include "tokenizer/token_table.h"

#include "base/vocabulary_text.h"
#include "tokenizer/byte_table.h"
#include "tokenizer/number_table.h"
#include "tokenizer/token_ids.h"
#include "tokenizer/tokenizer_error.h"

namespace gpt2run {
namespace {

static_assert(kMaxVocabularyTokens <= NumberTable<int>::kMaxNumbers);

std::string merge_name(const Vocabulary& vocabulary, size_t rank) {
  const size_t line = vocabulary.first_merge_line;
  return vocabulary.merges_name + (line > 0 ? ": line " : ": merge ") + std::to_string(line + rank);
}

std::string token_name(const Vocabulary& vocabulary, std::string_view token) {
  return vocabulary.tokens_name + ": token " + in_quotes(token);
}

TokenIds ids_of(const Vocabulary& vocabulary) {
  TokenIds ids(vocabulary.tokens);
  for (size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const int earlier = ids.add(static_cast<int>(id));
    if (earlier != TokenIds::kNone) {
      throw_damaged(token_name(vocabulary, vocabulary.tokens[id]),
                    "expected one id, found " + std::to_string(earlier) + " and " +
                        std::to_string(id) + "; get the file again");
    }
  }
  return ids;
}

// How many merges there are, once it is known that neither they nor the tokens are too many.
size_t n_merges_of(const Vocabulary& vocabulary) {
  for (const size_t n : {vocabulary.tokens.size(), vocabulary.merges.size()}) {
    if (n > kMaxVocabularyTokens) {
      throw_damaged(vocabulary.tokens_name,
                    "expected at most " + std::to_string(kMaxVocabularyTokens) +
                        " tokens and merges, found " + std::to_string(n) + "; get the file again");
    }
  }
  return vocabulary.merges.size();
}

// Takes the merges as ids, in the order of their ranks.
class MergeReader {
 public:
  MergeReader(const Vocabulary& vocabulary, const TokenIds& ids)
      : vocabulary_(vocabulary), ids_(ids) {}

  Merge take(size_t rank) {
    const auto [left, right] = vocabulary_.merges[rank];
    made_.assign(left).append(right);
    // Training numbers the tokens in the order of the merges that make them: no need to search.
    const bool is_next = next_ < vocabulary_.tokens.size() && vocabulary_.tokens[next_] == made_;
    const int left_id = known(left, rank), right_id = known(right, rank);
    const int result = is_next ? static_cast<int>(next_) : known(made_, rank);
    next_ = static_cast<size_t>(result) + 1;
    return {left_id, right_id, result};
  }

 private:
  int known(std::string_view part, size_t rank) const {
    const int id = ids_.find(part);
    if (id == TokenIds::kNone) {
      throw_damaged(merge_name(vocabulary_, rank), "expected tokens of " + vocabulary_.tokens_name +
                                                       ", found " + in_quotes(part) +
                                                       ", which is none; get both files again");
    }
    return id;
  }

  const Vocabulary& vocabulary_;
  const TokenIds& ids_;
  std::string made_;
  size_t next_ = 0;  // the id after the one made last
};

}  // namespace

TokenTable::TokenTable(const Vocabulary& vocabulary) : merges_(n_merges_of(vocabulary)) {
  const TokenIds ids = ids_of(vocabulary);
  add_tokens(vocabulary);
  find_bytes(vocabulary, ids);
  add_merges(vocabulary, ids);
  eot_ = ids.find("<|endoftext|>");
}

void TokenTable::add_tokens(const Vocabulary& vocabulary) {
  bytes_.reserve(vocabulary.tokens.size(), vocabulary.tokens.n_bytes());
  std::string token_bytes;
  for (const std::string_view token : vocabulary.tokens) {
    token_bytes.clear();
    const bool is_spelling = append_unspelled(token, token_bytes);
    if (token.empty() || (!is_spelling && !is_special_token(token))) {
      throw_damaged(token_name(vocabulary, token),
                    "expected the characters that spell its bytes, found " +
                        std::string(token.empty() ? "none" : "one that spells no byte") +
                        "; get the file again");
    }
    bytes_.push_back(is_spelling ? std::string_view(token_bytes) : token);
  }
}

void TokenTable::find_bytes(const Vocabulary& vocabulary, const TokenIds& ids) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string spelling = spell_bytes(std::string(1, static_cast<char>(byte)));
    const int id = ids.find(spelling);
    byte_ids_[static_cast<size_t>(byte)] = id;
    if (id == TokenIds::kNone) {
      throw_damaged(vocabulary.tokens_name,
                    "expected a token for each of the 256 bytes, found no " + in_quotes(spelling) +
                        " for byte " + std::to_string(byte) + "; get the file again");
    }
  }
}

void TokenTable::add_merges(const Vocabulary& vocabulary, const TokenIds& ids) {
  std::vector<bool> is_made(vocabulary.tokens.size());
  MergeReader reader(vocabulary, ids);
  for (size_t rank = 0; rank < vocabulary.merges.size(); ++rank) {
    const Merge merge = reader.take(rank);
    const int earlier = merges_.add(merge);
    if (earlier != MergeTable::kNone) {
      const auto [left, right] = vocabulary.merges[rank];
      throw_damaged(merge_name(vocabulary, rank),
                    "expected each merge once, found " + in_quotes(merge_text(left, right)) +
                        " as at " + merge_name(vocabulary, static_cast<size_t>(earlier)) +
                        "; get the file again");
    }
    is_made[static_cast<size_t>(merge.result)] = true;
  }
  refuse_lost_merges(vocabulary, is_made);
}

void TokenTable::refuse_lost_merges(const Vocabulary& vocabulary,
                                    const std::vector<bool>& is_made) const {
  for (size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    const std::string_view token = vocabulary.tokens[id];
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
