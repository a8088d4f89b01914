#pragma once

#include <random>
#include <string>

namespace gpt2run {

std::string utf8_of(char32_t code_point);  // of surrogates too, which is not UTF-8

// A short text that meets the tokenizer's edges: words, digits, contractions, every kind of white
// space, marks, scripts, emoji, private use and unassigned code points, and runs of them.
// The same generator state gives the same text everywhere.
std::string random_text(std::mt19937& random);

std::string random_bytes(std::mt19937& random, size_t n);

}  // namespace gpt2run
