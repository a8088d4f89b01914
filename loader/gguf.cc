#include "loader/gguf.h"

#include <algorithm>
#include <unordered_set>

#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/ggml_tensor.h"
#include "loader/gguf_metadata.h"

namespace gpt2run {
namespace {

constexpr uint32_t kMagic = 0x46554747;  // "GGUF"
constexpr uint32_t kOldestVersion = 2, kNewestVersion = 3;
constexpr uint32_t kMaxRank = 4;                         // ggml's own limit
constexpr uint64_t kMinTensorBytes = 8 + 1 + 4 + 4 + 8;  // name, rank, type, offset
constexpr uint64_t kDefaultAlignment = 32;
constexpr char kAlignmentKey[] = "general.alignment";

[[noreturn]] void fail(const std::string& path, const std::string& where, const std::string& what,
                       ErrorKind kind = ErrorKind::kCorrupt) {
  const bool says_why = kind != ErrorKind::kCorrupt || what.find(';') != std::string::npos;
  throw CheckpointError(kind, path, where, what + (says_why ? "" : "; the file is damaged"));
}

std::string named(const std::string& name) {
  return "tensor \"" + printable(name) + "\"";
}

void take_version(FileCursor& cursor, const std::string& path) {
  const auto magic = cursor.take<uint32_t>("the magic number");
  if (magic != kMagic) {
    fail(path, "byte 0", "expected a GGUF file's first bytes \"GGUF\", found others");
  }
  const auto version = cursor.take<uint32_t>("the version");
  if (version >= kOldestVersion && version <= kNewestVersion) return;
  if ((version & 0xFFFF) == 0 && version != 0) {
    fail(path, "byte 4", "is a big-endian GGUF file, expected a little-endian one",
         ErrorKind::kUnsupported);
  }
  fail(path, "byte 4",
       "is a GGUF file of version " + std::to_string(version) +
           ", expected version 2 or 3; convert the model again with a llama.cpp that writes one",
       ErrorKind::kUnsupported);
}

uint64_t alignment_of(const nlohmann::json& metadata, const std::string& path) {
  const auto at = metadata.find(kAlignmentKey);
  if (at == metadata.end()) return kDefaultAlignment;
  const uint64_t alignment = at->is_number_unsigned() ? at->get<uint64_t>() : 0;
  if (alignment == 0 || alignment > (uint64_t{1} << 31) || (alignment & (alignment - 1)) != 0) {
    fail(path, kAlignmentKey,
         "expected a power of two up to 2^31, found " +
             printable(at->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)));
  }
  return alignment;
}

}  // namespace

GgufFile::GgufFile(const std::filesystem::path& path) : file_(path), path_(path.string()) {
  FileCursor cursor(file_);
  take_version(cursor, path_);
  const auto n_tensors = cursor.take<uint64_t>("the number of tensors");
  const auto n_keys = cursor.take<uint64_t>("the number of key-values");
  metadata_ = take_gguf_metadata(cursor, path_, n_keys);
  const uint64_t alignment = alignment_of(metadata_, path_);
  if (n_tensors > cursor.n_left() / kMinTensorBytes) {
    fail(path_, "byte 8",
         "expected a number of tensors that fit in the file's " + std::to_string(cursor.n_left()) +
             " bytes left, found " + std::to_string(n_tensors));
  }
  for (uint64_t i = 0; i < n_tensors; ++i) take_tensor(cursor);
  const uint64_t data_offset = (cursor.offset() + alignment - 1) / alignment * alignment;
  place_tensors(data_offset, alignment);
}

void GgufFile::take_tensor(FileCursor& cursor) {
  std::string name = cursor.take_bytes(cursor.take<uint64_t>("a name's length"), "a tensor's name");
  const auto rank = cursor.take<uint32_t>("a tensor's rank");
  if (rank > kMaxRank) {
    fail(path_, named(name),
         "expected at most " + std::to_string(kMaxRank) + " dimensions, found " +
             std::to_string(rank));
  }
  std::vector<int64_t> shape(rank);
  for (size_t d = rank; d-- > 0;) shape[d] = cursor.take<int64_t>("a dimension");
  const GgmlType& type = known_ggml_type(path_, name, cursor.take<uint32_t>("a tensor's type"));
  tensors_.push_back(describe_ggml_tensor(path_, std::move(name), std::move(shape), type));
  places_.push_back({&type, cursor.take<uint64_t>("a tensor's offset")});
}

// i: the first tensor that is not inside the file.
void GgufFile::throw_truncated(uint64_t data_offset, size_t i) const {
  uint64_t needed = file_.size();
  for (size_t k = 0; k < tensors_.size(); ++k) {
    // Those before i have their place in the file already.
    uint64_t end = k < i ? 0 : data_offset;
    bool overflow = __builtin_add_overflow(end, places_[k].offset, &end);
    overflow |= __builtin_add_overflow(end, tensors_[k].n_bytes, &end);
    if (overflow) {
      fail(path_, named(tensors_[k].name),
           "expected an offset inside the file, found " + std::to_string(places_[k].offset) +
               "; the header is damaged");
    }
    needed = std::max(needed, end);
  }
  throw TruncatedError(path_, named(tensors_[i].name), "its header", needed, file_.size(),
                       ", or its header is damaged");
}

void GgufFile::place_tensors(uint64_t data_offset, uint64_t alignment) {
  const uint64_t n_data = file_.size() - std::min(file_.size(), data_offset);
  std::unordered_set<std::string_view> names;
  std::vector<size_t> by_place;
  for (size_t i = 0; i < tensors_.size(); ++i) {
    const TensorInfo& tensor = tensors_[i];
    uint64_t& offset = places_[i].offset;
    if (!names.insert(tensor.name).second) fail(path_, named(tensor.name), "stands twice");
    if (offset % alignment != 0) {
      fail(path_, named(tensor.name),
           "expected an offset that is a multiple of " + std::to_string(alignment) + ", found " +
               std::to_string(offset));
    }
    if (offset > n_data || tensor.n_bytes > n_data - offset) {
      throw_truncated(data_offset, i);
    }
    offset += data_offset;
    if (tensor.n_bytes > 0) by_place.push_back(i);
  }
  std::sort(by_place.begin(), by_place.end(),
            [&](size_t a, size_t b) { return places_[a].offset < places_[b].offset; });
  for (size_t i = 1; i < by_place.size(); ++i) {
    const size_t before = by_place[i - 1], at = by_place[i];
    if (places_[at].offset < places_[before].offset + tensors_[before].n_bytes) {
      fail(path_, named(tensors_[at].name),
           "its bytes overlap those of \"" + printable(tensors_[before].name) + "\"");
    }
  }
}

void GgufFile::read(size_t index, ItemsOut out, const ReadProgress& on_read) const {
  const auto& [type, offset] = places_[index];
  read_ggml_tensor(file_, offset, *type, tensors_[index], std::move(out), on_read);
}

void GgufFile::stream_stored(size_t index, size_t n_piece, const BytesRead& on_piece) const {
  read_tensor_pieces(file_, places_[index].offset, tensors_[index], on_piece, n_piece);
}

std::optional<TensorPlace> GgufFile::place(size_t index) const {
  return TensorPlace{path_, places_[index].offset};
}

bool is_gguf(const InputFile& file) {
  if (file.size() < 8) return false;
  FileCursor cursor(file);
  if (cursor.take<uint32_t>("the magic number") != kMagic) return false;
  const auto version = cursor.take<uint32_t>("the version");
  // Four letters can begin a text too. A big-endian file's version has its zeros in front.
  return version <= 0xffff || (version & 0xffff) == 0;
}

}  // namespace gpt2run
