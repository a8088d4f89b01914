#pragma once

#include <filesystem>
#include <string>

namespace gpt2run {

// Reads a whole file of a vocabulary, without its byte order mark.
//   expected  what it should hold, for messages: "a list of merges"
// Errors: TokenizerError kNotFound; kRuntime if the system refuses to read it; kTokenizer if it is
// no regular file, empty, of more than kMaxVocabularyBytes, or what a download that went wrong
// leaves behind (a Git LFS pointer, an HTML page), named.
std::string read_vocabulary_file(const std::filesystem::path& path, const char* expected);

}  // namespace gpt2run
