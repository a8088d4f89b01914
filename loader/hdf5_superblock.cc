#include "loader/hdf5_superblock.h"

#include <string_view>

#include "loader/checkpoint_error.h"
#include "loader/hdf5_checksum.h"
#include "loader/hdf5_file.h"

namespace gpt2run {
namespace {

constexpr std::string_view kSignature = "\x89HDF\r\n\x1a\n";
constexpr const char* kWhat = "the superblock";

void check_widths(Hdf5Fields& fields) {
  const uint64_t n_address = fields.number(1), n_length = fields.number(1);
  if (n_address == 8 && n_length == 8) return;
  fields.fail("expected addresses and lengths of 8 bytes, found " + std::to_string(n_address) +
                  " and " + std::to_string(n_length),
              ErrorKind::kUnsupported);
}

// What a file that is cut off shows first: its end is not where it was.
void check_end(const Hdf5Input& input, uint64_t base, uint64_t end) {
  const uint64_t n_bytes = input.file().size();
  const std::string path = input.file().path().string();
  if (end >= base && end - base <= input.n_bytes()) return;
  if (end > n_bytes) throw TruncatedError(path, "", "its header", end, n_bytes);
  throw CheckpointError(ErrorKind::kCorrupt, path, "superblock",
                        "expected an end of the file behind its start, found " +
                            std::to_string(end) + "; the file is damaged");
}

// Versions 0 and 1: the root group's symbol table entry is at the end.
uint64_t read_old(const Hdf5Input& input, Hdf5Fields& fields, uint64_t version) {
  fields.skip(4);  // versions of parts, reserved
  check_widths(fields);
  fields.skip(1 + 2 + 2 + 4 + (version == 1 ? 4 : 0));
  const uint64_t base = fields.number(8);
  fields.skip(8);
  check_end(input, base, fields.number(8));
  fields.skip(8 + 8);
  return fields.number(8);
}

uint64_t read_new(const Hdf5Input& input, Hdf5Fields& fields) {
  check_widths(fields);
  fields.skip(1);
  const uint64_t base = fields.number(8);
  fields.skip(8);
  check_end(input, base, fields.number(8));
  return fields.number(8);
}

}  // namespace

std::optional<uint64_t> find_hdf5_superblock(const InputFile& file) {
  char bytes[kSignature.size()];
  for (uint64_t at = 0; at <= file.size() && file.size() - at >= sizeof(bytes);
       at = at == 0 ? 512 : 2 * at) {
    file.read_at(at, bytes, sizeof(bytes));
    if (std::string_view(bytes, sizeof(bytes)) == kSignature) return at;
  }
  return std::nullopt;
}

bool is_hdf5(const InputFile& file) {
  return find_hdf5_superblock(file).has_value();
}

uint64_t read_hdf5_superblock(Hdf5Input& input) {
  constexpr size_t kStart = kSignature.size() + 1, kOldBytes = 96, kNewBytes = 48;
  const std::string start = input.read(0, kStart, kWhat);
  const auto version = static_cast<unsigned char>(start.back());
  if (version > 3) {
    input.fail(0,
               std::string(kWhat) + ": expected version 0 to 3, found " + std::to_string(version),
               ErrorKind::kUnsupported);
  }
  const bool is_old = version < 2;
  const uint64_t n_bytes = is_old ? kOldBytes + (version == 1 ? 4 : 0) : kNewBytes;
  const std::string bytes = input.read(0, n_bytes, kWhat);
  Hdf5Fields fields(input, 0, bytes, kWhat);
  fields.skip(kStart);
  if (is_old) return read_old(input, fields, version);
  check_hdf5_checksum(fields, bytes);
  return read_new(input, fields);
}

}  // namespace gpt2run
