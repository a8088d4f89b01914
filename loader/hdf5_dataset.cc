#include "loader/hdf5_dataset.h"

#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/describe.h"
#include "loader/dtype.h"
#include "loader/tensor_checks.h"

namespace gpt2run {
namespace {

std::string dataset_text(const std::string& name) {
  return "dataset \"" + printable(name) + "\"";
}

class DatasetReader {
 public:
  DatasetReader(Hdf5Input& input, const Hdf5Object& object, const std::string& name)
      : input_(input), object_(object) {
    found_.info.name = name;
    found_.address = object.address;
  }

  Hdf5Dataset run() {
    set_type();
    set_shape();
    if (object_.find(Hdf5Message::kExternalFiles) != nullptr) refuse_other_files();
    const Hdf5Layout layout = parse_hdf5_layout(input_, message(Hdf5Message::kLayout, "layout"));
    if (layout.kind == Hdf5Layout::Kind::kVirtual) refuse_other_files();
    const bool is_needed = is_readable_float(found_.info.dtype);
    if (found_.info.n_items() == 0) return std::move(found_);
    if (layout.kind != Hdf5Layout::Kind::kChunked) {
      place_together(layout, is_needed);
    } else if (is_needed) {
      place_chunks(layout);
    }
    return std::move(found_);
  }

 private:
  [[noreturn]] void fail(const std::string& what, ErrorKind kind = ErrorKind::kCorrupt) const {
    const bool is_damage = kind == ErrorKind::kCorrupt && what.find(';') == std::string::npos;
    throw CheckpointError(kind, input_.file().path().string(), dataset_text(found_.info.name),
                          what + (is_damage ? "; the file is damaged, download it again" : ""));
  }

  [[noreturn]] void refuse_other_files() const {
    fail("has its data in other files; copy it into this one", ErrorKind::kUnsupported);
  }

  const Hdf5Message& message(Hdf5Message::Type type, const char* what) const {
    const Hdf5Message* found = object_.find(type);
    if (found == nullptr) fail(std::string("has no ") + what);
    if (found->is_shared) {
      fail(std::string("has its ") + what +
               " elsewhere in the file, which is not read; copy it to "
               "a new file",
           ErrorKind::kUnsupported);
    }
    return *found;
  }

  void set_type() {
    const Hdf5Type type = parse_hdf5_type(input_, message(Hdf5Message::kDatatype, "type"));
    n_item_bytes_ = type.n_bytes;
    found_.info.dtype = type.dtype;
    found_.info.dtype_text =
        type.dtype != DType::kOther
            ? dtype_name(type.dtype)
            : "another HDF5 type of " + std::to_string(type.n_bytes) + " bytes";
  }

  void set_shape() {
    found_.info.shape = parse_hdf5_shape(input_, message(Hdf5Message::kDataspace, "shape"));
    const auto n_items = checked_product(found_.info.shape);
    uint64_t n_bytes = 0;
    if (!n_items || __builtin_mul_overflow(*n_items, n_item_bytes_, &n_bytes) ||
        n_bytes > INT64_MAX) {
      fail("its shape " + shape_text(found_.info.shape) + " describes more than 2^63 bytes");
    }
    found_.info.n_bytes = n_bytes;
  }

  void place_together(const Hdf5Layout& layout, bool is_needed) {
    const uint64_t n_bytes = found_.info.n_bytes;
    const bool is_here = layout.address <= input_.n_bytes() &&
                         n_bytes <= input_.n_bytes() - layout.address && n_bytes == layout.n_bytes;
    if (is_here) {
      found_.offset = input_.offset(layout.address, n_bytes, "a dataset's items");
    } else if (is_needed && layout.address == kHdf5NoAddress) {
      fail("has no data: it was never written; save the model again");
    } else if (is_needed) {
      fail("expected its " + std::to_string(n_bytes) + " bytes inside the file's " +
           std::to_string(input_.file().size()) + ", found " + std::to_string(layout.n_bytes) +
           " at address " + std::to_string(layout.address) +
           "; the file is cut off or damaged, download it again");
    }
  }

  void place_chunks(const Hdf5Layout& layout) {
    if (layout.address == kHdf5NoAddress) {
      fail("has no data: it was never written; save the model again");
    }
    if (layout.chunk.size() != found_.info.shape.size() || layout.n_item_bytes != n_item_bytes_) {
      fail("expected chunks of " + std::to_string(found_.info.shape.size()) +
           " dimensions and items of " + std::to_string(n_item_bytes_) + " bytes, found " +
           std::to_string(layout.chunk.size()) + " and " + std::to_string(layout.n_item_bytes));
    }
    set_filters();
    found_.chunks = list_hdf5_chunks(input_, found_.info.shape, layout);
    found_.chunk_shape.assign(layout.chunk.begin(), layout.chunk.end());
    uint64_t n_stored = 0;  // at most the file's bytes
    for (const Hdf5Chunk& chunk : found_.chunks) n_stored += chunk.n_bytes;
    const uint64_t max_ratio = found_.filters.empty() ? 1 : kMaxHdf5GzipRatio;
    if (found_.info.n_bytes / max_ratio > n_stored) {
      fail("expected " + std::to_string(found_.info.n_bytes) + " bytes, found " +
           std::to_string(n_stored) + " stored, which cannot be");
    }
  }

  void set_filters() {
    const Hdf5Message* filters = object_.find(Hdf5Message::kFilters);
    if (filters == nullptr) return;
    found_.filters = parse_hdf5_filters(input_, message(Hdf5Message::kFilters, "filters"));
    for (const Hdf5Filter& filter : found_.filters) {
      if (is_known_hdf5_filter(filter)) continue;
      fail("is packed with HDF5's filter " + std::to_string(filter.id) + " \"" +
               printable(filter.name) +
               "\", expected gzip, shuffle or fletcher32; save it again with one of them",
           ErrorKind::kUnsupported);
    }
  }

  Hdf5Input& input_;
  const Hdf5Object& object_;
  uint64_t n_item_bytes_ = 0;
  Hdf5Dataset found_;
};

}  // namespace

Hdf5Dataset describe_hdf5_dataset(Hdf5Input& input, const Hdf5Object& object,
                                  const std::string& name) {
  try {
    return DatasetReader(input, object, name).run();
  } catch (const InputError& error) {
    const std::string path = input.file().path().string(), text = error.what();
    const std::string what = text.substr(path.size() + 2);  // after "path: "
    const std::string where = dataset_text(name);
    if (what.starts_with(where)) throw;
    throw CheckpointError(error.kind(), path, where, what);
  }
}

std::string read_hdf5_chunk(const InputFile& file, const Hdf5Dataset& dataset,
                            const Hdf5Chunk& chunk) {
  const uint64_t n_item_bytes = dataset.n_item_bytes();
  uint64_t n_bytes = n_item_bytes;  // at most 1 GiB
  for (const int64_t size : dataset.chunk_shape) n_bytes *= static_cast<uint64_t>(size);
  std::string bytes(chunk.n_bytes, '\0');
  file.read_at(chunk.offset, bytes.data(), bytes.size());
  const auto problem =
      unpack_hdf5_chunk(dataset.filters, chunk.left_out, bytes, n_item_bytes, n_bytes);
  if (!problem) return bytes;
  throw CheckpointError(
      ErrorKind::kCorrupt, file.path().string(),
      dataset_text(dataset.info.name) + " at byte " + std::to_string(chunk.offset),
      "cannot be read: " + *problem + "; the file is damaged, download it again");
}

}  // namespace gpt2run
