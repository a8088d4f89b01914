#include "loader/hdf5_file.h"

#include <algorithm>
#include <cstring>

#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/convert.h"
#include "loader/hdf5_api.h"
#include "loader/hdf5_dataset.h"
#include "loader/hdf5_tree.h"

namespace gpt2run {
namespace {

constexpr unsigned kReadOnly = 0;  // H5F_ACC_RDONLY, which is a call of the library
constexpr size_t kPieceItems = size_t{64} << 10;

// The end of the file as its superblock has it, where addresses take eight bytes; 0 if it is not
// known. Source: the HDF5 file format specification, "Disk Format: Level 0A".
uint64_t stored_end(const InputFile& file) {
  unsigned char start[64] = {};
  if (file.size() < sizeof(start)) return 0;
  file.read_at(0, start, sizeof(start));
  const unsigned version = start[8];
  if (std::memcmp(start, "\x89HDF\r\n\x1a\n", 8) != 0 || version > 3) return 0;
  const bool has_long_addresses = start[version < 2 ? 13 : 9] == 8;
  const size_t at = version == 0 ? 40 : version == 1 ? 44 : 28;
  uint64_t end = 0;
  for (size_t i = 8; i-- > 0;) end = end << 8 | start[at + i];
  return has_long_addresses ? end : 0;
}

void refuse_truncated(const std::string& path) {
  const InputFile file(path);
  const uint64_t end = stored_end(file);
  if (end > file.size()) throw TruncatedError(path, "", "its header", end, file.size());
}

hid_t open_file(const Hdf5Session& hdf5, const std::string& path) {
  const Hdf5Id access(hdf5->H5Pcreate(*hdf5->H5P_CLS_FILE_ACCESS_ID_g), hdf5->H5Pclose);
  hdf5->H5Pset_fclose_degree(access.get(), H5F_CLOSE_STRONG);
  hdf5->H5Pset_file_locking(access.get(), false, true);  // a read-only disk has no locks
  const hid_t file = hdf5->H5Fopen(path.c_str(), kReadOnly, access.get());
  if (file >= 0) return file;
  refuse_truncated(path);
  throw CheckpointError(ErrorKind::kCorrupt, path, "",
                        "is no whole HDF5 file: " + hdf5.take_error() + "; download it again");
}

void check_no_overlap(const std::string& path, std::vector<const Hdf5Dataset*> datasets) {
  std::erase_if(datasets, [](const Hdf5Dataset* dataset) { return !dataset->offset; });
  std::sort(datasets.begin(), datasets.end(),
            [](const Hdf5Dataset* a, const Hdf5Dataset* b) { return *a->offset < *b->offset; });
  for (size_t i = 1; i < datasets.size(); ++i) {
    const Hdf5Dataset& before = *datasets[i - 1];
    const Hdf5Dataset& dataset = *datasets[i];
    const bool is_same_object = before.address == dataset.address;  // under two names
    if (!is_same_object && *dataset.offset < *before.offset + before.info.n_bytes) {
      throw CheckpointError(ErrorKind::kCorrupt, path,
                            "dataset \"" + printable(dataset.info.name) + "\"",
                            "its bytes overlap those of \"" + printable(before.info.name) +
                                "\"; the file is damaged");
    }
  }
}

}  // namespace

struct Hdf5File::Handle {
  explicit Handle(const std::string& file_path) : path(file_path) {}
  ~Handle() {
    if (file < 0) return;
    const Hdf5Session hdf5(path);
    hdf5->H5Fclose(file);
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;

  const std::string& path;
  hid_t file = -1;
  std::vector<Hdf5Dataset> datasets;
};

Hdf5File::Hdf5File(const std::filesystem::path& path)
    : file_(path), path_(path.string()), handle_(std::make_unique<Handle>(path_)) {
  if (!is_hdf5(file_)) {
    throw CheckpointError(ErrorKind::kCorrupt, path_, "byte 0",
                          "expected HDF5's signature (89 48 44 46 0d 0a 1a 0a), found none; the "
                          "file is damaged, or is no HDF5 file");
  }
  const Hdf5Session hdf5(path_);
  handle_->file = open_file(hdf5, path_);
  metadata_ = read_hdf5_attributes(hdf5, file_, handle_->file);
  for (const Hdf5Entry& entry : list_hdf5_datasets(hdf5, path_, handle_->file)) {
    handle_->datasets.push_back(
        describe_hdf5_dataset(hdf5, path_, handle_->file, entry, file_.size()));
    tensors_.push_back(handle_->datasets.back().info);
  }
  std::vector<const Hdf5Dataset*> datasets;
  for (const Hdf5Dataset& dataset : handle_->datasets) datasets.push_back(&dataset);
  check_no_overlap(path_, std::move(datasets));
}

Hdf5File::~Hdf5File() = default;

void Hdf5File::read_float32(size_t index, float* out, const ReadProgress& on_read) const {
  const Hdf5Dataset& dataset = handle_->datasets[index];
  const uint64_t n = dataset.info.n_items();
  if (dataset.offset) {
    read_items(file_, *dataset.offset, dataset.info.dtype, n, out, {}, on_read);
    return;
  }
  if (n == 0) return;
  std::vector<char> bytes(dataset.info.dtype == DType::kFloat32 ? 0 : dataset.info.n_bytes);
  char* const stored = bytes.empty() ? reinterpret_cast<char*>(out) : bytes.data();
  {
    const Hdf5Session hdf5(path_);
    const Hdf5Id object(hdf5->H5Oopen_by_addr(handle_->file, dataset.address), hdf5->H5Oclose);
    const Hdf5Id type(hdf5->H5Dget_type(object.get()), hdf5->H5Tclose);
    if (hdf5->H5Dread(object.get(), type.get(), H5S_ALL, H5S_ALL, H5P_DEFAULT, stored) < 0) {
      throw CheckpointError(ErrorKind::kCorrupt, path_,
                            "dataset \"" + printable(dataset.info.name) + "\"",
                            "cannot be read: " + hdf5.take_error() + "; the file is damaged");
    }
  }
  for (uint64_t done = 0; done < n; done += kPieceItems) {
    const size_t n_piece = std::min<uint64_t>(kPieceItems, n - done);
    to_float32(dataset.info.dtype, stored + done * item_size(dataset.info.dtype), n_piece,
               out + done);
    if (on_read) on_read(out + done, n_piece);
  }
}

std::optional<TensorPlace> Hdf5File::place(size_t index) const {
  const auto offset = handle_->datasets[index].offset;
  if (!offset) return std::nullopt;
  return TensorPlace{path_, *offset};
}

}  // namespace gpt2run
