#include "loader/hdf5_heap.h"

namespace gpt2run {
namespace {

constexpr const char* kWhat = "a global heap";
constexpr uint64_t kHeaderBytes = 16;  // "GCOL", version, 3 zeros, size
constexpr uint64_t kObjectBytes = 16;  // before an object: index, references, 4 zeros, size

}  // namespace

std::string read_hdf5_heap_string(Hdf5Input& input, std::string_view descriptor) {
  Hdf5Fields fields(input, 0, descriptor, "a string's place");
  const uint64_t n_bytes = fields.number(4), address = fields.number(8), index = fields.number(4);
  if (n_bytes == 0) return "";
  const std::string header = input.read(address, kHeaderBytes, kWhat);
  Hdf5Fields heap(input, address, header, kWhat);
  heap.expect("GCOL\1");
  heap.skip(3);
  const uint64_t n_heap = heap.number(8);
  input.offset(address, n_heap, kWhat);
  for (uint64_t at = kHeaderBytes; at <= n_heap && n_heap - at >= kObjectBytes;) {
    const std::string bytes = input.read(address + at, kObjectBytes, kWhat);
    Hdf5Fields object(input, address + at, bytes, kWhat);
    const uint64_t found = object.number(2);
    object.skip(6);
    const uint64_t n_object = object.number(8);
    at += kObjectBytes;
    if (found == 0 || n_object > n_heap - at) break;  // 0 is the space left at the end
    if (found == index) {
      if (n_bytes > n_object) break;
      const std::string text = input.read(address + at, n_bytes, kWhat);
      return text.substr(0, text.find('\0'));
    }
    at += (n_object + 7) / 8 * 8;
  }
  heap.fail("expected object " + std::to_string(index) + " of " + std::to_string(n_bytes) +
            " bytes in it, found none");
}

}  // namespace gpt2run
