#pragma once

#include <string>

#include "base/string_list.h"
#include "base/vocabulary.h"

namespace gpt2run {

// The merges of a vocabulary of which only the tokens were kept. A trained byte-level BPE numbers
// its tokens in the order of its merges, so the earlier merges leave two parts of each token that a
// merge made: those are that merge's. A token of which they leave more, or of the form <|...|>, was
// added by hand.
//   tokens   [n_vocab]  the bytes of each id
//   returns  by rank, in the spelling of byte_table.h
// Requires: at most kMaxVocabularyTokens.
// Time: O(n log n) in the bytes of all tokens.
StringPairList recover_merges(const StringList& tokens);

// A vocabulary of which a file holds the tokens' bytes alone: ggml's gpt-2 .bin, llm.c's
// gpt2_tokenizer.bin.
//   tokens  [n_vocab]  the bytes of each id
//   name    how messages call it
// Errors: TokenizerError kTokenizer if there are more than kMaxVocabularyTokens.
Vocabulary vocabulary_of_bytes(const StringList& tokens, const std::string& name);

}  // namespace gpt2run
