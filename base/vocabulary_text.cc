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

std::string merge_text(std::string_view left, std::string_view right) {
  return std::string(left).append(" ").append(right);
}

std::optional<std::pair<std::string_view, std::string_view>> merge_parts(std::string_view text) {
  const size_t space = text.find(' ');
  const bool is_pair = space != std::string_view::npos && space > 0 && space + 1 < text.size() &&
                       text.find(' ', space + 1) == std::string_view::npos;
  if (!is_pair) return std::nullopt;
  return std::pair(text.substr(0, space), text.substr(space + 1));
}

std::string merges_text(const Vocabulary& vocabulary) {
  std::string text = "#version: 0.2\n";
  for (const auto& [left, right] : vocabulary.merges) text += merge_text(left, right) + "\n";
  return text;
}

}  // namespace gpt2run
