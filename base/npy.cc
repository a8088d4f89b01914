#include "base/npy.h"

#include <cstring>
#include <optional>

#include "base/error.h"
#include "base/file.h"

namespace gpt2run {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kMaxHeader = size_t{1} << 16;
constexpr uint64_t kMaxFile = uint64_t{1} << 40;

// The header is a Python dict literal in one fixed form:
// {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
std::string_view value_of(std::string_view header, std::string_view key) {
  const size_t at = header.find("'" + std::string(key) + "':");
  if (at == std::string_view::npos) return {};
  std::string_view rest = header.substr(at + key.size() + 3);
  const size_t start = rest.find_first_not_of(' ');
  return start == std::string_view::npos ? std::string_view{} : rest.substr(start);
}

std::optional<std::vector<int64_t>> parse_shape(std::string_view text) {
  std::vector<int64_t> shape;
  if (text.empty() || text[0] != '(') return std::nullopt;
  text.remove_prefix(1);
  while (true) {
    while (!text.empty() && (text[0] == ' ' || text[0] == ',')) text.remove_prefix(1);
    if (text.empty()) return std::nullopt;
    if (text[0] == ')') return shape;
    int64_t size = 0;
    size_t n_digits = 0;
    while (!text.empty() && text[0] >= '0' && text[0] <= '9' && n_digits < 15) {
      size = size * 10 + (text[0] - '0');
      text.remove_prefix(1);
      ++n_digits;
    }
    if (n_digits == 0 || shape.size() == 32) return std::nullopt;
    shape.push_back(size);
  }
}

// The item size in bytes that descr's digits say: 4 for "<f4".
uint64_t item_size(std::string_view dtype) {
  uint64_t size = 0;
  for (const char c : dtype.substr(dtype.size() < 2 ? dtype.size() : 2)) {
    if (c < '0' || c > '9' || size > 1000) return 0;
    size = size * 10 + static_cast<uint64_t>(c - '0');
  }
  return size;
}

}  // namespace

NpyArray read_npy(const std::filesystem::path& path) {
  const auto fail = [&](const std::string& what) {
    throw InputError(ErrorKind::kMismatch, path.string() + ": " + what);
  };
  const InputFile file(path, ErrorKind::kMismatch);
  char start[12] = {};
  if (file.size() < sizeof(start))
    fail("expected a .npy file, found " + std::to_string(file.size()) + " bytes");
  file.read_at(0, start, sizeof(start));
  if (std::string_view(start, kMagic.size()) != kMagic) {
    fail("expected a .npy file, found other first bytes");
  }
  const int version = static_cast<unsigned char>(start[6]);
  if (version < 1 || version > 3)
    fail("expected .npy version 1 to 3, found " + std::to_string(version));
  size_t n_header = 0;  // little-endian: 2 bytes in version 1, 4 bytes from then on
  for (int i = version == 1 ? 1 : 3; i >= 0; --i) {
    n_header = n_header << 8 | static_cast<unsigned char>(start[8 + i]);
  }
  const size_t header_at = version == 1 ? 10 : 12;
  if (n_header > kMaxHeader || header_at + n_header > file.size()) {
    fail("its header is longer than the file");
  }
  std::string header(n_header, '\0');
  file.read_at(header_at, header.data(), header.size());

  NpyArray array;
  const std::string_view descr = value_of(header, "descr");
  const size_t quote =
      descr.empty() || descr[0] != '\'' ? std::string_view::npos : descr.find('\'', 1);
  if (quote == std::string_view::npos) fail("its header names no simple dtype");
  array.dtype = descr.substr(1, quote - 1);
  if (!value_of(header, "fortran_order").starts_with("False")) {
    fail("is in Fortran order; save it with numpy.ascontiguousarray");
  }
  const auto shape = parse_shape(value_of(header, "shape"));
  if (!shape) fail("its header has no valid shape");
  array.shape = *shape;
  uint64_t n_bytes = item_size(array.dtype);
  for (const int64_t size : array.shape) {
    if (__builtin_mul_overflow(n_bytes, static_cast<uint64_t>(size), &n_bytes)) n_bytes = kMaxFile;
  }
  const uint64_t n_found = file.size() - header_at - n_header;
  if (n_bytes != n_found) {
    fail("its header describes " + std::to_string(n_bytes) + " bytes of items, found " +
         std::to_string(n_found));
  }
  array.data.resize(n_bytes);
  file.read_at(header_at + n_header, array.data.data(), array.data.size());
  return array;
}

std::string npy_header(std::string_view dtype, const std::vector<int64_t>& shape) {
  std::string dict = "{'descr': '" + std::string(dtype) + "', 'fortran_order': False, 'shape': (";
  for (const int64_t size : shape) dict += std::to_string(size) + (shape.size() == 1 ? "," : ", ");
  if (shape.size() > 1) dict.resize(dict.size() - 2);
  dict += "), }";
  // Spaces and a newline bring magic, version, length and dict to a multiple of 64 bytes.
  dict.append(63 - (10 + dict.size()) % 64, ' ');
  dict += '\n';
  std::string header(kMagic);
  header +=
      {'\x01', '\x00', static_cast<char>(dict.size() & 0xFF), static_cast<char>(dict.size() >> 8)};
  return header + dict;
}

}  // namespace gpt2run
