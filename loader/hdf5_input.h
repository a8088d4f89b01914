#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/file.h"

namespace gpt2run {

// "Undefined": what HDF5 has where an address would be and there is none.
inline constexpr uint64_t kHdf5NoAddress = ~uint64_t{0};

// An HDF5 file's bytes by HDF5's addresses, which count from the superblock. All that describes the
// file is read through this, and in all no more than a few times the file's size: structures that
// lead to each other in circles, or to one place a thousand times, end in an error.
class Hdf5Input {
 public:
  //   file  outlives this
  //   base  where the superblock is
  Hdf5Input(const InputFile& file, uint64_t base);

  const InputFile& file() const { return file_; }
  uint64_t n_bytes() const { return file_.size() - base_; }  // from address 0 to the file's end

  // Errors: CheckpointError kCorrupt if they do not lie inside the file, before anything is
  // allocated; kUnsupported if more is read in all than a file can need.
  //   what  is read, for messages: "a group's heap"
  std::string read(uint64_t address, uint64_t n_bytes, const char* what);

  // Where an address is in the file. Errors: as read's.
  uint64_t offset(uint64_t address, uint64_t n_bytes, const char* what) const;

  // Errors: CheckpointError, of what stands at an address.
  [[noreturn]] void fail(uint64_t address, const std::string& what,
                         ErrorKind kind = ErrorKind::kCorrupt) const;

 private:
  const InputFile& file_;
  uint64_t base_;
  uint64_t n_left_;  // bytes that may still be read
};

// Takes little-endian numbers from a structure's bytes.
class Hdf5Fields {
 public:
  //   input, address  of the structure, for messages, with its name
  Hdf5Fields(const Hdf5Input& input, uint64_t address, std::string_view bytes, const char* what)
      : input_(input), address_(address), bytes_(bytes), what_(what) {}

  size_t n_left() const { return bytes_.size(); }
  std::string_view rest() const { return bytes_; }

  // Errors of all: CheckpointError kCorrupt if the structure ends before.
  uint64_t number(size_t n_bytes);  // at most 8
  std::string_view bytes(uint64_t n_bytes);
  void skip(uint64_t n_bytes) { bytes(n_bytes); }

  // The next bytes must be these: a signature, a version.
  void expect(std::string_view wanted);

  [[noreturn]] void fail(const std::string& what, ErrorKind kind = ErrorKind::kCorrupt) const;

 private:
  const Hdf5Input& input_;
  uint64_t address_;
  std::string_view bytes_;
  const char* what_;
};

}  // namespace gpt2run
