#include "loader/safetensors_set.h"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <system_error>

#include "base/json.h"
#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/tensor_checks.h"
#include "loader/tensor_name.h"

namespace gpt2run {
namespace {

using nlohmann::json;

constexpr size_t kMaxIndexBytes = size_t{16} << 20;
constexpr size_t kMaxShards = 1000;  // each takes a file descriptor
constexpr int kMaxDepth = 8;

// Shard file name -> the tensors that it must hold.
using ShardContents = std::map<std::string, std::set<std::string>>;

json parse_index(const std::filesystem::path& path) {
  refuse_failed_download(InputFile(path));
  const std::string text = read_file(path, kMaxIndexBytes, ErrorKind::kCorrupt);
  try {
    return parse_json(text, "index", ErrorKind::kCorrupt, kMaxDepth);
  } catch (const InputError& error) {  // it may quote the input
    throw CheckpointError(ErrorKind::kCorrupt, path.string(), "", printable(error.what()));
  }
}

bool is_plain_file_name(std::string_view name) {
  const auto is_bad = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return c == '/' || c == '\\' || byte < 0x20 || byte == 0x7F;
  };
  return !name.empty() && name.size() <= 255 && name != "." &&
         name.find("..") == std::string_view::npos &&
         std::none_of(name.begin(), name.end(), is_bad);
}

ShardContents parse_weight_map(const std::string& path, const json& index) {
  const auto map = index.is_object() ? index.find("weight_map") : index.end();
  if (map == index.end() || !map->is_object() || map->empty()) {
    throw CheckpointError(
        ErrorKind::kCorrupt, path, "weight_map",
        "expected an object of tensor names and file names; the index is damaged");
  }
  ShardContents contents;
  for (const auto& [name, file] : map->items()) {
    check_tensor_name(path, name);
    if (!file.is_string() || !is_plain_file_name(file.get_ref<const std::string&>())) {
      throw CheckpointError(ErrorKind::kCorrupt, path, tensor_text(name),
                            "expected the name of a file beside the index, found " +
                                printable(file.dump(-1, ' ', true)) + "; refused");
    }
    contents[file.get<std::string>()].insert(name);
  }
  if (contents.size() > kMaxShards) {
    throw CheckpointError(ErrorKind::kUnsupported, path, "weight_map",
                          "expected at most " + std::to_string(kMaxShards) + " shards, found " +
                              std::to_string(contents.size()));
  }
  return contents;
}

void check_all_here(const std::filesystem::path& path, const ShardContents& contents) {
  constexpr size_t kMaxShown = 400;
  std::string here, missing;
  for (const auto& [file, names] : contents) {
    std::error_code ignored;
    std::string& list =
        std::filesystem::exists(path.parent_path() / file, ignored) ? here : missing;
    if (list.size() < kMaxShown) list += (list.empty() ? "" : ", ") + printable(file);
  }
  if (missing.empty()) return;
  throw CheckpointError(ErrorKind::kNotFound, path.string(), "",
                        "its shards are not all here; missing: " + missing + "; here: " +
                            (here.empty() ? "none" : here) + "; download what is missing");
}

}  // namespace

SafetensorsSet::SafetensorsSet(const std::filesystem::path& index_path)
    : path_(index_path.string()) {
  const json index = parse_index(index_path);
  const ShardContents contents = parse_weight_map(path_, index);
  const auto metadata = index.find("metadata");
  if (metadata != index.end() && metadata->is_object()) metadata_ = *metadata;
  check_all_here(index_path, contents);
  shards_.reserve(contents.size());
  for (const auto& [file, names] : contents) {
    const Safetensors& shard = shards_.emplace_back(index_path.parent_path() / file);
    std::set<std::string> lacking = names;
    for (size_t i = 0; i < shard.tensors().size(); ++i) {
      if (lacking.erase(shard.tensors()[i].name) == 0) continue;
      tensors_.push_back(shard.tensors()[i]);
      places_.emplace_back(shards_.size() - 1, i);
    }
    if (!lacking.empty()) {
      throw CheckpointError(ErrorKind::kCorrupt, shard.path(), tensor_text(*lacking.begin()),
                            "is not in this file, where the index says it is (" +
                                std::to_string(lacking.size()) + " of " +
                                std::to_string(names.size()) +
                                " are missing); index and shards are from different saves: "
                                "download them again");
    }
  }
}

void SafetensorsSet::read_float32(size_t index, float* out, const ReadProgress& on_read) const {
  const auto [shard, at] = places_[index];
  shards_[shard].read_float32(at, out, on_read);
}

void SafetensorsSet::stream_float32(size_t index, size_t n_piece,
                                    const ReadProgress& on_piece) const {
  const auto [shard, at] = places_[index];
  shards_[shard].stream_float32(at, n_piece, on_piece);
}

StoredAs SafetensorsSet::stored_as(size_t index) const {
  const auto [shard, at] = places_[index];
  return shards_[shard].stored_as(at);
}

void SafetensorsSet::stream_stored(size_t index, size_t n_piece, const BytesRead& on_piece) const {
  const auto [shard, at] = places_[index];
  shards_[shard].stream_stored(at, n_piece, on_piece);
}

std::optional<TensorPlace> SafetensorsSet::place(size_t index) const {
  const auto [shard, at] = places_[index];
  return shards_[shard].place(at);
}

bool is_safetensors_index(const InputFile& file) {
  // HF writes a few numbers before the map. Not all of a file is read: vocabularies are asked too.
  constexpr uint64_t kStart = uint64_t{64} << 10;
  if (file.size() > kMaxIndexBytes) return false;
  std::string start(std::min(file.size(), kStart), '\0');
  file.read_at(0, start.data(), start.size());
  const size_t brace = start.find_first_not_of(" \t\r\n");
  return brace != std::string::npos && start[brace] == '{' &&
         start.find("\"weight_map\"") != std::string::npos;
}

}  // namespace gpt2run
