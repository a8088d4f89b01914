#include "loader/hdf5_checksum.h"

#include <algorithm>
#include <bit>

#include "loader/describe.h"
#include "loader/little_endian.h"

namespace gpt2run {

// Source: burtleburtle.net/bob/c/lookup3.c, hashlittle() with an initial value of 0.
uint32_t hdf5_lookup3(std::string_view bytes) {
  constexpr size_t kStep = 12;
  uint32_t a = 0xDEADBEEFu + static_cast<uint32_t>(bytes.size()), b = a, c = a;
  const auto add = [&](std::string_view part) {
    const auto word = [&](size_t at) {
      const std::string_view rest = part.substr(std::min(at, part.size()));
      return static_cast<uint32_t>(load_little_endian(rest.substr(0, 4)));
    };
    a += word(0);
    b += word(4);
    c += word(8);
  };
  if (bytes.empty()) return c;
  for (; bytes.size() > kStep; bytes.remove_prefix(kStep)) {
    add(bytes.substr(0, kStep));
    a = (a - c) ^ std::rotl(c, 4), c += b;
    b = (b - a) ^ std::rotl(a, 6), a += c;
    c = (c - b) ^ std::rotl(b, 8), b += a;
    a = (a - c) ^ std::rotl(c, 16), c += b;
    b = (b - a) ^ std::rotl(a, 19), a += c;
    c = (c - b) ^ std::rotl(b, 4), b += a;
  }
  add(bytes);
  c = (c ^ b) - std::rotl(b, 14);
  a = (a ^ c) - std::rotl(c, 11);
  b = (b ^ a) - std::rotl(a, 25);
  c = (c ^ b) - std::rotl(b, 16);
  a = (a ^ c) - std::rotl(c, 4);
  b = (b ^ a) - std::rotl(a, 14);
  c = (c ^ b) - std::rotl(b, 24);
  return c;
}

uint32_t hdf5_fletcher32(std::string_view bytes) {
  uint32_t low = 0, high = 0;
  const auto folded = [](uint32_t sum) { return (sum & 0xFFFF) + (sum >> 16); };
  for (size_t i = 0; i < bytes.size(); i += 2) {
    const uint32_t first = static_cast<unsigned char>(bytes[i]);
    const uint32_t second = i + 1 < bytes.size() ? static_cast<unsigned char>(bytes[i + 1]) : 0;
    low = folded(low + (first << 8 | second));
    high = folded(high + low);
  }
  return folded(high) << 16 | folded(low);
}

void check_hdf5_checksum(const Hdf5Fields& fields, std::string_view structure) {
  constexpr size_t kChecksumBytes = 4;
  if (structure.size() < kChecksumBytes) fields.fail("expected a checksum at its end");
  const size_t n = structure.size() - kChecksumBytes;
  const auto stored = static_cast<uint32_t>(load_little_endian(structure.substr(n)));
  const uint32_t found = hdf5_lookup3(structure.substr(0, n));
  if (stored == found) return;
  fields.fail("expected checksum " + hex_text(stored) + ", found " + hex_text(found));
}

}  // namespace gpt2run
