#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "loader/pickle.h"

namespace gpt2run {

// What a pickle's opcodes work on: the input, the stack with its marks, and the memo. All checked:
// nothing is taken that is not there.
class PickleMachine {
 public:
  PickleMachine(std::string_view bytes, const std::string& path, const std::string& where)
      : bytes_(bytes), path_(path), where_(where) {}

  // Errors: CheckpointError kCorrupt; kUnsupported.
  [[noreturn]] void fail(const std::string& what, ErrorKind kind = ErrorKind::kCorrupt) const;
  [[noreturn]] void refuse(const std::string& what) const { fail(what, ErrorKind::kUnsupported); }

  // The input's next bytes; a number of n bytes, little-endian; a text up to a line's end.
  std::string_view take(uint64_t n);
  uint64_t take_number(size_t n);
  std::string_view take_line();

  const PickleValue& operator[](uint32_t index) const { return pickle_[index]; }

  // Makes a value and puts it on the stack. The reference holds until the next one is made.
  PickleValue& push(PickleValue::Kind kind);
  void push_items(PickleValue::Kind kind, std::vector<uint32_t> items);
  void push_top_again() { stack_.push_back(top()); }

  uint32_t top() const;
  uint32_t pop();
  std::vector<uint32_t> pop_items(size_t n);

  void mark() { marks_.push_back(stack_.size()); }
  std::vector<uint32_t> pop_to_mark();

  // Adds items to the list or dict on the top; one after the other, keys and values.
  void add_items(PickleValue::Kind kind, const std::vector<uint32_t>& items);

  void put(uint64_t key) { memo_[key] = top(); }
  void put_next() { put(memo_.size()); }
  void push_memo(uint64_t key);

  // The pickle, once its end is reached and one value is left.
  Pickle finish();

 private:
  const std::string_view bytes_;
  const std::string& path_;
  const std::string& where_;
  size_t at_ = 0;
  Pickle pickle_;
  size_t n_items_ = 0;  // of all tuples, lists and dicts
  std::vector<uint32_t> stack_;
  std::vector<size_t> marks_;  // the stack's size at each
  std::unordered_map<uint64_t, uint32_t> memo_;
};

}  // namespace gpt2run
