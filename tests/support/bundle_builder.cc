#include "support/bundle_builder.h"

#include <snappy.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <random>
#include <stdexcept>

#include "loader/bundle_index.h"
#include "loader/crc32c.h"
#include "loader/families.h"
#include "loader/ordered_code.h"
#include "loader/table.h"
#include "loader/weight_slots.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

std::string little_endian(uint64_t value, size_t n_bytes) {
  std::string bytes;
  for (size_t i = 0; i < n_bytes; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFF);
  return bytes;
}

// Entries with shared prefixes, then the restart points.
class BlockBuilder {
 public:
  explicit BlockBuilder(int restart_interval) : interval_(restart_interval) {}

  void add(const std::string& key, const std::string& value) {
    size_t n_shared = 0;
    if (n_entries_ % interval_ == 0) {
      restarts_.push_back(bytes_.size());
    } else {
      while (n_shared < std::min(key.size(), last_key_.size()) &&
             key[n_shared] == last_key_[n_shared]) {
        ++n_shared;
      }
    }
    bytes_ += varint(n_shared) + varint(key.size() - n_shared) + varint(value.size()) +
              key.substr(n_shared) + value;
    last_key_ = key;
    ++n_entries_;
  }

  size_t n_bytes() const { return bytes_.size(); }
  const std::string& last_key() const { return last_key_; }

  std::string finish() {
    if (restarts_.empty()) restarts_.push_back(0);
    for (const uint64_t restart : restarts_) bytes_ += little_endian(restart, 4);
    return bytes_ + little_endian(restarts_.size(), 4);
  }

 private:
  int interval_;
  int n_entries_ = 0;
  std::string bytes_, last_key_;
  std::vector<uint64_t> restarts_;
};

// Appends a block and its trailer; returns its handle.
std::string append_block(std::string& file, const std::string& stored, char type) {
  const std::string handle = varint(file.size()) + varint(stored.size());
  const std::string covered = stored + type;
  file += covered + little_endian(mask_crc32c(crc32c(covered.data(), covered.size())), 4);
  return handle;
}

}  // namespace

std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}

std::string proto_number(int field, uint64_t value) {
  return varint(static_cast<uint64_t>(field) << 3) + varint(value);
}

std::string proto_bytes(int field, const std::string& bytes) {
  return varint(static_cast<uint64_t>(field) << 3 | 2) + varint(bytes.size()) + bytes;
}

std::string proto_shape(const std::vector<int64_t>& shape) {
  std::string proto;
  for (const int64_t size : shape) {
    proto += proto_bytes(2, size == 0 ? "" : proto_number(1, static_cast<uint64_t>(size)));
  }
  return proto;
}

std::string proto_slice(const std::vector<SliceExtent>& extents) {
  std::string proto;
  for (const SliceExtent& extent : extents) {
    std::string inner;
    if (extent.start != 0) inner += proto_number(1, static_cast<uint64_t>(extent.start));
    if (extent.length != SliceExtent::kFull) {
      inner += proto_number(2, static_cast<uint64_t>(extent.length));
    }
    proto += proto_bytes(1, inner);
  }
  return proto;
}

std::string table_footer(uint64_t metaindex_offset, uint64_t metaindex_bytes, uint64_t index_offset,
                         uint64_t index_bytes) {
  std::string footer = varint(metaindex_offset) + varint(metaindex_bytes) + varint(index_offset) +
                       varint(index_bytes);
  footer.resize(kTableFooterBytes - 8, '\0');
  return footer + little_endian(kTableMagic, 8);
}

std::string TableBuilder::build(
    const std::vector<std::pair<std::string, std::string>>& entries) const {
  std::string file;
  BlockBuilder index(1);
  const auto end_block = [&](BlockBuilder& block) {
    std::string stored = block.finish();
    edit_block(stored);
    char type = snappy ? 1 : 0;
    if (snappy) {
      std::string packed;
      snappy::Compress(stored.data(), stored.size(), &packed);
      stored = packed;
    }
    edit_stored(stored, type);
    index.add(block.last_key(), append_block(file, stored, type));
    block = BlockBuilder(restart_interval);
  };
  BlockBuilder block(restart_interval);
  for (const auto& [key, value] : entries) {
    block.add(key, value);
    if (block.n_bytes() >= block_bytes) end_block(block);
  }
  if (block.n_bytes() > 0) end_block(block);
  const size_t metaindex_at = file.size();
  append_block(file, BlockBuilder(1).finish(), 0);
  std::string index_block = index.finish();
  edit_index_block(index_block);
  const size_t index_at = file.size();
  append_block(file, index_block, 0);
  std::string footer = table_footer(metaindex_at, 8, index_at, index_block.size());
  edit_footer(footer);
  return file + footer;
}

