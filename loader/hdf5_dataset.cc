#include "loader/hdf5_dataset.h"

#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/convert.h"
#include "loader/describe.h"
#include "loader/dtype.h"

namespace gpt2run {
namespace {

constexpr uint64_t kMaxChunkBytes = uint64_t{1} << 30;
constexpr uint64_t kMaxGzipRatio = 1032;  // deflate's own limit

class DatasetReader {
 public:
  DatasetReader(const Hdf5Session& hdf5, const std::string& path, hid_t file,
                const Hdf5Entry& entry, uint64_t n_file_bytes)
      : hdf5_(hdf5),
        path_(path),
        name_(entry.name),
        n_file_bytes_(n_file_bytes),
        dataset_(hdf5->H5Oopen_by_addr(file, entry.address), hdf5->H5Oclose),
        plist_(hdf5->H5Dget_create_plist(dataset_.get()), hdf5->H5Pclose) {
    found_.address = entry.address;
  }

  Hdf5Dataset run() {
    if (!plist_.is_valid()) fail_with_library("cannot be opened");
    const H5D_layout_t layout = hdf5_->H5Pget_layout(plist_.get());
    if (layout == H5D_VIRTUAL || hdf5_->H5Pget_external_count(plist_.get()) > 0) {
      fail("has its data in other files; copy it into this one", ErrorKind::kUnsupported);
    }
    found_.info.name = name_;
    set_type();
    set_shape();
    if (is_readable_float(found_.info.dtype) && found_.info.n_items() > 0) {
      if (layout == H5D_CONTIGUOUS) check_contiguous();
      if (layout == H5D_CHUNKED) check_chunked();
      if (layout == H5D_COMPACT) check_compact();
      if (layout != H5D_CONTIGUOUS && layout != H5D_CHUNKED && layout != H5D_COMPACT) {
        fail_with_library("has no known layout");
      }
    }
    return std::move(found_);
  }

 private:
  [[noreturn]] void fail(const std::string& what, ErrorKind kind = ErrorKind::kCorrupt) const {
    throw CheckpointError(kind, path_, "dataset \"" + printable(name_) + "\"", what);
  }
  [[noreturn]] void fail_with_library(const std::string& what) const {
    fail(what + ": " + hdf5_.take_error() + "; the file is damaged");
  }

  // sign, exponent and fraction from the top, as IEEE's types have them
  bool is_small_float(hid_t type, int n_exponent, int n_fraction, int bias) const {
    const Hdf5Id wanted(hdf5_->H5Tcopy(*hdf5_->H5T_IEEE_F32LE_g), hdf5_->H5Tclose);
    const auto n_exponent_bits = static_cast<size_t>(n_exponent);
    const auto n_fraction_bits = static_cast<size_t>(n_fraction);
    return wanted.is_valid() &&
           hdf5_->H5Tset_fields(wanted.get(), 15, n_fraction_bits, n_exponent_bits, 0,
                                n_fraction_bits) >= 0 &&
           hdf5_->H5Tset_size(wanted.get(), 2) >= 0 &&
           hdf5_->H5Tset_ebias(wanted.get(), static_cast<size_t>(bias)) >= 0 &&
           hdf5_->H5Tequal(type, wanted.get()) > 0;
  }

  DType dtype_of(hid_t type) const {
    const auto is = [&](hid_t wanted) { return hdf5_->H5Tequal(type, wanted) > 0; };
    if (is(*hdf5_->H5T_IEEE_F32LE_g)) return DType::kFloat32;
    if (is(*hdf5_->H5T_IEEE_F64LE_g)) return DType::kFloat64;
    if (is(*hdf5_->H5T_STD_I32LE_g)) return DType::kInt32;
    if (is(*hdf5_->H5T_STD_I64LE_g)) return DType::kInt64;
    if (is_small_float(type, 5, 10, 15)) return DType::kFloat16;
    if (is_small_float(type, 8, 7, 127)) return DType::kBFloat16;
    return hdf5_->H5Tget_class(type) == H5T_STRING ? DType::kString : DType::kOther;
  }

  void set_type() {
    const Hdf5Id type(hdf5_->H5Dget_type(dataset_.get()), hdf5_->H5Tclose);
    n_item_bytes_ = type.is_valid() ? hdf5_->H5Tget_size(type.get()) : 0;
    if (n_item_bytes_ == 0) fail_with_library("its type cannot be read");
    found_.info.dtype = dtype_of(type.get());
    found_.info.dtype_text =
        found_.info.dtype != DType::kOther
            ? dtype_name(found_.info.dtype)
            : "another HDF5 type of " + std::to_string(n_item_bytes_) + " bytes";
  }

  void set_shape() {
    const Hdf5Id space(hdf5_->H5Dget_space(dataset_.get()), hdf5_->H5Sclose);
    const int rank = space.is_valid() ? hdf5_->H5Sget_simple_extent_ndims(space.get()) : -1;
    if (rank < 0 || rank > H5S_MAX_RANK) fail_with_library("its shape cannot be read");
    hsize_t sizes[H5S_MAX_RANK] = {};
    if (hdf5_->H5Sget_simple_extent_dims(space.get(), sizes, nullptr) != rank) {
      fail_with_library("its shape cannot be read");
    }
    std::vector<int64_t> shape;
    uint64_t n_bytes = n_item_bytes_;
    bool overflow = false;
    for (int d = 0; d < rank; ++d) {
      overflow |= sizes[d] > INT64_MAX;
      overflow |= __builtin_mul_overflow(n_bytes, sizes[d], &n_bytes);
      shape.push_back(static_cast<int64_t>(sizes[d]));
    }
    if (overflow || n_bytes > INT64_MAX) {
      fail("its shape describes more than 2^63 bytes; the file is damaged");
    }
    // An empty dataset: no items, and no shape.
    if (hdf5_->H5Sget_simple_extent_type(space.get()) == H5S_NULL) shape = {0}, n_bytes = 0;
    found_.info.shape = std::move(shape);
    found_.info.n_bytes = n_bytes;
  }

