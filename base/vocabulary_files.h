#pragma once

#include <string_view>

namespace gpt2run {

// How a vocabulary lies in a folder: a file of tokens and one of merges, or one file of both, named
// twice.
struct VocabularyFiles {
  const char* tokens;
  const char* merges;

  bool is_one() const { return std::string_view(tokens) == merges; }
};

inline constexpr const char* kTokenizerJson = "tokenizer.json";
inline constexpr const char* kLlmcTokenizer = "gpt2_tokenizer.bin";

// The layouts, in the order in which they are looked for: OpenAI's, Hugging Face's two, llm.c's.
inline constexpr VocabularyFiles kVocabularyFiles[] = {{"encoder.json", "vocab.bpe"},
                                                       {"vocab.json", "merges.txt"},
                                                       {kTokenizerJson, kTokenizerJson},
                                                       {kLlmcTokenizer, kLlmcTokenizer}};

}  // namespace gpt2run
