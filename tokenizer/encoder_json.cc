#include "tokenizer/encoder_json.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "tokenizer/tokenizer_error.h"
#include "tokenizer/vocabulary.h"

namespace gpt2run {
namespace {

using nlohmann::json;

// Takes the object's entries as they are parsed; no JSON value is ever built, and nothing nests.
class EntryReader : public nlohmann::json_sax<json> {
 public:
  EntryReader(const std::string& name, size_t n_bytes) : name_(name), n_bytes_(n_bytes) {}

  std::vector<TokenId> take_entries() { return std::move(entries_); }

  bool start_object(std::size_t) override {
    if (is_open_) refuse("an object");
    is_open_ = true;
    return true;
  }
  bool end_object() override { return true; }
  bool key(string_t& token) override {
    if (entries_.size() == kMaxVocabularyTokens) {
      throw_damaged(name_, "expected at most " + std::to_string(kMaxVocabularyTokens) +
                               " tokens, found more; get the file again");
    }
    entries_.push_back({std::move(token), -1});
    return true;
  }
  bool number_unsigned(number_unsigned_t id) override {
    if (!is_open_ || id > INT32_MAX) refuse(std::to_string(id));
    entries_.back().id = static_cast<int64_t>(id);
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
    throw_damaged(name_ + ": token " + in_quotes(entries_.back().token),
                  "expected an id (an integer from 0 on), found " + found + "; get the file again");
  }

  const std::string& name_;
  const size_t n_bytes_;  // of the whole text
  bool is_open_ = false;
  std::vector<TokenId> entries_;
};

}  // namespace

std::vector<std::string> order_by_id(std::vector<TokenId> entries, const std::string& name) {
  const size_t n_vocab = entries.size();
  // Before the ids are looked at: those of a file that was cut down have gaps too.
  if (n_vocab < 256) {
    throw_damaged(name, "expected at least the 256 tokens of the single bytes, found " +
                            std::to_string(n_vocab) +
                            " tokens; the file was cut down: get it again");
  }
  std::vector<std::string> tokens(n_vocab);
  std::vector<bool> is_taken(n_vocab);
  for (TokenId& entry : entries) {
    const auto id = static_cast<size_t>(entry.id);
    if (id >= n_vocab) {
      throw_damaged(name + ": token " + in_quotes(entry.token),
                    "expected the ids 0 to " + std::to_string(n_vocab - 1) + " for " +
                        std::to_string(n_vocab) + " tokens, found " + std::to_string(id) +
                        "; get the file again");
    }
    if (is_taken[id]) {
      throw_damaged(name + ": id " + std::to_string(id),
                    "expected one token, found " + in_quotes(tokens[id]) + " and " +
                        in_quotes(entry.token) + "; get the file again");
    }
    is_taken[id] = true;
    tokens[id] = std::move(entry.token);
  }
  return tokens;
}

std::vector<std::string> parse_encoder_json(std::string_view text, const std::string& name) {
  EntryReader reader(name, text.size());
  json::sax_parse(text.begin(), text.end(), &reader);
  return order_by_id(reader.take_entries(), name);
}

}  // namespace gpt2run