  void check_contiguous() {
    const haddr_t offset = hdf5_->H5Dget_offset(dataset_.get());
    if (offset == HADDR_UNDEF) fail("has no data: it was never written");
    if (offset > n_file_bytes_ || found_.info.n_bytes > n_file_bytes_ - offset ||
        hdf5_->H5Dget_storage_size(dataset_.get()) != found_.info.n_bytes) {
      fail("expected its " + std::to_string(found_.info.n_bytes) + " bytes inside the file's " +
           std::to_string(n_file_bytes_) + ", found them at " + std::to_string(offset) +
           "; the file is cut off or damaged, download it again");
    }
    found_.offset = offset;
  }

  // The library copies as much as the shape says, whatever is there.
  void check_compact() const {
    const uint64_t n_stored = hdf5_->H5Dget_storage_size(dataset_.get());
    if (n_stored == found_.info.n_bytes) return;
    fail("expected " + std::to_string(found_.info.n_bytes) + " bytes, found " +
         std::to_string(n_stored) + " stored; the file is damaged");
  }

  // Of the product of all chunks nothing may be missing: the library would make up zeros.
  void check_chunked() {
    const int n_filters = check_filters();
    hsize_t chunk[H5S_MAX_RANK] = {};
    const auto rank = static_cast<int>(found_.info.shape.size());
    if (hdf5_->H5Pget_chunk(plist_.get(), H5S_MAX_RANK, chunk) != rank) {
      fail_with_library("its chunks' shape cannot be read");
    }
    uint64_t n_chunks = 1, n_chunk_bytes = n_item_bytes_;
    bool overflow = false;
    for (int d = 0; d < rank; ++d) {
      const auto size = static_cast<uint64_t>(found_.info.shape[static_cast<size_t>(d)]);
      if (chunk[d] == 0) fail("has chunks of no items; the file is damaged");
      overflow |=
          __builtin_mul_overflow(n_chunks, size / chunk[d] + (size % chunk[d] != 0), &n_chunks);
      overflow |= __builtin_mul_overflow(n_chunk_bytes, chunk[d], &n_chunk_bytes);
    }
    if (overflow || n_chunk_bytes > kMaxChunkBytes) {
      fail("has chunks of more than 1 GiB", ErrorKind::kUnsupported);
    }
    const uint64_t n_stored = hdf5_->H5Dget_storage_size(dataset_.get());
    const uint64_t max_ratio = n_filters > 0 ? kMaxGzipRatio : 1;
    if (n_stored > n_file_bytes_ || found_.info.n_bytes / max_ratio > n_stored) {
      fail("expected " + std::to_string(found_.info.n_bytes) + " bytes, found " +
           std::to_string(n_stored) + " stored in a file of " + std::to_string(n_file_bytes_) +
           "; the file is cut off or damaged");
    }
    hsize_t n_found = 0;
    const Hdf5Id space(hdf5_->H5Dget_space(dataset_.get()), hdf5_->H5Sclose);
    if (hdf5_->H5Dget_num_chunks(dataset_.get(), space.get(), &n_found) < 0) {
      fail_with_library("its chunks cannot be counted");
    }
    if (n_found != n_chunks) {
      fail("expected " + std::to_string(n_chunks) + " chunks, found " + std::to_string(n_found) +
           "; the file was never finished, or is damaged");
    }
  }

  int check_filters() const {
    const int n_filters = hdf5_->H5Pget_nfilters(plist_.get());
    if (n_filters < 0) fail_with_library("its filters cannot be read");
    for (int i = 0; i < n_filters; ++i) {
      unsigned flags = 0;
      size_t n_values = 0;
      char name[256] = {};
      const H5Z_filter_t filter =
          hdf5_->H5Pget_filter2(plist_.get(), static_cast<unsigned>(i), &flags, &n_values, nullptr,
                                sizeof(name) - 1, name, nullptr);
      if (filter == H5Z_FILTER_DEFLATE || filter == H5Z_FILTER_SHUFFLE ||
          filter == H5Z_FILTER_FLETCHER32) {
        continue;
      }
      if (filter < 0) fail_with_library("its filters cannot be read");
      fail("is packed with HDF5's filter " + std::to_string(filter) + " \"" + printable(name) +
               "\", expected gzip, shuffle or fletcher32; save it again with one of them",
           ErrorKind::kUnsupported);
    }
    return n_filters;
  }

  const Hdf5Session& hdf5_;
  const std::string& path_;
  const std::string& name_;
  uint64_t n_file_bytes_;
  Hdf5Id dataset_;
  Hdf5Id plist_;
  uint64_t n_item_bytes_ = 0;
  Hdf5Dataset found_;
};

}  // namespace

Hdf5Dataset describe_hdf5_dataset(const Hdf5Session& hdf5, const std::string& path, hid_t file,
                                  const Hdf5Entry& entry, uint64_t n_file_bytes) {
  return DatasetReader(hdf5, path, file, entry, n_file_bytes).run();
}

}  // namespace gpt2run
