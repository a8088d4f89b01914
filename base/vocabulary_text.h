#pragma once

#include <string>

#include "base/vocabulary.h"

namespace gpt2run {

// A vocabulary's two files byte for byte as OpenAI wrote them: what is read from
// encoder.json and vocab.bpe gives these again.

// encoder.json: one line, ids ascending, what is not ASCII escaped.
// Errors: InputError kTokenizer if a token is not UTF-8, which JSON cannot hold.
std::string encoder_json_text(const Vocabulary& vocabulary);

// vocab.bpe: "#version: 0.2", then a merge a line.
std::string merges_text(const Vocabulary& vocabulary);

}  // namespace gpt2run
