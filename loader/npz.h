#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "loader/tensor_source.h"
#include "loader/zip_archive.h"

namespace gpt2run {

// NumPy's .npz: a zip archive of .npy arrays, stored or deflated (format: loader/FORMATS.md).
// Reads float16, float32 and float64, in C and in Fortran order; lists every other array. Members
// that are no .npy, and those whose names lead out of the archive (../evil.npy), are no tensors and
// are left alone. Owns: its open file. Source: numpy lib/format.py.
class Npz : public TensorSource {
 public:
  // Reads every member's header, none of its items.
  // Errors: CheckpointError: ZipArchive's; kCorrupt for a damaged header, and a name twice.
  explicit Npz(const std::filesystem::path& path);

  const std::string& path() const override { return archive_.path(); }
  const std::vector<TensorInfo>& tensors() const override { return tensors_; }
  void read_float32(size_t index, float* out, const ReadProgress& on_read) const override;
  void stream_float32(size_t index, size_t n_piece, const ReadProgress& on_piece) const override;
  std::optional<TensorPlace> place(size_t index) const override;
  void check(size_t index) const override;

 private:
  struct Place {
    size_t member;
    uint64_t offset;  // of the items in it
    bool is_fortran;
  };
  void add(size_t member);

  ZipArchive archive_;
  std::vector<TensorInfo> tensors_;
  std::vector<Place> places_;
};

// Whether a file begins as an .npz does: a zip archive whose first member is an array.
bool is_npz(const InputFile& file);

}  // namespace gpt2run
