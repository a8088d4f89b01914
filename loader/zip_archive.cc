#include "loader/zip_archive.h"

#include <algorithm>
#include <string_view>

#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/convert.h"

namespace gpt2run {
namespace {

using std::string_view_literals::operator""sv;

constexpr size_t kSkippedBytes = size_t{64} << 10;  // at a time

}  // namespace

void ZipStream::skip(uint64_t n) {
  std::vector<char> buffer(std::min<uint64_t>(n, kSkippedBytes));
  while (n > 0) {
    const size_t n_piece = std::min<uint64_t>(n, buffer.size());
    read(buffer.data(), n_piece);
    n -= n_piece;
  }
}

std::optional<size_t> ZipArchive::find(const std::string& name) const {
  for (size_t i = 0; i < members_.size(); ++i) {
    if (members_[i].name == name) return i;
  }
  return std::nullopt;
}

std::string ZipArchive::read(size_t member, size_t max_bytes) const {
  const ZipMember& info = members_[member];
  if (info.n_bytes > max_bytes) {
    throw CheckpointError(ErrorKind::kUnsupported, path_, member_text(info.name),
                          "expected at most " + std::to_string(max_bytes) + " bytes, found " +
                              std::to_string(info.n_bytes));
  }
  std::string bytes(info.n_bytes, '\0');
  const auto stream = open(member);
  stream->read(bytes.data(), bytes.size());
  stream->finish();
  return bytes;
}

std::optional<uint64_t> ZipArchive::offset(size_t member) const {
  if (!members_[member].is_stored) return std::nullopt;
  return open(member)->next_offset();
}

void ZipArchive::check(size_t member) const {
  if (is_checked_[member]) return;
  open(member)->finish();
  is_checked_[member] = true;
}

void ZipArchive::read_items(size_t member, uint64_t offset, DType dtype, uint64_t n, ItemsOut out,
                            const ReadProgress& on_read) const {
  const ZipMember& info = members_[member];
  const size_t size = item_size(dtype);
  const auto stream = open(member);
  const bool is_small_part = n * size < info.n_bytes / 2;
  const bool reads_part_alone = is_small_part && info.is_stored && is_checked_[member];
  if (reads_part_alone) {
    stream->seek(offset);
  } else {
    stream->skip(offset);
  }
  std::vector<char> buffer(std::min<uint64_t>(n, out.n_piece()) * size);
  for (uint64_t done = 0; done < n;) {
    const size_t n_piece = std::min<uint64_t>(out.n_piece(), n - done);
    stream->read(buffer.data(), n_piece * size);
    to_float32(dtype, buffer.data(), n_piece, out.at(done));
    if (on_read) on_read(out.at(done), n_piece);
    done += n_piece;
  }
  if (reads_part_alone) return;
  stream->finish();
  is_checked_[member] = true;
}

std::string member_text(const std::string& name) {
  return "member \"" + printable(name) + "\"";
}

std::optional<std::string> first_zip_member(const InputFile& file) {
  constexpr size_t kHeaderBytes = 30;
  char header[kHeaderBytes];
  if (file.size() < kHeaderBytes) return std::nullopt;
  file.read_at(0, header, sizeof(header));
  if (std::string_view(header, 4) != "PK\x03\x04"sv) return std::nullopt;
  const size_t n_name = static_cast<unsigned char>(header[26]) |
                        static_cast<size_t>(static_cast<unsigned char>(header[27])) << 8;
  std::string name(std::min<uint64_t>(n_name, file.size() - kHeaderBytes), '\0');
  file.read_at(kHeaderBytes, name.data(), name.size());
  return name;
}

}  // namespace gpt2run
