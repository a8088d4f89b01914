#include "loader/hdf5_tree.h"

#include <set>
#include <stdexcept>

#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/tensor_name.h"

namespace gpt2run {
namespace {

constexpr int kMaxDepth = 64;
constexpr size_t kMaxLinks = 100'000;

struct Link {
  std::string name;
  H5L_type_t type;
  haddr_t address;  // of a hard link
};

herr_t keep_link(hid_t, const char* name, const H5L_info_t* info, void* kept) noexcept {
  try {
    auto& links = *static_cast<std::vector<Link>*>(kept);
    if (links.size() > kMaxLinks) return -1;
    links.push_back({name, info->type, info->type == H5L_TYPE_HARD ? info->u.address : 0});
    return 0;
  } catch (const std::bad_alloc&) {
    return -1;
  }
}

class TreeWalk {
 public:
  TreeWalk(const Hdf5Session& hdf5, const std::string& path, hid_t file)
      : hdf5_(hdf5), path_(path), file_(file) {}

  std::vector<Hdf5Entry> run() {
    const Hdf5Id root(hdf5_->H5Gopen2(file_, "/", H5P_DEFAULT), hdf5_->H5Gclose);
    if (!root.is_valid()) fail("group \"/\"", "cannot be opened: " + hdf5_.take_error());
    visit_group(root.get(), "", 0);
    return std::move(datasets_);
  }

 private:
  [[noreturn]] void fail(const std::string& where, const std::string& what,
                         ErrorKind kind = ErrorKind::kCorrupt) const {
    throw CheckpointError(kind, path_, where, what);
  }

  std::vector<Link> links_of(hid_t group, const std::string& prefix) const {
    std::vector<Link> links;
    hsize_t at = 0;
    if (hdf5_->H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, &at, keep_link, &links) < 0) {
      const std::string where = "group \"/" + printable(prefix) + "\"";
      if (links.size() > kMaxLinks) {
        fail(where, "has more than " + std::to_string(kMaxLinks) + " links",
             ErrorKind::kUnsupported);
      }
      fail(where, "its links cannot be read: " + hdf5_.take_error());
    }
    for (const Link& link : links) check_link(link, prefix);
    return links;
  }

  void check_link(const Link& link, const std::string& prefix) const {
    const std::string where = "link \"" + printable(prefix + link.name) + "\"";
    check_tensor_name(path_, prefix + link.name);
    if (link.name.empty() || link.name.find('/') != std::string::npos) {
      fail(where, "expected a name without slashes; the file is damaged");
    }
    if (link.type == H5L_TYPE_HARD) return;
    const char* kind = link.type == H5L_TYPE_SOFT       ? "a soft link"
                       : link.type == H5L_TYPE_EXTERNAL ? "a link to another file"
                                                        : "a link of a user's kind";
    fail(
        where,
        std::string("is ") + kind + ", which is not followed; copy what it leads to into this file",
        ErrorKind::kUnsupported);
  }

  void visit_group(hid_t group, const std::string& prefix, int depth) {
    if (depth > kMaxDepth) {
      fail("group \"/" + printable(prefix) + "\"",
           "is more than " + std::to_string(kMaxDepth) + " groups deep", ErrorKind::kUnsupported);
    }
    for (const Link& link : links_of(group, prefix)) {
      if (++n_links_ > kMaxLinks) {
        fail("", "has more than " + std::to_string(kMaxLinks) + " links", ErrorKind::kUnsupported);
      }
      visit_object(link, prefix, depth);
    }
  }

  void visit_object(const Link& link, const std::string& prefix, int depth) {
    const std::string name = prefix + link.name;
    const Hdf5Id object(hdf5_->H5Oopen_by_addr(file_, link.address), hdf5_->H5Oclose);
    if (!object.is_valid()) {
      fail("object \"" + printable(name) + "\"",
           "cannot be opened: " + hdf5_.take_error() +
               "; the file is damaged, or from a later HDF5 than this machine's");
    }
    const H5I_type_t type = hdf5_->H5Iget_type(object.get());
    if (type == H5I_DATASET) {
      if (!names_.insert(name).second) {
        fail("dataset \"" + printable(name) + "\"", "stands twice; the file is damaged");
      }
      datasets_.push_back({name, link.address});
    }
    // Hard links can lead back to a group that was visited.
    if (type == H5I_GROUP && groups_.insert(link.address).second) {
      visit_group(object.get(), name + "/", depth + 1);
    }
  }

  const Hdf5Session& hdf5_;
  const std::string& path_;
  hid_t file_;
  std::vector<Hdf5Entry> datasets_;
  std::set<std::string> names_;
  std::set<haddr_t> groups_;
  size_t n_links_ = 0;
};

}  // namespace

std::vector<Hdf5Entry> list_hdf5_datasets(const Hdf5Session& hdf5, const std::string& path,
                                          hid_t file) {
  return TreeWalk(hdf5, path, file).run();
}

}  // namespace gpt2run
