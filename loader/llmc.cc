#include "loader/llmc.h"

#include "loader/checkpoint_error.h"
#include "loader/convert.h"
#include "loader/file_cursor.h"
#include "loader/tensor_checks.h"

namespace gpt2run {
namespace {

constexpr int32_t kMagic = 20240326;
constexpr int32_t kFloat32Version = 3;
constexpr int32_t kBFloat16Version = 5;
constexpr uint64_t kHeaderBytes = 256 * sizeof(int32_t);

struct HeaderField {
  const char* name;
  int32_t max;  // far beyond any GPT-2; the products of two of them fit in 64 bits
};
constexpr HeaderField kHeaderFields[] = {
    {"max_seq_len", 100'000'000}, {"vocab_size", 100'000'000}, {"num_layers", 100'000},
    {"num_heads", 1'000'000},     {"channels", 1'000'000},     {"padded_vocab_size", 100'000'000},
};

struct Sizes {
  int64_t max_seq_len, vocab_size, num_layers, num_heads, channels, padded_vocab_size;
};

// The tensors stand in this order, each for all layers.
struct Member {
  const char* name;
  bool is_per_layer;
  int n_rows;     // in channels; 0: not per layer, or a vector
  int n_columns;  // in channels
};
constexpr Member kMembers[] = {
    {"wte", false, 0, 1},     {"wpe", false, 0, 1},     {"ln1w", true, 0, 1},
    {"ln1b", true, 0, 1},     {"qkvw", true, 3, 1},     {"qkvb", true, 0, 3},
    {"attprojw", true, 1, 1}, {"attprojb", true, 0, 1}, {"ln2w", true, 0, 1},
    {"ln2b", true, 0, 1},     {"fcw", true, 4, 1},      {"fcb", true, 0, 4},
    {"fcprojw", true, 1, 4},  {"fcprojb", true, 0, 1},  {"lnfw", false, 0, 1},
    {"lnfb", false, 0, 1},
};

std::vector<int64_t> shape_of(const Member& member, const Sizes& sizes) {
  const std::string_view name = member.name;
  if (name == "wte") return {sizes.padded_vocab_size, sizes.channels};
  if (name == "wpe") return {sizes.max_seq_len, sizes.channels};
  const int64_t n_columns = member.n_columns * sizes.channels;
  if (member.n_rows == 0) return {n_columns};
  return {member.n_rows * sizes.channels, n_columns};
}

DType take_version(FileCursor& cursor, const std::string& path) {
  const auto magic = cursor.take<int32_t>("the magic number");
  if (magic != kMagic) {
    throw CheckpointError(ErrorKind::kCorrupt, path, "byte 0",
                          "expected llm.c's magic number " + std::to_string(kMagic) + ", found " +
                              std::to_string(magic) + "; the file is damaged, or is no llm.c .bin");
  }
  const auto version = cursor.take<int32_t>("the version");
  if (version == kFloat32Version) return DType::kFloat32;
  if (version == kBFloat16Version) return DType::kBFloat16;
  throw CheckpointError(
      ErrorKind::kUnsupported, path, "byte 4",
      "is an llm.c checkpoint of version " + std::to_string(version) +
          (version == 1 ? " (float32 without a padded vocabulary)" : "") +
          ", expected version 3 (float32) or 5 (bfloat16); write it again with llm.c's "
          "train_gpt2.py");
}

Sizes take_sizes(FileCursor& cursor, const std::string& path, nlohmann::json& metadata) {
  Sizes sizes{};
  int64_t* const places[] = {&sizes.max_seq_len, &sizes.vocab_size, &sizes.num_layers,
                             &sizes.num_heads,   &sizes.channels,   &sizes.padded_vocab_size};
  for (size_t i = 0; i < std::size(kHeaderFields); ++i) {
    const HeaderField& field = kHeaderFields[i];
    const auto value = cursor.take<int32_t>(field.name);
    if (value < 1 || value > field.max) {
      throw CheckpointError(ErrorKind::kCorrupt, path, field.name,
                            "expected 1 to " + std::to_string(field.max) + ", found " +
                                std::to_string(value) + "; the header is damaged");
    }
    *places[i] = value;
    metadata[field.name] = value;
  }
  if (sizes.padded_vocab_size < sizes.vocab_size) {
    throw CheckpointError(ErrorKind::kCorrupt, path, "padded_vocab_size",
                          "expected at least vocab_size " + std::to_string(sizes.vocab_size) +
                              ", found " + std::to_string(sizes.padded_vocab_size) +
                              "; the header is damaged");
  }
  return sizes;
}

// With every size at its limit these take less than 2^63 bytes.
uint64_t items_in_all(const Sizes& sizes) {
  const auto n = static_cast<uint64_t>(sizes.channels);
  const auto n_rows = static_cast<uint64_t>(sizes.padded_vocab_size + sizes.max_seq_len);
  return n_rows * n + static_cast<uint64_t>(sizes.num_layers) * (12 * n * n + 13 * n) + 2 * n;
}

void check_file_size(const InputFile& file, const std::string& path, const Sizes& sizes,
                     size_t n_item_bytes) {
  const uint64_t expected = kHeaderBytes + items_in_all(sizes) * n_item_bytes;
  if (file.size() == expected) return;
  if (file.size() < expected) throw TruncatedError(path, "", "its header", expected, file.size());
  throw CheckpointError(ErrorKind::kCorrupt, path, "",
                        "expected " + std::to_string(expected) +
                            " bytes, as its header says, found " + std::to_string(file.size()) +
                            "; the header is damaged, or something was appended");
}

}  // namespace

LlmcFile::LlmcFile(const std::filesystem::path& path)
    : file_(path), path_(path.string()), metadata_(nlohmann::json::object()) {
  FileCursor cursor(file_);
  const DType dtype = take_version(cursor, path_);
  metadata_["version"] = dtype == DType::kFloat32 ? kFloat32Version : kBFloat16Version;
  const Sizes sizes = take_sizes(cursor, path_, metadata_);
  check_file_size(file_, path_, sizes, item_size(dtype));
  uint64_t offset = kHeaderBytes;
  for (const Member& member : kMembers) {
    for (int64_t layer = 0; layer < (member.is_per_layer ? sizes.num_layers : 1); ++layer) {
      TensorInfo info;
      info.name = member.name + (member.is_per_layer ? "." + std::to_string(layer) : "");
      info.dtype = dtype;
      info.dtype_text = dtype_name(dtype);
      info.shape = shape_of(member, sizes);
      info.n_bytes = info.n_items() * item_size(dtype);
      offsets_.push_back(offset);
      offset += info.n_bytes;
      tensors_.push_back(std::move(info));
    }
  }
}

void LlmcFile::read(size_t index, ItemsOut out, const ReadProgress& on_read) const {
  const TensorInfo& tensor = tensors_[index];
  naming_tensor(file_, tensor.name, offsets_[index], [&] {
    read_items(file_, offsets_[index], tensor.dtype, tensor.n_items(), std::move(out), {}, on_read);
  });
}

std::optional<TensorPlace> LlmcFile::place(size_t index) const {
  return TensorPlace{path_, offsets_[index]};
}

bool is_llmc(const InputFile& file) {
  return file.size() >= 8 && FileCursor(file).take<int32_t>("the magic number") == kMagic;
}

}  // namespace gpt2run
