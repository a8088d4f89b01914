#include "loader/ggml_legacy.h"

#include <unordered_set>

#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/ggml_tensor.h"

namespace gpt2run {
namespace {

constexpr uint32_t kMagic = 0x67676d6c;  // "ggml" in the order of its digits
constexpr int32_t kMaxRank = 4;          // ggml's own limit
constexpr int32_t kMaxSize = 100'000'000;
// ftype is the type in general, plus this times the version of the quantized layouts.
constexpr int32_t kLayoutFactor = 1000;
constexpr int32_t kReadLayout = 2;

[[noreturn]] void fail(const std::string& path, const std::string& where, const std::string& what,
                       ErrorKind kind = ErrorKind::kCorrupt) {
  throw CheckpointError(kind, path, where, what);
}

}  // namespace

GgmlLegacyFile::GgmlLegacyFile(const std::filesystem::path& path)
    : file_(path), path_(path.string()), metadata_(nlohmann::json::object()) {
  FileCursor cursor(file_);
  if (cursor.take<uint32_t>("the magic number") != kMagic) {
    fail(path_, "byte 0", "expected an old ggml file's first bytes \"lmgg\", found others");
  }
  take_hparams(cursor);
  take_vocabulary(cursor);
  while (cursor.n_left() > 0) take_tensor(cursor);
  std::unordered_set<std::string_view> names;
  for (const TensorInfo& tensor : tensors_) {
    if (!names.insert(tensor.name).second) {
      fail(path_, "tensor \"" + printable(tensor.name) + "\"", "stands twice; the file is damaged");
    }
  }
}

void GgmlLegacyFile::take_hparams(FileCursor& cursor) {
  for (const char* name : {"n_vocab", "n_ctx", "n_embd", "n_head", "n_layer", "ftype"}) {
    const auto value = cursor.take<int32_t>(name);
    const int32_t min = std::string_view(name) == "ftype" ? 0 : 1;
    if (value < min || value > kMaxSize) {
      fail(path_, name,
           "expected " + std::to_string(min) + " to " + std::to_string(kMaxSize) + ", found " +
               std::to_string(value) + "; the file is damaged");
    }
    metadata_[name] = value;
  }
}

void GgmlLegacyFile::take_vocabulary(FileCursor& cursor) {
  const auto n_tokens = cursor.take<uint32_t>("the number of tokens");
  const std::string where = "vocabulary at byte " + std::to_string(cursor.offset());
  if (n_tokens != metadata_["n_vocab"]) {
    fail(path_, where,
         "expected n_vocab's " + metadata_["n_vocab"].dump() + " tokens, found " +
             std::to_string(n_tokens) + "; the file is damaged");
  }
  if (n_tokens > cursor.n_left() / sizeof(uint32_t)) {
    fail(path_, where,
         "expected a number of tokens that fit in the file's " + std::to_string(cursor.n_left()) +
             " bytes left, found " + std::to_string(n_tokens) + "; the file is damaged");
  }
  nlohmann::json vocabulary = nlohmann::json::array();
  for (uint32_t i = 0; i < n_tokens; ++i) {
    const auto n_bytes = cursor.take<uint32_t>("a token's length");
    vocabulary.push_back(cursor.take_bytes(n_bytes, "a token"));
  }
  metadata_["vocab"] = std::move(vocabulary);
}

const GgmlType& GgmlLegacyFile::take_type(FileCursor& cursor, const std::string& where) const {
  const GgmlType& type = known_ggml_type(path_, where, cursor.take<uint32_t>("a tensor's type"));
  const int layout = metadata_["ftype"].get<int32_t>() / kLayoutFactor;
  if (type.block_items > 1 && layout != kReadLayout) {
    fail(path_, where,
         std::string("holds a ") + type.name + " tensor in ggml's quantized layout " +
             std::to_string(layout) +
             ", expected layout 2 (from May 2023 on); convert the model "
             "again",
         ErrorKind::kUnsupported);
  }
  return type;
}

void GgmlLegacyFile::take_tensor(FileCursor& cursor) {
  const std::string where = "tensor at byte " + std::to_string(cursor.offset());
  const auto rank = cursor.take<int32_t>("a tensor's rank");
  if (rank < 1 || rank > kMaxRank) {
    fail(path_, where,
         "expected 1 to " + std::to_string(kMaxRank) + " dimensions, found " +
             std::to_string(rank) + "; the file is damaged");
  }
  const auto n_name_bytes = cursor.take<uint32_t>("a name's length");
  const GgmlType& type = take_type(cursor, where);
  std::vector<int64_t> shape(static_cast<size_t>(rank));
  for (size_t d = shape.size(); d-- > 0;) shape[d] = cursor.take<int32_t>("a dimension");
  std::string name = cursor.take_bytes(n_name_bytes, "a tensor's name");
  tensors_.push_back(describe_ggml_tensor(path_, std::move(name), std::move(shape), type));
  places_.push_back({&type, cursor.offset()});
  cursor.skip(tensors_.back().n_bytes, "a tensor's data");
}

void GgmlLegacyFile::read(size_t index, ItemsOut out, const ReadProgress& on_read) const {
  const auto& [type, offset] = places_[index];
  read_ggml_tensor(file_, offset, *type, tensors_[index], std::move(out), on_read);
}

void GgmlLegacyFile::stream_stored(size_t index, size_t n_piece, const BytesRead& on_piece) const {
  read_tensor_pieces(file_, places_[index].offset, tensors_[index], on_piece, n_piece);
}

std::optional<TensorPlace> GgmlLegacyFile::place(size_t index) const {
  return TensorPlace{path_, places_[index].offset};
}

bool is_ggml_legacy(const InputFile& file) {
  return file.size() >= 4 && FileCursor(file).take<uint32_t>("the magic number") == kMagic;
}

}  // namespace gpt2run
