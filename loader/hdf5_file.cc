#include "loader/hdf5_file.h"

#include <algorithm>

#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/convert.h"
#include "loader/hdf5_superblock.h"
#include "loader/hdf5_tree.h"
#include "loader/tensor_checks.h"

namespace gpt2run {
namespace {

void check_no_overlap(const std::string& path, const std::vector<Hdf5Dataset>& all) {
  std::vector<const Hdf5Dataset*> datasets;
  for (const Hdf5Dataset& dataset : all) {
    if (dataset.offset) datasets.push_back(&dataset);
  }
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

Hdf5File::Hdf5File(const std::filesystem::path& path) : file_(path), path_(path.string()) {
  refuse_failed_download(file_);
  const auto base = find_hdf5_superblock(file_);
  if (!base) {
    throw CheckpointError(ErrorKind::kCorrupt, path_, "byte 0",
                          "expected HDF5's signature (89 48 44 46 0d 0a 1a 0a), found none; the "
                          "file is damaged, or is no HDF5 file");
  }
  Hdf5Input input(file_, *base);
  const Hdf5Object root = read_hdf5_object(input, read_hdf5_superblock(input));
  metadata_ = read_hdf5_attributes(input, root);
  datasets_ = list_hdf5_datasets(input, root);
  check_no_overlap(path_, datasets_);
  for (const Hdf5Dataset& dataset : datasets_) tensors_.push_back(dataset.info);
}

void Hdf5File::read_float32(size_t index, float* out, const ReadProgress& on_read) const {
  const Hdf5Dataset& dataset = datasets_[index];
  if (dataset.offset) {
    read_contiguous(dataset, out, on_read);
  }
  for (const Hdf5Chunk& chunk : dataset.chunks) read_chunk(dataset, chunk, out, on_read);
}

void Hdf5File::stream_float32(size_t index, size_t n_piece, const ReadProgress& on_piece) const {
  const Hdf5Dataset& dataset = datasets_[index];
  if (!dataset.offset) return TensorSource::stream_float32(index, n_piece, on_piece);
  read_contiguous(dataset, ItemsOut::pieces(n_piece), on_piece);
}

void Hdf5File::read_contiguous(const Hdf5Dataset& dataset, ItemsOut out,
                               const ReadProgress& on_read) const {
  naming_tensor(file_, dataset.info.name, *dataset.offset, [&] {
    read_items(file_, *dataset.offset, dataset.info.dtype, dataset.info.n_items(), std::move(out),
               {}, on_read);
  });
}

void Hdf5File::read_chunk(const Hdf5Dataset& dataset, const Hdf5Chunk& chunk, float* out,
                          const ReadProgress& on_read) const {
  const std::string bytes = read_hdf5_chunk(file_, dataset, chunk);
  SliceExtents in_chunk = chunk.extents;  // what of the chunk lies in the dataset
  uint64_t n_items = 1;
  for (SliceExtent& extent : in_chunk) {
    extent.start = 0;
    n_items *= static_cast<uint64_t>(extent.length);
  }
  const auto copy = [&](uint64_t from, uint64_t to, uint64_t n) {
    const auto convert = [&](uint64_t, uint64_t at, uint64_t n_row) {
      const char* const items = bytes.data() + at * item_size(dataset.info.dtype);
      to_float32(dataset.info.dtype, items, n_row, out + to);
    };
    for_each_run(dataset.chunk_shape, in_chunk, from, n, convert);  // one run: of a row
    if (on_read) on_read(out + to, n);
  };
  for_each_run(dataset.info.shape, chunk.extents, 0, n_items, copy);
}

std::optional<TensorPlace> Hdf5File::place(size_t index) const {
  const auto offset = datasets_[index].offset;
  if (!offset) return std::nullopt;
  return TensorPlace{path_, *offset};
}

void Hdf5File::check(size_t index) const {
  const Hdf5Dataset& dataset = datasets_[index];
  for (const Hdf5Chunk& chunk : dataset.chunks) read_hdf5_chunk(file_, dataset, chunk);
  if (dataset.chunks.empty()) TensorSource::check(index);
}

}  // namespace gpt2run
