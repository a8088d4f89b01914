#include "loader/hdf5_group.h"

#include <set>

#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/hdf5_btree.h"

namespace gpt2run {
namespace {

constexpr uint64_t kMaxLinks = 100'000;

enum LinkType : uint64_t { kHard = 0, kSoft = 1, kExternal = 64 };

[[noreturn]] void refuse_link(const Hdf5Input& input, const std::string& group,
                              std::string_view name, uint64_t type) {
  const char* kind = type == kSoft       ? "a soft link"
                     : type == kExternal ? "a link to another file"
                                         : "a link of a user's kind";
  throw CheckpointError(
      ErrorKind::kUnsupported, input.file().path().string(),
      "link \"" + printable((group.empty() ? "" : group + "/") + std::string(name)) + "\"",
      std::string("is ") + kind + ", which is not followed; copy what it leads to into this file");
}

// Names that stand one after the other, each ended by a zero.
class LocalHeap {
 public:
  LocalHeap(Hdf5Input& input, uint64_t address) : input_(input), address_(address) {
    const std::string bytes = input.read(address, 32, kWhat);
    Hdf5Fields fields(input, address, bytes, kWhat);
    fields.expect(std::string_view("HEAP\0", 5));
    fields.skip(3);
    const uint64_t n_bytes = fields.number(8);
    fields.skip(8);
    names_ = input.read(fields.number(8), n_bytes, kWhat);
  }

  std::string name(uint64_t offset) const {
    const size_t end = offset < names_.size() ? names_.find('\0', offset) : std::string::npos;
    if (end == std::string::npos) {
      input_.fail(address_, std::string(kWhat) + ": expected a name at its byte " +
                                std::to_string(offset) + ", found none that ends");
    }
    return names_.substr(offset, end - offset);
  }

 private:
  static constexpr const char* kWhat = "a group's heap";
  const Hdf5Input& input_;
  uint64_t address_;
  std::string names_;
};

class LinkLister {
 public:
  LinkLister(Hdf5Input& input, const std::string& group) : input_(input), group_(group) {}

  std::vector<Hdf5Link> run(const Hdf5Object& object) {
    for (const Hdf5Message& message : object.messages) {
      if (message.is_shared) continue;
      if (message.type == Hdf5Message::kSymbolTable) add_symbol_table(message);
      if (message.type == Hdf5Message::kLink) add_link(message);
      if (message.type == Hdf5Message::kLinkInfo) refuse_dense_links(message);
    }
    return std::move(links_);
  }

 private:
  void add(std::string name, uint64_t address) {
    if (links_.size() == kMaxLinks) {
      throw CheckpointError(ErrorKind::kUnsupported, input_.file().path().string(),
                            "group \"/" + printable(group_) + "\"",
                            "has more than " + std::to_string(kMaxLinks) + " links");
    }
    links_.push_back({std::move(name), address});
  }

  void add_symbol_table(const Hdf5Message& message) {
    Hdf5Fields fields(input_, message.address, message.bytes, "a group's symbol table");
    const uint64_t tree = fields.number(8);
    const LocalHeap heap(input_, fields.number(8));
    for (const Hdf5TreeEntry& leaf : read_hdf5_btree(input_, tree, Hdf5TreeKind::kGroup, 8)) {
      add_node(leaf.child, heap);
    }
  }

  void add_node(uint64_t address, const LocalHeap& heap) {
    constexpr const char* kWhat = "a group's symbols";
    constexpr uint64_t kEntryBytes = 40, kSoftLink = 2;
    const std::string start = input_.read(address, 8, kWhat);
    Hdf5Fields fields(input_, address, start, kWhat);
    fields.expect("SNOD\1");
    fields.skip(1);
    const std::string entries = input_.read(address + 8, fields.number(2) * kEntryBytes, kWhat);
    Hdf5Fields rest(input_, address, entries, kWhat);
    while (rest.n_left() > 0) {
      std::string name = heap.name(rest.number(8));
      const uint64_t object = rest.number(8);
      if (rest.number(4) == kSoftLink) refuse_link(input_, group_, name, kSoft);
      rest.skip(4 + 16);
      add(std::move(name), object);
    }
  }

  void add_link(const Hdf5Message& message) {
    constexpr uint64_t kHasCharacters = 0x10, kHasType = 0x08, kHasOrder = 0x04, kWidth = 0x03;
    Hdf5Fields fields(input_, message.address, message.bytes, "a link");
    fields.expect("\1");
    const uint64_t flags = fields.number(1);
    const uint64_t type = (flags & kHasType) != 0 ? fields.number(1) : kHard;
    fields.skip(((flags & kHasOrder) != 0 ? 8 : 0) + ((flags & kHasCharacters) != 0 ? 1 : 0));
    const std::string name(fields.bytes(fields.number(size_t{1} << (flags & kWidth))));
    if (type != kHard) refuse_link(input_, group_, name, type);
    add(name, fields.number(8));
  }

  void refuse_dense_links(const Hdf5Message& message) const {
    Hdf5Fields fields(input_, message.address, message.bytes, "a group's link info");
    fields.expect(std::string_view("\0", 1));
    fields.skip((fields.number(1) & 1) != 0 ? 8 : 0);  // the creation order's
    if (fields.number(8) == kHdf5NoAddress) return;
    throw CheckpointError(ErrorKind::kUnsupported, input_.file().path().string(),
                          "group \"/" + printable(group_) + "\"",
                          "has its links in a fractal heap, which is not read; save the file "
                          "without libver=\"latest\" and track_order");
  }

  Hdf5Input& input_;
  const std::string& group_;
  std::vector<Hdf5Link> links_;
};

}  // namespace

bool is_hdf5_group(const Hdf5Object& object) {
  for (const auto type : {Hdf5Message::kSymbolTable, Hdf5Message::kLink, Hdf5Message::kLinkInfo}) {
    if (object.find(type) != nullptr) return true;
  }
  return false;
}

std::vector<Hdf5Link> list_hdf5_links(Hdf5Input& input, const Hdf5Object& object,
                                      const std::string& group) {
  return LinkLister(input, group).run(object);
}

}  // namespace gpt2run
