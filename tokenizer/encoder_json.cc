#include "tokenizer/encoder_json.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "tokenizer/tokenizer_error.h"
#include "tokenizer/vocabulary.h"

namespace gpt2run {
namespace {

using nlohmann::json;

// Takes the object's entries as they are parsed; no JSON value is ever built, and nothing nests.
class EntryReader final : public nlohmann::json_sax<json> {
 public:
  EntryReader(const std::string& name, std::string_view text) : name_(name), n_bytes_(text.size()) {
    // A list that grows is copied, and touches twice the fresh pages. Each token has two quotes;
    // its id, colon and comma take half the text and more.
    const auto n_quotes = static_cast<size_t>(std::count(text.begin(), text.end(), '"'));
    entries_.tokens.reserve(std::min(n_quotes / 2, kMaxVocabularyTokens), text.size() / 2);
    entries_.ids.reserve(std::min(n_quotes / 2, kMaxVocabularyTokens));
  }

  NumberedTokens take_entries() { return std::move(entries_); }

  bool start_object(std::size_t) override {
    if (is_open_) refuse("an object");
    is_open_ = true;
    return true;
  }
  bool end_object() override { return true; }
  bool key(string_t& token) override {
    if (entries_.tokens.size() == kMaxVocabularyTokens) {
      throw_damaged(name_, "expected at most " + std::to_string(kMaxVocabularyTokens) +
                               " tokens, found more; get the file again");
    }
    entries_.tokens.push_back(token);
    entries_.ids.push_back(-1);
    return true;
  }
  bool number_unsigned(number_unsigned_t id) override {
    if (!is_open_ || id > INT32_MAX) refuse(std::to_string(id));
    entries_.ids.back() = static_cast<int64_t>(id);
    return true;
  }
  bool number_integer(number_integer_t id) override { return refuse(std::to_string(id)); }
  bool number_float(number_float_t, const string_t& text) override { return refuse(text); }
  bool string(string_t& text) override { return refuse("the string " + in_quotes(text)); }
  bool null() override { return refuse("null"); }
  bool boolean(bool value) override { return refuse(value ? "true" : "false"); }
  bool binary(binary_t&) override { return refuse("binary data"); }
  bool start_array(std::size_t) override { return refuse("an array"); }
  bool end_array() override { return true; }
  bool parse_error(std::size_t position, const std::string& last_read,
                   const json::exception&) override {
    const bool at_end = position > n_bytes_;
    throw_damaged(name_ + ": byte " + std::to_string(position),
                  "expected JSON, found " +
                      (at_end ? "the end of the file" : in_quotes(last_read)) +
                      "; get the file again");
  }

 private:
  [[noreturn]] bool refuse(const std::string& found) const {
    if (!is_open_) {
      throw_damaged(name_, "expected a JSON object of tokens and ids, found " + found +
                               "; get the file again");
    }
    throw_damaged(name_ + ": token " + in_quotes(entries_.tokens.back()),
                  "expected an id (an integer from 0 on), found " + found + "; get the file again");
  }

  const std::string& name_;
  const size_t n_bytes_;  // of the whole text
  bool is_open_ = false;
  NumberedTokens entries_;
};

}  // namespace

StringList order_by_id(NumberedTokens entries, const std::string& name) {
  auto& [tokens, ids] = entries;
  const size_t n_vocab = tokens.size();
  // Before the ids are looked at: those of a file that was cut down have gaps too.
  if (n_vocab < 256) {
    throw_damaged(name, "expected at least the 256 tokens of the single bytes, found " +
                            std::to_string(n_vocab) +
                            " tokens; the file was cut down: get it again");
  }
  std::vector<bool> is_taken(n_vocab);
  for (size_t i = 0; i < n_vocab; ++i) {
    const auto id = static_cast<size_t>(ids[i]);
    if (id >= n_vocab) {
      throw_damaged(name + ": token " + in_quotes(tokens[i]),
                    "expected the ids 0 to " + std::to_string(n_vocab - 1) + " for " +
                        std::to_string(n_vocab) + " tokens, found " + std::to_string(id) +
                        "; get the file again");
    }
    if (is_taken[id]) {
      const auto earlier = std::find(ids.begin(), ids.end(), ids[i]) - ids.begin();
      throw_damaged(name + ": id " + std::to_string(id),
                    "expected one token, found " + in_quotes(tokens[static_cast<size_t>(earlier)]) +
                        " and " + in_quotes(tokens[i]) + "; get the file again");
    }
    is_taken[id] = true;
  }
  if (std::is_sorted(ids.begin(), ids.end())) return std::move(tokens);  // as OpenAI wrote them

  std::vector<size_t> place_of(n_vocab);  // by id
  for (size_t i = 0; i < n_vocab; ++i) place_of[static_cast<size_t>(ids[i])] = i;
  StringList ordered;
  ordered.reserve(n_vocab, tokens.n_bytes());
  for (const size_t place : place_of) ordered.push_back(tokens[place]);
  return ordered;
}

StringList parse_encoder_json(std::string_view text, const std::string& name) {
  EntryReader reader(name, text);
  json::sax_parse(text.begin(), text.end(), &reader);
  return order_by_id(reader.take_entries(), name);
}

}  // namespace gpt2run
