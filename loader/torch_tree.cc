#include "loader/torch_tree.h"

#include <set>
#include <utility>

#include "base/utf8.h"
#include "loader/checkpoint_error.h"
#include "loader/tensor_checks.h"
#include "loader/tensor_name.h"

namespace gpt2run {
namespace {

using Kind = PickleValue::Kind;
using nlohmann::json;

constexpr int kMaxDepth = 32;  // what prints JSON recurses
constexpr size_t kMaxTensors = 100000;
// A value that is used many times counts as often: a few bytes could claim any amount of memory.
constexpr size_t kMaxVisits = size_t{1} << 20;
constexpr size_t kMaxTextBytes = size_t{64} << 20;

// A value still to be visited.
struct Visit {
  uint32_t value;
  std::string name;  // the keys that led to it
  json* slot;        // where it goes if it is no tensor
  int depth;
};

class TreeWalk {
 public:
  TreeWalk(const Pickle& pickle, const std::string& path, const std::string& where)
      : pickle_(pickle), path_(path), where_(where) {}

  TorchTree run() {
    if (pickle_[pickle_.root].kind != Kind::kDict) {
      fail("expected a dict of tensors, found something else; save the model's state_dict()",
           ErrorKind::kUnsupported);
    }
    to_visit_.push_back({pickle_.root, "", &tree_.rest, 0});
    while (!to_visit_.empty()) {
      const Visit visit = std::move(to_visit_.back());
      to_visit_.pop_back();
      visit_one(visit);
    }
    for (auto it = tree_.rest.begin(); it != tree_.rest.end();) {
      it = it->is_object() && it->empty() ? tree_.rest.erase(it) : std::next(it);
    }
    return std::move(tree_);
  }

 private:
  [[noreturn]] void fail(const std::string& what, ErrorKind kind) const {
    throw CheckpointError(kind, path_, where_, what);
  }

  void visit_one(const Visit& visit) {
    if (is_torch_tensor(pickle_, visit.value)) {
      add_tensor(visit);
      return;
    }
    const PickleValue& value = pickle_[without_torch_size(pickle_, visit.value)];
    if (visit.depth == kMaxDepth) {
      fail("is nested deeper than " + std::to_string(kMaxDepth) + " levels",
           ErrorKind::kUnsupported);
    }
    switch (value.kind) {
      case Kind::kDict:
        visit_dict(visit, value);
        break;
      case Kind::kList:
      case Kind::kTuple:
        visit_list(visit, value);
        break;
      default:
        *visit.slot = leaf(value);
    }
  }

  void count_values(size_t n) {
    n_values_ += n;
    if (n_values_ > kMaxVisits) fail("holds too many values", ErrorKind::kUnsupported);
  }

  void count_text(size_t n_bytes) {
    n_text_bytes_ += n_bytes;
    if (n_text_bytes_ > kMaxTextBytes) {
      fail("its names and texts take more than 64 MiB", ErrorKind::kUnsupported);
    }
  }

  json leaf(const PickleValue& value) {
    switch (value.kind) {
      case Kind::kBool:
        return value.number != 0;
      case Kind::kInt:
        return value.number;
      case Kind::kFloat:
        return value.real;
      case Kind::kString:
      case Kind::kGlobal:
        count_text(value.text.size());
        return utf8_replace_invalid(value.text);
      default:
        return nullptr;
    }
  }

  void add_tensor(const Visit& visit) {
    if (tree_.tensors.size() == kMaxTensors)
      fail("holds too many tensors", ErrorKind::kUnsupported);
    check_tensor_name(path_, visit.name);
    const std::string where = tensor_text(visit.name);
    if (!names_.insert(visit.name).second) {
      throw CheckpointError(ErrorKind::kCorrupt, path_, where, "stands twice; keep one");
    }
    tree_.tensors.push_back({visit.name, parse_torch_tensor(pickle_, visit.value, path_, where)});
  }

  std::string key_text(uint32_t key) const {
    const PickleValue& value = pickle_[key];
    if (value.kind == Kind::kString) return value.text;
    if (value.kind == Kind::kInt) return std::to_string(value.number);
    fail("expected keys that are strings or whole numbers, found another", ErrorKind::kUnsupported);
  }

  void push(const Visit& parent, uint32_t value, const std::string& key, json* slot) {
    const bool is_model = parent.depth == 1 && parent.name == kModel;
    const bool joins = parent.depth > 0 && !is_model;
    count_text(parent.name.size() + key.size());
    to_visit_.push_back({value, joins ? parent.name + "." + key : key, slot, parent.depth + 1});
  }

  // The last is pushed first, so that the file's order is kept.
  void visit_dict(const Visit& visit, const PickleValue& dict) {
    count_values(dict.items.size() / 2);
    *visit.slot = json::object();
    for (size_t i = dict.items.size(); i > 0; i -= 2) {
      const std::string key = key_text(dict.items[i - 2]);
      const uint32_t value = dict.items[i - 1];
      json* const slot =
          is_torch_tensor(pickle_, value) ? nullptr : &(*visit.slot)[utf8_replace_invalid(key)];
      push(visit, value, key, slot);
    }
  }

  void visit_list(const Visit& visit, const PickleValue& list) {
    count_values(list.items.size());
    *visit.slot = std::vector<json>(list.items.size());
    for (size_t i = list.items.size(); i-- > 0;) {
      push(visit, list.items[i], std::to_string(i), &(*visit.slot)[i]);
    }
  }

  static constexpr const char* kModel = "model";

  const Pickle& pickle_;
  const std::string& path_;
  const std::string& where_;
  TorchTree tree_;
  std::vector<Visit> to_visit_;
  std::set<std::string> names_;
  size_t n_values_ = 0;
  size_t n_text_bytes_ = 0;
};

}  // namespace

TorchTree parse_torch_tree(const Pickle& pickle, const std::string& path,
                           const std::string& where) {
  return TreeWalk(pickle, path, where).run();
}

}  // namespace gpt2run
