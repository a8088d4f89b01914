#include "loader/write_bundle.h"

#include <algorithm>
#include <cassert>
#include <memory>
#include <string_view>

#include "base/output_file.h"
#include "loader/bundle_index.h"
#include "loader/convert.h"
#include "loader/crc32c.h"
#include "loader/dtype.h"
#include "loader/proto_writer.h"
#include "loader/table_writer.h"
#include "loader/write_values.h"

namespace gpt2run {
namespace {

constexpr int kStringType = 7;

// What follows is as in tensorflow core/protobuf/tensor_bundle.proto and types.proto.

std::string header_text() {
  ProtoWriter version;
  version.number(1, 1);                                          // producer
  return ProtoWriter().number(1, 1).message(3, version).text();  // one data file
}

int type_number(DType dtype) {
  for (int number = 1;
       const TensorFlowType* type = find_tensorflow_type(static_cast<uint64_t>(number)); ++number) {
    if (type->dtype == dtype) return number;
  }
  assert(false);
  return 0;
}

ProtoWriter shape_proto(const std::vector<int64_t>& shape) {
  ProtoWriter proto;
  for (const int64_t size : shape) {
    proto.message(2, ProtoWriter().number(1, static_cast<uint64_t>(size)));
  }
  return proto;
}

// The data file, and its index as it grows.
class BundleWriter {
 public:
  BundleWriter(const std::filesystem::path& data, uint64_t n_bytes) : data_(data, n_bytes) {
    data_.watch(
        [this](std::string_view bytes) { crc_ = extend_crc32c(crc_, bytes.data(), bytes.size()); });
    index_.add("", header_text());
  }

  void add(const TensorToWrite& tensor, const float* values) {
    const uint64_t offset = begin();
    write_values(data_, tensor, values);
    add_entry(tensor.name, type_number(tensor.dtype), tensor.shape, offset);
  }

  // The text's length, a checksum of the lengths (as 4 bytes each), the text. The entry's checksum
  // is of the 4 bytes where the file has a varint.
  // Source: tensorflow core/util/tensor_bundle/tensor_bundle.cc, WriteStringTensor.
  void add(const std::string& name, const std::string& text) {
    const uint64_t offset = begin();
    std::string length, fixed_length;
    append_varint(length, text.size());
    data_.write(length);
    append_little_endian(fixed_length, text.size(), text.size() > UINT32_MAX ? 8 : 4);
    crc_ = crc32c(fixed_length.data(), fixed_length.size());
    std::string checksum;
    append_little_endian(checksum, mask_crc32c(crc_), 4);
    data_.write(checksum);
    data_.write(text);
    add_entry(name, kStringType, {}, offset);
  }

  std::string finish() {
    data_.finish();
    return index_.finish();
  }

 private:
  uint64_t begin() {
    crc_ = 0;
    return data_.n_written();
  }

  void add_entry(const std::string& name, int type, const std::vector<int64_t>& shape,
                 uint64_t offset) {
    ProtoWriter entry;
    entry.number(1, static_cast<uint64_t>(type))
        .message(2, shape_proto(shape))
        .number(4, offset)
        .number(5, data_.n_written() - offset)
        .fixed32(6, mask_crc32c(crc_));
    index_.add(name, entry.text());
  }

  OutputFile data_;
  TableWriter index_;
  uint32_t crc_ = 0;  // of the tensor that is being written
};

}  // namespace

void write_bundle(const std::filesystem::path& prefix, const std::vector<TensorToWrite>& tensors,
                  const ReadTensor& read, const std::map<std::string, std::string>& strings) {
  constexpr uint64_t kMaxStringHead = 14;      // bytes before a string's own
  std::map<std::string_view, size_t> by_name;  // tensors.size(): a string
  uint64_t n_bytes = 0;
  size_t n_largest = 0;
  for (size_t i = 0; i < tensors.size(); ++i) {
    by_name.emplace(tensors[i].name, i);
    n_bytes += tensors[i].n_items() * item_size(tensors[i].dtype);
    n_largest = std::max<size_t>(n_largest, tensors[i].n_items());
  }
  for (const auto& [name, text] : strings) {
    by_name.emplace(name, tensors.size());
    n_bytes += kMaxStringHead + text.size();
  }
  assert(by_name.size() == tensors.size() + strings.size());
  // One for all tensors: the system would clear fresh memory for each.
  const auto values = std::make_unique_for_overwrite<float[]>(n_largest);
  BundleWriter bundle(shard_path(prefix, 0, 1), n_bytes);
  for (const auto& [name, index] : by_name) {
    if (index == tensors.size()) {
      bundle.add(std::string(name), strings.at(std::string(name)));
      continue;
    }
    read(index, values.get());
    bundle.add(tensors[index], values.get());
  }
  write_small_file(prefix.string() + ".index", bundle.finish());
}

std::string state_file_text(const std::string& prefix) {
  std::string text;
  for (const char* key : {"model_checkpoint_path", "all_model_checkpoint_paths"}) {
    text += std::string(key) + ": \"" + prefix + "\"\n";
  }
  return text;
}

}  // namespace gpt2run
