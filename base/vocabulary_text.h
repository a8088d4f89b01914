#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/vocabulary.h"

namespace gpt2run {

// A vocabulary's two files byte for byte as OpenAI wrote them: what is read from
// encoder.json and vocab.bpe gives these again.

// encoder.json: one line, ids ascending, what is not ASCII escaped.
// Errors: InputError kTokenizer if a token is not UTF-8, which JSON cannot hold.
std::string encoder_json_text(const Vocabulary& vocabulary);

// A merge as vocab.bpe and other files have it, "a b".
std::string merge_text(std::string_view left, std::string_view right);

// Its two parts, which point into the text; nothing unless there are two and one space between.
std::optional<std::pair<std::string_view, std::string_view>> merge_parts(std::string_view text);

// vocab.bpe: "#version: 0.2", then a merge a line.
std::string merges_text(const Vocabulary& vocabulary);

}  // namespace gpt2run
