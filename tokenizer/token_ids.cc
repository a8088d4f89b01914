#include "tokenizer/token_ids.h"

namespace gpt2run {

TokenIds::TokenIds(const StringList& tokens, Hash hash)
    : tokens_(tokens), hash_(hash), ids_(tokens.size()) {}

int TokenIds::add(int id) {
  const std::string_view spelling = tokens_[static_cast<size_t>(id)];
  return ids_.add(spelling, hash_(spelling), id, has(spelling));
}

int TokenIds::find(std::string_view spelling) const {
  return ids_.find(spelling, hash_(spelling), has(spelling));
}

}  // namespace gpt2run
