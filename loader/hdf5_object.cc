#include "loader/hdf5_object.h"

#include <deque>
#include <set>

#include "loader/hdf5_checksum.h"

namespace gpt2run {
namespace {

constexpr const char* kWhat = "an object's header";
constexpr uint64_t kSignatureBytes = 4, kChecksumBytes = 4;

// A part of a header that lies together.
struct Block {
  uint64_t address;  // of its first byte, signature included
  uint64_t n_bytes;
};

class ObjectReader {
 public:
  ObjectReader(Hdf5Input& input, uint64_t address) : input_(input) { object_.address = address; }

  Hdf5Object run() {
    const std::string start = input_.read(object_.address, 16, kWhat);
    if (start[0] == '\1') {
      read_first_of_version_1(start);
    } else {
      read_first_of_version_2(start);
    }
    while (!blocks_.empty()) {
      const Block block = blocks_.front();
      blocks_.pop_front();
      if (!seen_.insert(block.address).second) fail("its blocks lead to each other in a circle");
      read_continuation(block);
    }
    return std::move(object_);
  }

 private:
  [[noreturn]] void fail(const std::string& what, ErrorKind kind = ErrorKind::kCorrupt) const {
    input_.fail(object_.address, std::string(kWhat) + ": " + what, kind);
  }

  Hdf5Fields fields_of(uint64_t address, std::string_view bytes) const {
    return {input_, address, bytes, kWhat};
  }

  void read_first_of_version_1(const std::string& start) {
    Hdf5Fields fields = fields_of(object_.address, start);
    fields.skip(8);  // version, the number of messages, of references
    blocks_.push_back({object_.address + start.size(), fields.number(4)});
  }

  void read_first_of_version_2(const std::string& start) {
    constexpr uint64_t kHasTimes = 0x20, kHasLimits = 0x10, kHasOrder = 0x04, kWidth = 0x03;
    Hdf5Fields fields = fields_of(object_.address, start);
    fields.expect("OHDR");
    const uint64_t version = fields.number(1), flags = fields.number(1);
    if (version != 2) {
      fail("expected version 1 or 2, found " + std::to_string(version), ErrorKind::kUnsupported);
    }
    is_version_2_ = true;
    has_order_ = (flags & kHasOrder) != 0;
    const uint64_t n_skipped =
        ((flags & kHasTimes) != 0 ? 16 : 0) + ((flags & kHasLimits) != 0 ? 4 : 0);
    const uint64_t n_width = uint64_t{1} << (flags & kWidth);
    const uint64_t n_prefix = 6 + n_skipped + n_width;
    const std::string prefix = input_.read(object_.address, n_prefix, kWhat);
    Hdf5Fields widths = fields_of(object_.address, prefix);
    widths.skip(6 + n_skipped);
    const uint64_t n_messages = widths.number(n_width);
    input_.offset(object_.address, n_messages, kWhat);  // so that the sum cannot overflow
    const uint64_t n_all = n_prefix + n_messages + kChecksumBytes;
    const std::string bytes = input_.read(object_.address, n_all, kWhat);
    check_hdf5_checksum(fields, bytes);
    take_messages(object_.address + n_prefix, std::string_view(bytes).substr(n_prefix, n_messages));
  }

  void read_continuation(const Block& block) {
    const std::string bytes = input_.read(block.address, block.n_bytes, kWhat);
    std::string_view messages = bytes;
    if (is_version_2_) {
      Hdf5Fields fields = fields_of(block.address, bytes);
      fields.expect("OCHK");
      check_hdf5_checksum(fields, bytes);
      messages.remove_prefix(kSignatureBytes);
      messages.remove_suffix(std::min<size_t>(kChecksumBytes, messages.size()));
    }
    take_messages(block.address + (bytes.size() - messages.size()), messages);
  }

  void take_messages(uint64_t address, std::string_view bytes) {
    const size_t n_prefix = is_version_2_ ? (has_order_ ? 6 : 4) : 8;
    Hdf5Fields fields = fields_of(address, bytes);
    while (fields.n_left() >= n_prefix) {  // what is left over is a gap
      Hdf5Message message;
      message.type = static_cast<uint16_t>(fields.number(is_version_2_ ? 1 : 2));
      const uint64_t n_bytes = fields.number(2);
      message.is_shared = (fields.number(1) & 2) != 0;
      fields.skip(is_version_2_ ? (has_order_ ? 2 : 0) : 3);
      message.address = address + (bytes.size() - fields.n_left());
      message.bytes = fields.bytes(n_bytes);
      add(std::move(message));
    }
  }

  void add(Hdf5Message message) {
    if (message.type == Hdf5Message::kContinuation) {
      Hdf5Fields fields = fields_of(message.address, message.bytes);
      const uint64_t address = fields.number(8);
      blocks_.push_back({address, fields.number(8)});
    } else {
      object_.messages.push_back(std::move(message));
    }
  }

  Hdf5Input& input_;
  Hdf5Object object_;
  bool is_version_2_ = false, has_order_ = false;
  std::deque<Block> blocks_;
  std::set<uint64_t> seen_;
};

}  // namespace

const Hdf5Message* Hdf5Object::find(Hdf5Message::Type type) const {
  for (const Hdf5Message& message : messages) {
    if (message.type == type) return &message;
  }
  return nullptr;
}

Hdf5Object read_hdf5_object(Hdf5Input& input, uint64_t address) {
  return ObjectReader(input, address).run();
}

}  // namespace gpt2run
