#include "loader/pickle_machine.h"

#include <utility>

#include "loader/checkpoint_error.h"

namespace gpt2run {
namespace {

using Kind = PickleValue::Kind;

constexpr size_t kMaxValues = size_t{1} << 20;
constexpr size_t kMaxItems = size_t{1} << 22;  // a value may be an item of many
constexpr size_t kMaxLineBytes = 1024;

}  // namespace

void PickleMachine::fail(const std::string& what, ErrorKind kind) const {
  throw CheckpointError(kind, path_, where_ + " at byte " + std::to_string(at_), what);
}

std::string_view PickleMachine::take(uint64_t n) {
  if (n > bytes_.size() - at_) fail("ends early; the file is cut off or damaged");
  at_ += n;
  return bytes_.substr(at_ - n, n);
}

uint64_t PickleMachine::take_number(size_t n) {
  uint64_t value = 0;
  const std::string_view bytes = take(n);
  for (size_t i = n; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::string_view PickleMachine::take_line() {
  const std::string_view rest = bytes_.substr(at_, kMaxLineBytes);
  const size_t end = rest.find('\n');
  if (end == std::string_view::npos) fail("expected a name and a line's end, found neither");
  at_ += end + 1;
  return rest.substr(0, end);
}

PickleValue& PickleMachine::push(Kind kind) {
  if (pickle_.values.size() == kMaxValues) {
    refuse("holds more than " + std::to_string(kMaxValues) + " values");
  }
  stack_.push_back(static_cast<uint32_t>(pickle_.values.size()));
  pickle_.values.emplace_back().kind = kind;
  return pickle_.values.back();
}

void PickleMachine::push_items(Kind kind, std::vector<uint32_t> items) {
  n_items_ += items.size();
  if (n_items_ > kMaxItems) refuse("holds more than " + std::to_string(kMaxItems) + " items");
  push(kind).items = std::move(items);
}

uint32_t PickleMachine::top() const {
  if (stack_.size() == (marks_.empty() ? 0 : marks_.back())) {
    fail("takes a value where there is none; the file is damaged");
  }
  return stack_.back();
}

uint32_t PickleMachine::pop() {
  const uint32_t value = top();
  stack_.pop_back();
  return value;
}

std::vector<uint32_t> PickleMachine::pop_items(size_t n) {
  std::vector<uint32_t> items(n);
  for (size_t i = n; i-- > 0;) items[i] = pop();
  return items;
}

std::vector<uint32_t> PickleMachine::pop_to_mark() {
  if (marks_.empty()) fail("ends a list that was not begun; the file is damaged");
  const auto first = stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back());
  std::vector<uint32_t> items(first, stack_.end());
  stack_.erase(first, stack_.end());
  marks_.pop_back();
  return items;
}

void PickleMachine::add_items(Kind kind, const std::vector<uint32_t>& items) {
  PickleValue& target = pickle_.values[top()];
  if (target.kind != kind || (kind == Kind::kDict && items.size() % 2 != 0)) {
    fail("adds items to what cannot hold them; the file is damaged");
  }
  n_items_ += items.size();
  if (n_items_ > kMaxItems) refuse("holds more than " + std::to_string(kMaxItems) + " items");
  target.items.insert(target.items.end(), items.begin(), items.end());
}

void PickleMachine::push_memo(uint64_t key) {
  const auto found = memo_.find(key);
  if (found == memo_.end()) fail("refers to a value that is not there; the file is damaged");
  stack_.push_back(found->second);
}

Pickle PickleMachine::finish() {
  pickle_.root = pop();
  if (!stack_.empty() || !marks_.empty()) {
    fail("expected one value at its end, found more; the file is damaged");
  }
  pickle_.n_bytes = at_;
  return std::move(pickle_);
}

}  // namespace gpt2run
