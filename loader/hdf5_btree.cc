#include "loader/hdf5_btree.h"

namespace gpt2run {
namespace {

constexpr const char* kWhat = "a node of a tree";
constexpr size_t kMaxEntries = size_t{1} << 20;

class TreeReader {
 public:
  TreeReader(Hdf5Input& input, Hdf5TreeKind kind, size_t n_key_bytes)
      : input_(input), kind_(kind), n_key_bytes_(n_key_bytes) {}

  // Returns the node's level, which is one less for each step down: no circle is possible.
  void read_node(uint64_t address, int wanted_level) {
    constexpr uint64_t kHeadBytes = 24, kAddressBytes = 8;
    const std::string head = input_.read(address, kHeadBytes, kWhat);
    Hdf5Fields fields(input_, address, head, kWhat);
    fields.expect("TREE");
    fields.expect(std::string(1, static_cast<char>(kind_)));
    const int level = static_cast<int>(fields.number(1));
    if (wanted_level != kAnyLevel && level != wanted_level) {
      fields.fail("expected level " + std::to_string(wanted_level) + ", found " +
                  std::to_string(level));
    }
    const uint64_t n_entries = fields.number(2);
    const std::string body =
        input_.read(address + kHeadBytes, n_entries * (n_key_bytes_ + kAddressBytes), kWhat);
    Hdf5Fields rest(input_, address, body, kWhat);
    while (rest.n_left() > 0) {
      std::string key(rest.bytes(n_key_bytes_));
      const uint64_t child = rest.number(kAddressBytes);
      if (level > 0) {
        read_node(child, level - 1);
      } else if (entries_.size() < kMaxEntries) {
        entries_.push_back({std::move(key), child});
      } else {
        fields.fail("expected at most " + std::to_string(kMaxEntries) + " entries, found more",
                    ErrorKind::kUnsupported);
      }
    }
  }

  static constexpr int kAnyLevel = -1;

  std::vector<Hdf5TreeEntry> take_entries() { return std::move(entries_); }

 private:
  Hdf5Input& input_;
  Hdf5TreeKind kind_;
  size_t n_key_bytes_;
  std::vector<Hdf5TreeEntry> entries_;
};

}  // namespace

std::vector<Hdf5TreeEntry> read_hdf5_btree(Hdf5Input& input, uint64_t address, Hdf5TreeKind kind,
                                           size_t n_key_bytes) {
  TreeReader reader(input, kind, n_key_bytes);
  reader.read_node(address, TreeReader::kAnyLevel);
  return reader.take_entries();
}

}  // namespace gpt2run
