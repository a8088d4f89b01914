#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "loader/convert.h"
#include "loader/tensor_source.h"

namespace gpt2run {

// One file in a zip archive.
struct ZipMember {
  std::string name;        // as it stands there: never a path to open
  uint64_t n_bytes = 0;    // unpacked
  bool is_stored = false;  // not compressed: any part of it can be read by itself
};

// A member as it is read, from its beginning on.
class ZipStream {
 public:
  virtual ~ZipStream() = default;

  // Fills buffer with the next n bytes. Errors: CheckpointError kCorrupt if there are no more, or
  // they cannot be unpacked.
  virtual void read(void* buffer, size_t n) = 0;
  void skip(uint64_t n);

  // Goes to a byte of a stored member; nothing is checked from then on.
  virtual void seek(uint64_t offset) = 0;

  // Where the next byte of a stored member stands in the file; it is read. Nothing if there is no
  // next byte.
  virtual std::optional<uint64_t> next_offset() = 0;

  // Reads what is left and checks the CRC-32. Errors: CheckpointError kCorrupt.
  virtual void finish() = 0;
};

// A zip archive, read by libzip, where the build has it. Nothing is ever written out.
// Owns: its open file. Threads: const members may be called from several threads at once.
class ZipArchive {
 public:
  // Reads the archive's directory and checks it: stored or deflated members only, none encrypted,
  // none that claims more bytes than its compressed ones can give, in all no more than the file
  // has. Errors: CheckpointError kNotFound; kCorrupt; kUnsupported for an encrypted member, another
  // compression, and a build without libzip.
  explicit ZipArchive(const std::filesystem::path& path);
  ~ZipArchive();

  const std::string& path() const { return path_; }
  const std::vector<ZipMember>& members() const { return members_; }

  // The index of the first member of that name.
  std::optional<size_t> find(const std::string& name) const;

  // Errors: CheckpointError kCorrupt.
  std::unique_ptr<ZipStream> open(size_t member) const;

  // A whole small member, its CRC-32 checked.
  // Errors: CheckpointError kCorrupt; kUnsupported if it has more than max_bytes.
  std::string read(size_t member, size_t max_bytes) const;

  // Where a stored member's bytes begin in the file; nothing for a compressed one. Reads the
  // member's own header. Errors: CheckpointError kCorrupt.
  std::optional<uint64_t> offset(size_t member) const;

  // Reads a whole member and checks its CRC-32, once. Errors: CheckpointError kCorrupt.
  void check(size_t member) const;

  // Reads n items of a plain float type that begin at a byte of a member, and checks the CRC-32 of
  // the whole member. (A small part of a stored member that has been checked once is read alone.)
  // Requires: the items are within the member.
  // Errors: CheckpointError kCorrupt.
  void read_items(size_t member, uint64_t offset, DType dtype, uint64_t n, ItemsOut out,
                  const ReadProgress& on_read) const;

 private:
  struct Handles;  // libzip's
  std::string path_;
  std::vector<ZipMember> members_;
  std::unique_ptr<std::atomic<bool>[]> is_checked_;  // [members_]: its CRC-32 was right once
  std::unique_ptr<Handles> handles_;
};

// "member \"NAME\"", as messages call it.
std::string member_text(const std::string& name);

// The name of a zip archive's first member, be the archive whole or cut off; nothing if the file
// does not begin as a zip archive does.
std::optional<std::string> first_zip_member(const InputFile& file);

// Whether this build can read zip archives.
bool has_libzip();

}  // namespace gpt2run
