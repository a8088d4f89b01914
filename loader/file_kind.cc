#include "loader/file_kind.h"

#include <algorithm>
#include <string_view>

#include "loader/checkpoint_error.h"
#include "loader/formats.h"
#include "loader/little_endian.h"
#include "loader/table.h"

namespace gpt2run {
namespace {

using std::string_view_literals::operator""sv;

struct Signature {
  size_t offset;
  std::string_view bytes;
  const char* text;
  bool holds_any = false;
};

constexpr Signature kSignatures[] = {
    {0, "\x89HDF\r\n\x1a\n"sv, "an HDF5 file (a Keras .h5)"},
    {0, "PK\x03\x04"sv, "a zip file (a PyTorch .bin or .pt, or an .npz)", true},
    {0, "PK\x05\x06"sv, "an empty zip file", true},
    {0, "\x1f\x8b"sv, "a gzip file; unpack it first", true},
    {257, "ustar"sv, "a tar archive; unpack it first", true},
    {0, "\x80\x02"sv, "a Python pickle (a PyTorch .bin or .pt)", true},
    {0, "\x80\x03"sv, "a Python pickle (a PyTorch .bin or .pt)", true},
    {0, "\x80\x04"sv, "a Python pickle (a PyTorch .bin or .pt)", true},
    {0, "\x80\x05"sv, "a Python pickle (a PyTorch .bin or .pt)", true},
    {0, "GGUF\x02\0\0\0"sv, "a GGUF file"},
    {0, "GGUF\x03\0\0\0"sv, "a GGUF file"},
    {0, "lmgg"sv, "a ggml file"},
    {0, "\x93NUMPY"sv, "a NumPy .npy file", true},
    {0, "\xc6\xd7\x34\x01"sv, "an llm.c checkpoint"},  // 20240326
};

std::string read_piece(const InputFile& file, uint64_t offset, uint64_t n_bytes) {
  std::string piece(std::min(n_bytes, file.size() - offset), '\0');
  file.read_at(offset, piece.data(), piece.size());
  return piece;
}

bool is_table(const InputFile& file) {
  return file.size() >= kTableFooterBytes &&
         load_little_endian(read_piece(file, file.size() - 8, 8)) == kTableMagic;
}

bool is_markup(std::string_view start) {
  std::string lower;
  for (const char c : start.substr(0, 64)) {
    if (lower.empty() && (c == ' ' || c == '\t' || c == '\r' || c == '\n')) continue;
    lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return lower.starts_with("<!doctype") || lower.starts_with("<html") ||
         lower.starts_with("<head") || lower.starts_with("<?xml");
}

std::optional<std::string> lfs_pointer(std::string_view start) {
  if (!start.starts_with("version https://git-lfs.github.com/spec/")) return std::nullopt;
  std::string text = "is a Git LFS pointer, not the file itself";
  const size_t at = start.find("\nsize ");
  if (at != std::string_view::npos) {
    const std::string_view rest = start.substr(at + 6);
    const size_t n_digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    if (n_digits > 0 && n_digits < 20) {
      text += " (whose size is " + std::string(rest.substr(0, n_digits)) + " bytes)";
    }
  }
  return text + "; run git lfs pull, or download it again if this is no Git clone";
}

bool is_safetensors(std::string_view start, uint64_t file_size) {
  return start.size() > 9 && start[8] == '{' &&
         load_little_endian(start.substr(0, 8)) <= file_size - 8;
}

}  // namespace

std::optional<ForeignKind> foreign_kind(const InputFile& file) {
  if (file.size() == 0)
    return ForeignKind{ErrorKind::kCorrupt, "is empty (0 bytes); download it again"};
  if (is_table(file)) return std::nullopt;
  const std::string start = read_piece(file, 0, 512);
  if (const auto text = lfs_pointer(start)) return ForeignKind{ErrorKind::kCorrupt, *text, true};
  if (is_markup(start)) {
    return ForeignKind{ErrorKind::kCorrupt,
                       "is an HTML page, as a failed download leaves it; download it again"};
  }
  for (const Signature& signature : kSignatures) {
    if (start.size() >= signature.offset + signature.bytes.size() &&
        std::string_view(start).substr(signature.offset).starts_with(signature.bytes)) {
      return ForeignKind{ErrorKind::kUnsupported,
                         std::string("is ") + signature.text + ", expected a TensorFlow checkpoint",
                         false, signature.holds_any};
    }
  }
  if (is_safetensors(start, file.size())) {
    return ForeignKind{ErrorKind::kUnsupported,
                       "is a safetensors file, expected a TensorFlow checkpoint"};
  }
  return std::nullopt;
}

void refuse_foreign_file(const InputFile& file) {
  const auto kind = foreign_kind(file);
  if (!kind) return;
  const bool can_be_opened = kind->error == ErrorKind::kUnsupported && format_by_content(file);
  throw CheckpointError(
      kind->error, file.path().string(), "",
      kind->text + (can_be_opened ? "; give the file itself to open it as that" : ""));
}

}  // namespace gpt2run
