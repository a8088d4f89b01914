#pragma once

#include <filesystem>

namespace gpt2run {

// Writes a model whose wte has more rows than its vocabulary has tokens, as padded ones have:
// tests/data/fixtures/tf1 (n_vocab 400) with its first 390 tokens.
void write_padded_model(const std::filesystem::path& folder);

constexpr int kPaddedModelTokens = 390;

}  // namespace gpt2run
