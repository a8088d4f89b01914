#include "base/vocabulary_text.h"

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/printable.h"

namespace gpt2run {
namespace {

// As Python's json.dumps writes it.
std::string json_string(std::string_view token, const Vocabulary& vocabulary) {
  try {
    return nlohmann::json(token).dump(-1, ' ', true);
  } catch (const nlohmann::json::type_error&) {
    throw InputError(ErrorKind::kTokenizer, vocabulary.tokens_name + ": token \"" +
                                                printable(token) +
                                                "\": expected UTF-8, found other bytes");
  }
}

}  // namespace

std::string encoder_json_text(const Vocabulary& vocabulary) {
  std::string text = "{";
  for (size_t id = 0; id < vocabulary.tokens.size(); ++id) {
    if (id > 0) text += ", ";
    text += json_string(vocabulary.tokens[id], vocabulary) + ": " + std::to_string(id);
  }
  return text + "}";
}

std::string merges_text(const Vocabulary& vocabulary) {
  std::string text = "#version: 0.2\n";
  for (const auto& [left, right] : vocabulary.merges) {
    text.append(left).append(" ").append(right).append("\n");
  }
  return text;
}

}  // namespace gpt2run
