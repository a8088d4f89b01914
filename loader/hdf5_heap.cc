#include "loader/hdf5_heap.h"

#include <cstring>

#include "loader/checkpoint_error.h"

namespace gpt2run {
namespace {

constexpr uint64_t kHeaderBytes = 16;  // of a heap: "GCOL", version, 3 zeros, size
constexpr uint64_t kObjectBytes = 16;  // before an object: index, references, 4 zeros, size
constexpr uint64_t kMaxStringBytes = uint64_t{16} << 20;

template <class Number>
Number number_at(const char* bytes) {
  Number number;
  std::memcpy(&number, bytes, sizeof(number));
  return number;
}

[[noreturn]] void fail(const InputFile& file, uint64_t at, const std::string& what) {
  throw CheckpointError(ErrorKind::kCorrupt, file.path().string(),
                        "global heap at byte " + std::to_string(at),
                        what + "; the file is damaged");
}

}  // namespace

std::string read_hdf5_heap_string(const InputFile& file, uint64_t base, const char* descriptor) {
  const auto n_bytes = number_at<uint32_t>(descriptor);
  const auto index = number_at<uint32_t>(descriptor + 12);
  if (n_bytes == 0) return "";
  uint64_t at = 0;
  if (__builtin_add_overflow(base, number_at<uint64_t>(descriptor + 4), &at) || at > file.size() ||
      file.size() - at < kHeaderBytes) {
    fail(file, at, "expected it inside the file");
  }
  char header[kHeaderBytes];
  file.read_at(at, header, sizeof(header));
  const auto n_heap = number_at<uint64_t>(header + 8);
  if (std::memcmp(header, "GCOL\1", 5) != 0 || n_heap > file.size() - at) {
    fail(file, at, "expected \"GCOL\", version 1 and a size inside the file");
  }
  for (uint64_t next = kHeaderBytes; next <= n_heap && n_heap - next >= kObjectBytes;) {
    char object[kObjectBytes];
    file.read_at(at + next, object, sizeof(object));
    const auto found = number_at<uint16_t>(object);
    const auto n_object = number_at<uint64_t>(object + 8);
    next += kObjectBytes;
    if (found == 0 || n_object > n_heap - next) break;  // 0 is the space left at the end
    if (found == index) {
      if (n_bytes > n_object || n_bytes > kMaxStringBytes) break;
      std::string text(n_bytes, '\0');
      file.read_at(at + next, text.data(), text.size());
      return text.substr(0, text.find('\0'));
    }
    next += (n_object + 7) / 8 * 8;
  }
  fail(file, at,
       "expected object " + std::to_string(index) + " of " + std::to_string(n_bytes) +
           " bytes in it, found none");
}

}  // namespace gpt2run
