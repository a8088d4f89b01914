#pragma once

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/tokenizer_error.h"

namespace gpt2run {

struct Vocabulary;

enum class Special {
  kPlainText,  // "<|endoftext|>" in a text is seven ordinary tokens
  kParse,      // it is the one token that ends a text
};

// GPT-2's byte-level BPE. Any bytes encode, and decode(encode(bytes)) == bytes.
// Threads: a const Tokenizer may be shared.
class Tokenizer {
 public:
  // Reads the vocabulary in a folder: encoder.json and vocab.bpe, or another of the layouts that
  // vocabulary.h lists.
  // Errors: TokenizerError, with the file, the token or line, what was expected and found.
  explicit Tokenizer(const std::filesystem::path& folder);

  // From plain data, which a model file may carry (vocabulary.h). Nothing of it is kept.
  // Errors: TokenizerError kTokenizer, as above.
  explicit Tokenizer(const Vocabulary& vocabulary);
  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;

  // The ids that tiktoken gives for valid UTF-8; where text is not UTF-8, each invalid byte is a
  // piece of its own. Time: O(n log n) in the longest piece.
  std::vector<int> encode(std::string_view text, Special special = Special::kPlainText) const;

  // The bytes of those tokens, which need not be UTF-8 at either end.
  // Errors: std::out_of_range if an id is not in [0, n_vocab()).
  std::string decode(std::span<const int> ids) const;
  std::string_view token_bytes(int id) const;

  int n_vocab() const;
  int eot() const;  // the id of <|endoftext|>; -1 if the vocabulary has none

 private:
  struct Impl;
  std::unique_ptr<const Impl> impl_;
};

}  // namespace gpt2run
