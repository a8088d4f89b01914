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

NpyHeader read_npy_header(const std::function<void(char* buffer, size_t n)>& read,
                          const std::string& name, ErrorKind malformed) {
  const auto fail = [&](const std::string& what) {
    throw InputError(malformed, name + ": " + what);
  };
  char start[12] = {};
  read(start, 8);
  if (std::string_view(start, kMagic.size()) != kMagic) {
    fail("expected a .npy file, found other first bytes");
  }
  const int version = static_cast<unsigned char>(start[6]);
  if (version < 1 || version > 3)
    fail("expected .npy version 1 to 3, found " + std::to_string(version));
  const size_t n_length = version == 1 ? 2 : 4;
  read(start + 8, n_length);
  size_t n_dict = 0;  // little-endian
  for (size_t i = n_length; i-- > 0;) {
    n_dict = n_dict << 8 | static_cast<unsigned char>(start[8 + i]);
  }
  if (n_dict > kMaxHeader) fail("its header is longer than 64 KiB");
  std::string dict(n_dict, '\0');
  read(dict.data(), dict.size());

  NpyHeader header;
  header.n_bytes = 8 + n_length + n_dict;
  const std::string_view descr = value_of(dict, "descr");
  if (descr.empty()) fail("its header names no dtype");
  const size_t quote = descr[0] != '\'' ? std::string_view::npos : descr.find('\'', 1);
  if (quote != std::string_view::npos) header.dtype = descr.substr(1, quote - 1);
  const std::string_view order = value_of(dict, "fortran_order");
  header.is_fortran = order.starts_with("True");
  if (!header.is_fortran && !order.starts_with("False")) fail("its header names no order");
  const auto shape = parse_shape(value_of(dict, "shape"));
  if (!shape) fail("its header has no valid shape");
  header.shape = *shape;
  return header;
}

NpyArray read_npy(const std::filesystem::path& path) {
  const auto fail = [&](const std::string& what) {
    throw InputError(ErrorKind::kMismatch, path.string() + ": " + what);
  };
  const InputFile file(path, ErrorKind::kMismatch);
  uint64_t at = 0;
  const auto read = [&](char* buffer, size_t n) {
    if (n > file.size() - at) fail("expected a .npy file, found that its header is cut off");
    file.read_at(at, buffer, n);
    at += n;
  };
  const NpyHeader header = read_npy_header(read, path.string(), ErrorKind::kMismatch);
  if (header.dtype.empty()) fail("its header names no simple dtype");
  if (header.is_fortran) fail("is in Fortran order; save it with numpy.ascontiguousarray");
  uint64_t n_bytes = item_size(header.dtype);
  for (const int64_t size : header.shape) {
    if (__builtin_mul_overflow(n_bytes, static_cast<uint64_t>(size), &n_bytes)) n_bytes = kMaxFile;
  }
  const uint64_t n_found = file.size() - at;
  if (n_bytes != n_found) {
    fail("its header describes " + std::to_string(n_bytes) + " bytes of items, found " +
         std::to_string(n_found));
  }
  NpyArray array{header.dtype, header.shape, std::string(n_bytes, '\0')};
  file.read_at(at, array.data.data(), array.data.size());
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