BundleBuilder::BundleBuilder(const Hparams& sizes) : hparams(sizes) {
  std::vector<WeightSlot> slots = model_weights(hparams);
  for (int layer = 0; layer < hparams.n_layer; ++layer) {
    for (const WeightSlot& slot : block_weights(hparams, layer)) slots.push_back(slot);
  }
  std::mt19937 random(1);
  for (const WeightSlot& slot : slots) {
    BuiltTensor& tensor = add(slot.name, family_shape(Family::kOpenAi, slot.name, slot.shape));
    std::vector<float> values(tensor.data.size() / 4);
    for (float& value : values) value = static_cast<float>(random() % 2000) / 1000 - 1;
    tensor.data = float_bytes(values);
  }
}

BuiltTensor& BundleBuilder::tensor(const std::string& name) {
  for (BuiltTensor& tensor : tensors) {
    if (tensor.name == name) return tensor;
  }
  throw std::logic_error("no tensor " + name);
}

void BundleBuilder::erase(const std::string& name) {
  tensors.erase(tensors.begin() + (&tensor(name) - tensors.data()));
}

BuiltTensor& BundleBuilder::add(const std::string& name, const std::vector<int64_t>& shape) {
  size_t n = 4;
  for (const int64_t size : shape) n *= static_cast<size_t>(size);
  BuiltTensor& tensor = tensors.emplace_back();
  tensor.name = name;
  tensor.shape = shape;
  tensor.data.assign(n, '\0');
  return tensor;
}

void BundleBuilder::partition(const std::string& name, const std::vector<int64_t>& starts) {
  const BuiltTensor whole = tensor(name);
  const size_t row_bytes = whole.data.size() / static_cast<size_t>(whole.shape[0]);
  std::string slices;
  for (size_t i = 0; i < starts.size(); ++i) {
    const int64_t end = i + 1 < starts.size() ? starts[i + 1] : whole.shape[0];
    std::vector<SliceExtent> extents(whole.shape.size());
    extents[0] = {starts[i], end - starts[i]};
    BuiltTensor part = whole;
    part.name = slice_key(name, extents);
    part.shape[0] = end - starts[i];
    part.data = whole.data.substr(static_cast<size_t>(starts[i]) * row_bytes,
                                  static_cast<size_t>(end - starts[i]) * row_bytes);
    slices += proto_bytes(7, proto_slice(extents));
    tensors.push_back(part);
  }
  BuiltTensor& variable = tensor(name);
  variable.is_partitioned = true;
  variable.data.clear();
  variable.extra = slices;
}

std::string BundleBuilder::entry_proto(const BuiltTensor& tensor) {
  std::string proto = proto_number(1, static_cast<uint64_t>(tensor.dtype)) +
                      proto_bytes(2, proto_shape(tensor.shape));
  if (!tensor.is_partitioned) {
    proto += proto_number(3, static_cast<uint64_t>(tensor.shard)) + proto_number(4, tensor.offset) +
             proto_number(5, tensor.data.size()) + '\x35' +
             little_endian(mask_crc32c(crc32c(tensor.data.data(), tensor.data.size())), 4);
  }
  return proto + tensor.extra;
}

void BundleBuilder::lay_out() {
  std::sort(tensors.begin(), tensors.end(),
            [](const BuiltTensor& a, const BuiltTensor& b) { return a.name < b.name; });
  std::map<int, uint64_t> ends;
  for (BuiltTensor& tensor : tensors) {
    tensor.offset = ends[tensor.shard];
    ends[tensor.shard] += tensor.data.size();
  }
}

void BundleBuilder::write(const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  lay_out();
  if (header.empty()) {
    header = proto_number(1, static_cast<uint64_t>(n_shards)) + proto_bytes(3, proto_number(1, 1));
  }
  std::vector<std::pair<std::string, std::string>> entries = {{"", header}};
  std::map<int, std::string> shards;
  for (int shard = 0; shard < n_shards; ++shard) shards[shard];
  for (const BuiltTensor& tensor : tensors) {
    entries.emplace_back(tensor.name, entry_proto(tensor));
    shards[tensor.shard] += tensor.data;
  }
  edit_entries(entries);
  const std::filesystem::path prefix = folder / "model.ckpt";
  write_bytes(prefix.string() + ".index", table.build(entries));
  for (const auto& [shard, bytes] : shards) write_bytes(shard_path(prefix, shard, n_shards), bytes);
  write_bytes(folder / "checkpoint", "model_checkpoint_path: \"model.ckpt\"\n");
  write_bytes(folder / "hparams.json", "{\"n_vocab\": " + std::to_string(hparams.n_vocab) +
                                           ", \"n_ctx\": " + std::to_string(hparams.n_ctx) +
                                           ", \"n_embd\": " + std::to_string(hparams.n_embd) +
                                           ", \"n_head\": " + std::to_string(hparams.n_head) +
                                           ", \"n_layer\": " + std::to_string(hparams.n_layer) +
                                           "}\n");
}

std::string float_bytes(const std::vector<float>& values) {
  std::string bytes(values.size() * sizeof(float), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

}  // namespace gpt2run
