#include "loader/tf_v1.h"

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "base/printable.h"
#include "loader/bundle_index.h"
#include "loader/checkpoint_error.h"
#include "loader/convert.h"
#include "loader/describe.h"
#include "loader/file_kind.h"
#include "loader/ordered_code.h"
#include "loader/proto_reader.h"
#include "loader/tensor_name.h"

namespace gpt2run {
namespace {

constexpr size_t kPieceItems = size_t{64} << 10;

// Fields of TensorProto that hold items.
enum ValueField : uint32_t { kContent = 4, kFloat = 5, kDouble = 6, kHalf = 13 };

uint32_t value_field(DType dtype) {
  if (dtype == DType::kFloat32) return kFloat;
  return dtype == DType::kFloat64 ? kDouble : kHalf;  // bfloat16's too
}

const InputFile& checked_table(const InputFile& file) {
  refuse_foreign_file(file);
  return file;
}

std::string entry_text(std::string_view name) {
  return "tensor \"" + printable(name) + "\"";
}

// Items of 16 bits are varints, a byte to three each; the others stand as they are.
void append_packed(const ProtoReader& reader, uint32_t field, std::string_view packed,
                   std::string& items) {
  if (field != kHalf) {
    items += packed;
    return;
  }
  while (!packed.empty()) {
    const auto value = take_varint(packed);
    if (!value || *value > 0xFFFF) reader.fail("its half_val: expected numbers of 16 bits");
    items += static_cast<char>(*value & 0xFF);
    items += static_cast<char>(*value >> 8);
  }
}

void append_number(std::string& items, uint64_t value, size_t n_bytes) {
  items.append(reinterpret_cast<const char*>(&value), n_bytes);
}

// A TensorProto's items, as they would stand in a file.
std::string items_of(const ProtoReader& reader, std::string_view proto,
                     const TensorFlowType& type) {
  std::string items;
  const uint32_t wanted = value_field(type.dtype);
  for (const ProtoField& field : reader.fields(proto, "data")) {
    if (field.number == 1 && reader.type(field) != &type) {
      reader.fail(std::string("expected data that is ") + type.name + ", found " +
                  reader.type(field)->name);
    }
    if (field.number == kContent) items += reader.message(field, "tensor_content");
    if (field.number != wanted) continue;
    if (field.type == WireType::kBytes) {
      append_packed(reader, wanted, field.bytes, items);
    } else {
      if (wanted == kHalf) reader.number(field, "half_val", 0xFFFF);
      append_number(items, field.value, type.n_bytes);
    }
  }
  return items;
}

}  // namespace

TensorFlowV1::TensorFlowV1(const std::filesystem::path& path)
    : file_(path), path_(path.string()), table_(checked_table(file_)) {
  const ProtoReader reader(path_, "header");
  bool has_header = false;
  table_.find("", [&](std::string_view value) {
    for (const ProtoField& field : reader.fields(value, "content")) {
      if (!field.is(1, WireType::kBytes)) continue;  // SavedTensorSlices.meta
      has_header = true;
      for (const ProtoField& part : reader.fields(field.bytes, "meta")) {
        if (part.number == 1) add_tensor(reader.message(part, "tensor"));
      }
    }
  });
  if (!has_header) {
    reader.fail(
        "expected a V1 checkpoint's list of tensors under the empty key, found none; the "
        "file is damaged, or is none");
  }
  std::unordered_set<std::string_view> names;
  for (const TensorInfo& tensor : tensors_) {
    if (!names.insert(tensor.name).second) {
      ProtoReader(path_, entry_text(tensor.name)).fail("stands twice; the file is damaged");
    }
  }
}

void TensorFlowV1::add_tensor(std::string_view meta) {
  TensorInfo tensor;
  const TensorFlowType* type = nullptr;
  std::vector<Slice> slices;
  ProtoReader reader(path_, "tensor " + std::to_string(tensors_.size()));
  for (const ProtoField& field : reader.fields(meta, "entry")) {
    if (field.number == 1) {
      tensor.name = reader.message(field, "name");
      check_tensor_name(path_, tensor.name);
      reader = ProtoReader(path_, entry_text(tensor.name));
    }
    if (field.number == 2) tensor.shape = reader.shape(reader.message(field, "shape"));
    if (field.number == 3) type = reader.type(field);
    if (field.number == 4) slices.push_back({reader.slice(reader.message(field, "slice")), ""});
    if (slices.size() > kMaxSlices) {
      reader.fail("has more than " + std::to_string(kMaxSlices) + " slices",
                  ErrorKind::kUnsupported);
    }
  }
  check_tensor_name(path_, tensor.name);
  if (type == nullptr) reader.fail("its dtype: expected one of TensorFlow's (1 to 32), found none");
  tensor.dtype = type->dtype;
  tensor.dtype_text = type->name;
  tensor.n_bytes = reader.size_of(*type, tensor.shape);
  if (tensor.n_items() == 0) slices.clear();  // there is nothing to read
  std::vector<const SliceExtents*> all;
  for (Slice& slice : slices) {
    slice.key = slice_key(tensor.name, slice.extents);
    const auto problem = resolve_slice(tensor.shape, slice.extents);
    if (problem) reader.fail(*problem + "; the file is damaged");
    all.push_back(&slice.extents);
  }
  if (const auto problem = check_cover(tensor.shape, all)) {
    reader.fail(*problem + "; the file is damaged, or one of several of a sharded checkpoint");
  }
  tensors_.push_back(std::move(tensor));
  types_.push_back(type);
  slices_.push_back(std::move(slices));
}

void TensorFlowV1::read_float32(size_t index, float* out, const ReadProgress& on_read) const {
  for (const Slice& slice : slices_[index]) read_slice(index, slice, out, on_read);
}

void TensorFlowV1::check(size_t index) const {
  if (is_readable_float(tensors_[index].dtype)) {
    TensorSource::check(index);
    return;
  }
  for (const Slice& slice : slices_[index]) {  // finding one checks its block
    if (!table_.find(slice.key, [](std::string_view) {})) throw_missing_slice(index);
  }
}

void TensorFlowV1::throw_missing_slice(size_t index) const {
  ProtoReader(path_, entry_text(tensors_[index].name))
      .fail("the data of one of its slices is missing; the file is damaged");
}

void TensorFlowV1::read_slice(size_t index, const Slice& slice, float* out,
                              const ReadProgress& on_read) const {
  const TensorInfo& tensor = tensors_[index];
  const TensorFlowType& type = *types_[index];
  const ProtoReader reader(path_, entry_text(tensor.name));
  std::string items;
  const bool is_found = table_.find(slice.key, [&](std::string_view value) {
    for (const ProtoField& field : reader.fields(value, "slice's content")) {
      if (field.number != 2) continue;  // SavedTensorSlices.data
      for (const ProtoField& part : reader.fields(reader.message(field, "slice"), "slice")) {
        if (part.number == 1 && reader.message(part, "name") != tensor.name) {
          reader.fail("expected its slice, found one of \"" + printable(part.bytes) + "\"");
        }
        if (part.number == 3) items = items_of(reader, reader.message(part, "data"), type);
      }
    }
  });
  if (!is_found) throw_missing_slice(index);
  uint64_t n_items = 1;
  for (const int64_t size : slice_shape(slice.extents)) n_items *= static_cast<uint64_t>(size);
  if (items.size() != n_items * type.n_bytes) {
    reader.fail("expected " + std::to_string(n_items) + " items of " + type.name + ", found " +
                std::to_string(items.size()) + " bytes; the file is damaged");
  }
  for (uint64_t done = 0; done < n_items; done += kPieceItems) {
    const uint64_t n_piece = std::min<uint64_t>(kPieceItems, n_items - done);
    for_each_run(tensor.shape, slice.extents, done, n_piece,
                 [&](uint64_t from, uint64_t to, uint64_t n) {
                   to_float32(type.dtype, items.data() + from * type.n_bytes, n, out + to);
                   if (on_read) on_read(out + to, n);
                 });
  }
}

}  // namespace gpt2run
