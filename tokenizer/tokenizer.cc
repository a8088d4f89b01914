#include "tokenizer/tokenizer.h"

#include <algorithm>
#include <stdexcept>

#include "tokenizer/bpe.h"
#include "tokenizer/pre_tokenizer.h"
#include "tokenizer/token_table.h"
#include "tokenizer/vocabulary.h"

namespace gpt2run {

struct Tokenizer::Impl {
  explicit Impl(const Vocabulary& vocabulary) : tokens(vocabulary) {}

  void append_plain(std::string_view text, std::vector<int>& ids) const {
    while (!text.empty()) {
      const size_t n = pre_tokenizer.piece_length(text);
      append_bpe(text.substr(0, n), tokens.byte_ids(), tokens.merges(), ids);
      text.remove_prefix(n);
    }
  }

  TokenTable tokens;
  PreTokenizer pre_tokenizer;
};

Tokenizer::Tokenizer(const std::filesystem::path& folder) : Tokenizer(read_vocabulary(folder)) {}

Tokenizer::Tokenizer(const Vocabulary& vocabulary) : impl_(std::make_unique<Impl>(vocabulary)) {}

Tokenizer::~Tokenizer() = default;
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;

std::vector<int> Tokenizer::encode(std::string_view text, Special special) const {
  std::vector<int> ids;
  if (special == Special::kParse && eot() >= 0) {
    const std::string_view marker = token_bytes(eot());
    for (size_t at; (at = text.find(marker)) != std::string_view::npos;) {
      impl_->append_plain(text.substr(0, at), ids);
      ids.push_back(eot());
      text.remove_prefix(at + marker.size());
    }
  }
  impl_->append_plain(text, ids);
  return ids;
}

std::string Tokenizer::decode(std::span<const int> ids) const {
  std::string bytes;
  for (const int id : ids) bytes += token_bytes(id);
  return bytes;
}

std::string_view Tokenizer::token_bytes(int id) const {
  if (id < 0 || id >= n_vocab()) {
    throw std::out_of_range("token id " + std::to_string(id) + ": expected 0 to " +
                            std::to_string(n_vocab() - 1));
  }
  return impl_->tokens.bytes(id);
}

int Tokenizer::n_vocab() const {
  return impl_->tokens.n_vocab();
}
int Tokenizer::eot() const {
  return impl_->tokens.eot();
}

}  // namespace gpt2run
