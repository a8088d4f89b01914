#include "loader/torch_legacy.h"

#include <algorithm>
#include <utility>

#include "loader/checkpoint_error.h"
#include "loader/tensor_checks.h"

namespace gpt2run {
namespace {

using Kind = PickleValue::Kind;
using std::string_view_literals::operator""sv;

// The pickle's bytes of 0x1950a86a20f9469cfc6c, torch.save's magic number.
constexpr std::string_view kMagic = "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"sv;
constexpr int64_t kProtocolVersion = 1001;

class LegacyParser {
 public:
  LegacyParser(const InputFile& file, std::string_view start)
      : file_(file), start_(start), path_(file.path().string()) {}

  LegacyTorch parse() {
    next_pickle("magic number");
    check_version(next_pickle("protocol version"));
    check_machine(next_pickle("machine"));
    LegacyTorch legacy;
    const std::string where = "checkpoint";
    legacy.tree = parse_torch_tree(next_pickle(where), path_, where);
    place_storages(next_pickle("storage keys"), legacy);
    return legacy;
  }

 private:
  [[noreturn]] void fail(const std::string& where, const std::string& what,
                         ErrorKind kind = ErrorKind::kCorrupt) const {
    throw CheckpointError(kind, path_, where, what);
  }

  Pickle next_pickle(const std::string& where) {
    Pickle pickle = parse_pickle(start_.substr(at_), path_, where, is_torch_global);
    at_ += pickle.n_bytes;
    return pickle;
  }

  void check_version(const Pickle& pickle) const {
    const PickleValue& version = pickle[pickle.root];
    if (version.kind != Kind::kInt || version.number != kProtocolVersion) {
      fail("protocol version",
           "expected " + std::to_string(kProtocolVersion) + ", found another; it is not read",
           ErrorKind::kUnsupported);
    }
  }

  void check_machine(const Pickle& pickle) const {
    const auto& items = pickle[pickle.root].items;
    for (size_t i = 0; i + 1 < items.size(); i += 2) {
      if (pickle[items[i]].text == "little_endian" && pickle[items[i + 1]].number == 0) {
        fail("machine", "expected a little-endian one, found big-endian", ErrorKind::kUnsupported);
      }
    }
  }

  void place_storages(const Pickle& keys, LegacyTorch& legacy) {
    std::map<std::string, TorchStorage> storages;
    for (const NamedTorchTensor& tensor : legacy.tree.tensors) {
      const TorchStorage& storage = tensor.tensor.storage;
      const auto [known, is_new] = storages.emplace(storage.key, storage);
      if (!is_new &&
          (known->second.type != storage.type || known->second.n_items != storage.n_items)) {
        fail(tensor_text(tensor.name), "its storage has another type or size elsewhere");
      }
    }
    uint64_t at = at_;
    for (const uint32_t key : keys[keys.root].items) {
      const auto storage = storages.find(keys[key].text);
      if (storage == storages.end()) fail("storage keys", "name a storage that no tensor has");
      at = place(storage->second, at);
      if (!legacy.offsets.emplace(storage->first, at).second) {
        fail("storage keys", "name a storage twice; the file is damaged");
      }
      at += storage->second.n_bytes();
    }
    if (legacy.offsets.size() != storages.size()) {
      fail("storage keys", "lack a storage that a tensor has; the file is damaged");
    }
    if (at != file_.size()) {
      fail("", "expected " + std::to_string(at) + " bytes, found " + std::to_string(file_.size()) +
                   "; what follows the last storage belongs to none");
    }
  }

  // Where the storage that is next in the file has its items.
  uint64_t place(const TorchStorage& storage, uint64_t at) const {
    constexpr uint64_t kCountBytes = 8;
    const uint64_t left = file_.size() - at;
    if (left < kCountBytes || left - kCountBytes < storage.n_bytes()) {
      fail("storage at byte " + std::to_string(at),
           "expected " + std::to_string(storage.n_bytes()) + " bytes after its size, found " +
               std::to_string(left) + " in all; the file is cut off: download it again");
    }
    unsigned char bytes[kCountBytes];
    file_.read_at(at, bytes, sizeof(bytes));
    uint64_t count = 0;
    for (size_t i = kCountBytes; i-- > 0;) count = count << 8 | bytes[i];
    if (count != storage.n_items) {
      fail("storage at byte " + std::to_string(at),
           "expected its size as the tensors say, " + std::to_string(storage.n_items) + ", found " +
               std::to_string(count) + "; the file is damaged");
    }
    return at + kCountBytes;
  }

  const InputFile& file_;
  const std::string_view start_;
  const std::string path_;
  size_t at_ = 0;
};

}  // namespace

LegacyTorch parse_legacy_torch(const InputFile& file, std::string_view start) {
  if (!is_legacy_torch(file)) {
    throw CheckpointError(ErrorKind::kCorrupt, file.path().string(), "",
                          "expected what torch.save writes, found another start; the file is "
                          "damaged, or something else");
  }
  return LegacyParser(file, start).parse();
}

bool is_legacy_torch(const InputFile& file) {
  std::string start(std::min<uint64_t>(file.size(), 32),
                    '\0');  // protocol 4 puts a frame before it
  file.read_at(0, start.data(), start.size());
  return start.starts_with('\x80') && start.find(kMagic) != std::string::npos;
}

}  // namespace gpt2run
