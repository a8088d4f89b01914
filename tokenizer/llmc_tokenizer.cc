#include "tokenizer/llmc_tokenizer.h"

#include <cstddef>
#include <cstdint>

#include "tokenizer/recover_merges.h"
#include "tokenizer/tokenizer_error.h"

namespace gpt2run {
namespace {

constexpr int32_t kMagic = 20240328;
constexpr size_t kHeaderBytes = 256 * 4;
constexpr std::string_view kEndOfText = "<|endoftext|>";

// The header's number at that index, little-endian.
int32_t header_number(std::string_view bytes, size_t index) {
  uint32_t value = 0;
  for (size_t i = 4; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[4 * index + i]);
  return static_cast<int32_t>(value);
}

StringList take_tokens(std::string_view bytes, size_t n_vocab, const std::string& name) {
  StringList tokens;
  tokens.reserve(n_vocab, bytes.size());
  size_t at = kHeaderBytes;
  while (tokens.size() < n_vocab) {
    const size_t n = at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0;
    if (bytes.size() - at < 1 + n) {
      throw_damaged(
          name + ": token " + std::to_string(tokens.size()) + " at byte " + std::to_string(at),
          "expected its length and as many bytes, found the end of the file; get the "
          "file again");
    }
    tokens.push_back(bytes.substr(at + 1, n));
    at += 1 + n;
  }
  if (at < bytes.size()) {
    throw_damaged(name + ": byte " + std::to_string(at),
                  "expected the end of the file after " + std::to_string(n_vocab) +
                      " tokens, found " + std::to_string(bytes.size() - at) +
                      " bytes more; get the file again");
  }
  return tokens;
}

void check_end_of_text(const StringList& tokens, int32_t eot, const std::string& name) {
  const bool is_token = eot >= 0 && static_cast<size_t>(eot) < tokens.size();
  if (is_token && tokens[static_cast<size_t>(eot)] == kEndOfText) return;
  throw TokenizerError(
      is_token ? ErrorKind::kUnsupported : ErrorKind::kTokenizer,
      name + ": end of text: expected the id of " + std::string(kEndOfText) + ", found " +
          std::to_string(eot) +
          (is_token ? ", which is " + in_quotes(tokens[static_cast<size_t>(eot)]) : "") +
          "; give GPT-2's vocabulary with --vocab DIR");
}

}  // namespace

Vocabulary parse_llmc_tokenizer(std::string_view bytes, const std::string& name) {
  if (bytes.size() < kHeaderBytes || header_number(bytes, 0) != kMagic) {
    throw_damaged(name, "expected llm.c's tokenizer (magic number " + std::to_string(kMagic) +
                            "), found another file; get it again");
  }
  const int32_t version = header_number(bytes, 1);
  if (version != 1 && version != 2) {
    throw TokenizerError(ErrorKind::kUnsupported,
                         name + ": version: expected 1 or 2, found " + std::to_string(version) +
                             "; write it again with llm.c's train_gpt2.py");
  }
  const int32_t n_vocab = header_number(bytes, 2);
  // Each token takes a byte at least.
  if (n_vocab < 256 || static_cast<size_t>(n_vocab) > bytes.size() - kHeaderBytes) {
    throw_damaged(name + ": n_vocab",
                  "expected 256 or more, and a byte in the file for each, found " +
                      std::to_string(n_vocab) + "; get the file again");
  }
  const StringList tokens = take_tokens(bytes, static_cast<size_t>(n_vocab), name);
  if (version == 2) check_end_of_text(tokens, header_number(bytes, 3), name);
  return vocabulary_of_bytes(tokens, name);
}

}  // namespace gpt2run
