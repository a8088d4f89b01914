#include "tokenizer/vocabulary.h"

#include <string>
#include <system_error>

#include "base/vocabulary_files.h"
#include "tokenizer/encoder_json.h"
#include "tokenizer/llmc_tokenizer.h"
#include "tokenizer/merges_text.h"
#include "tokenizer/tokenizer_error.h"
#include "tokenizer/tokenizer_json.h"
#include "tokenizer/vocabulary_file.h"

namespace gpt2run {
namespace {

// A file that the system will not tell of counts as there: reading it says what is wrong.
bool is_there(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::exists(path, error) || error;
}

// Every half of a pair that is here, and its missing other half.
[[noreturn]] void throw_not_found(const std::filesystem::path& folder) {
  std::string expected, found;
  for (const VocabularyFiles& pair : kVocabularyFiles) {
    if (pair.is_one()) continue;
    const bool has_tokens = is_there(folder / pair.tokens);
    if (!has_tokens && !is_there(folder / pair.merges)) continue;
    if (!found.empty()) expected += ", or ", found += ", ";
    expected += std::string(pair.tokens) + " and " + pair.merges;
    found += std::string(has_tokens ? pair.tokens : pair.merges) + " but no " +
             (has_tokens ? pair.merges : pair.tokens);
  }
  std::string advice = "put both files of the model there";
  if (found.empty()) {
    for (const VocabularyFiles& pair : kVocabularyFiles) {
      if (!pair.is_one()) expected += std::string(pair.tokens) + " and " + pair.merges + ", ";
    }
    expected += std::string(kTokenizerJson) + " or " + kLlmcTokenizer;
    found = "none of them";
    advice = "put the model's vocabulary there";
  }
  throw TokenizerError(ErrorKind::kNotFound, folder.string() + ": expected " + expected +
                                                 ", found " + found + "; " + advice);
}

}  // namespace

Vocabulary read_vocabulary(const std::filesystem::path& folder) {
  for (const VocabularyFiles& files : kVocabularyFiles) {
    const std::string_view tokens = files.tokens;
    const std::filesystem::path path = folder / tokens;
    if (!is_there(path) || !is_there(folder / files.merges)) continue;
    if (tokens == kTokenizerJson) {
      return parse_tokenizer_json(read_vocabulary_file(path, "a JSON object"), path.string());
    }
    if (tokens == kLlmcTokenizer) {
      return parse_llmc_tokenizer(read_vocabulary_file(path, "llm.c's tokenizer"), path.string());
    }
    return read_vocabulary(path, folder / files.merges);
  }
  throw_not_found(folder);
}

Vocabulary read_vocabulary(const std::filesystem::path& tokens_path,
                           const std::filesystem::path& merges_path) {
  Vocabulary vocabulary;
  vocabulary.tokens_name = tokens_path.string();
  vocabulary.merges_name = merges_path.string();
  vocabulary.tokens = parse_encoder_json(
      read_vocabulary_file(tokens_path, "a JSON object of tokens and ids"), vocabulary.tokens_name);
  parse_merges(read_vocabulary_file(merges_path, "a list of merges"), vocabulary);
  return vocabulary;
}

}  // namespace gpt2run
