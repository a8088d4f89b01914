#include "loader/hdf5_tree.h"

#include <map>
#include <set>

#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/hdf5_group.h"
#include "loader/tensor_name.h"

namespace gpt2run {
namespace {

constexpr int kMaxDepth = 64;
constexpr size_t kMaxLinks = 100'000;

class TreeWalk {
 public:
  explicit TreeWalk(Hdf5Input& input) : input_(input), path_(input.file().path().string()) {}

  std::vector<Hdf5Dataset> run(const Hdf5Object& root) {
    groups_.insert(root.address);
    visit_group(root, "", 0);
    return std::move(datasets_);
  }

 private:
  [[noreturn]] void fail(const std::string& where, const std::string& what,
                         ErrorKind kind = ErrorKind::kCorrupt) const {
    throw CheckpointError(kind, path_, where, what);
  }

  void visit_group(const Hdf5Object& group, const std::string& prefix, int depth) {
    if (depth > kMaxDepth) {
      fail("group \"/" + printable(prefix) + "\"",
           "is more than " + std::to_string(kMaxDepth) + " groups deep", ErrorKind::kUnsupported);
    }
    for (const Hdf5Link& link : list_hdf5_links(input_, group, prefix)) {
      const std::string name = prefix.empty() ? link.name : prefix + "/" + link.name;
      check_tensor_name(path_, name);
      if (link.name.empty() || link.name.find('/') != std::string::npos) {
        fail("link \"" + printable(name) + "\"",
             "expected a name without slashes; the file is damaged");
      }
      if (++n_links_ > kMaxLinks) {
        fail("", "has more than " + std::to_string(kMaxLinks) + " links", ErrorKind::kUnsupported);
      }
      visit_object(link.address, name, depth);
    }
  }

  void visit_object(uint64_t address, const std::string& name, int depth) {
    // Hard links can lead to a dataset under two names, and back to a group that was visited.
    if (groups_.count(address) > 0) return;
    const auto known = dataset_at_.find(address);
    if (known != dataset_at_.end()) {
      add(Hdf5Dataset(datasets_[known->second]), name);
      return;
    }
    const Hdf5Object object = read_hdf5_object(input_, address);
    if (is_hdf5_group(object)) {
      groups_.insert(address);
      visit_group(object, name, depth + 1);
    } else if (object.find(Hdf5Message::kLayout) != nullptr) {
      dataset_at_[address] = datasets_.size();
      add(describe_hdf5_dataset(input_, object, name), name);
    }
  }

  void add(Hdf5Dataset dataset, const std::string& name) {
    if (!names_.insert(name).second) {
      fail("dataset \"" + printable(name) + "\"", "stands twice; the file is damaged");
    }
    dataset.info.name = name;
    datasets_.push_back(std::move(dataset));
  }

  Hdf5Input& input_;
  const std::string path_;
  std::vector<Hdf5Dataset> datasets_;
  std::map<uint64_t, size_t> dataset_at_;  // address of its header -> datasets_
  std::set<std::string> names_;
  std::set<uint64_t> groups_;
  size_t n_links_ = 0;
};

}  // namespace

std::vector<Hdf5Dataset> list_hdf5_datasets(Hdf5Input& input, const Hdf5Object& root) {
  return TreeWalk(input).run(root);
}

}  // namespace gpt2run
