#include "loader/hdf5_input.h"

#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/little_endian.h"

namespace gpt2run {
namespace {

constexpr uint64_t kTimesRead = 4;  // a file's bytes, at most
constexpr uint64_t kMoreRead = uint64_t{1} << 20;

}  // namespace

Hdf5Input::Hdf5Input(const InputFile& file, uint64_t base)
    : file_(file), base_(base), n_left_(file.size() * kTimesRead + kMoreRead) {}

void Hdf5Input::fail(uint64_t address, const std::string& what, ErrorKind kind) const {
  const bool is_damage = kind == ErrorKind::kCorrupt && what.find(';') == std::string::npos;
  throw CheckpointError(kind, file_.path().string(), "byte " + std::to_string(base_ + address),
                        what + (is_damage ? "; the file is damaged, download it again" : ""));
}

uint64_t Hdf5Input::offset(uint64_t address, uint64_t n_bytes, const char* what) const {
  if (address > this->n_bytes() || n_bytes > this->n_bytes() - address) {
    throw CheckpointError(
        ErrorKind::kCorrupt, file_.path().string(), "",
        std::string("expected ") + what + " inside the file's " + std::to_string(file_.size()) +
            " bytes, found " + std::to_string(n_bytes) + " bytes at address " +
            std::to_string(address) + "; the file is cut off or damaged, download it again");
  }
  return base_ + address;
}

std::string Hdf5Input::read(uint64_t address, uint64_t n_bytes, const char* what) {
  const uint64_t at = offset(address, n_bytes, what);
  if (n_bytes > n_left_) {
    fail(address, "is described by more bytes than a file of its size can need",
         ErrorKind::kUnsupported);
  }
  n_left_ -= n_bytes;
  std::string bytes(n_bytes, '\0');
  file_.read_at(at, bytes.data(), bytes.size());
  return bytes;
}

void Hdf5Fields::fail(const std::string& what, ErrorKind kind) const {
  input_.fail(address_, std::string(what_) + ": " + what, kind);
}

std::string_view Hdf5Fields::bytes(uint64_t n_bytes) {
  if (n_bytes > bytes_.size()) {
    fail("expected " + std::to_string(n_bytes) + " bytes more, found " +
         std::to_string(bytes_.size()));
  }
  const std::string_view taken = bytes_.substr(0, n_bytes);
  bytes_.remove_prefix(n_bytes);
  return taken;
}

uint64_t Hdf5Fields::number(size_t n_bytes) {
  return load_little_endian(bytes(n_bytes));
}

void Hdf5Fields::expect(std::string_view wanted) {
  const std::string_view found = bytes(wanted.size());
  if (found == wanted) return;
  fail("expected \"" + printable(wanted) + "\", found \"" + printable(found) + "\"");
}

}  // namespace gpt2run
