#include "tools/ids.h"

#include <charconv>
#include <cstdint>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/npy.h"
#include "base/printable.h"
#include "loader/describe.h"
#include "tools/exit_code.h"

namespace gpt2run {
namespace {

constexpr int64_t kMaxId = std::numeric_limits<int>::max();

std::string_view trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

int parse_id(std::string_view text) {
  int id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id < 0) {
    throw UsageError("--ids: expected token ids like 1,2,3, found \"" + printable(text) + "\"");
  }
  return id;
}

template <class Integer>
std::vector<int> narrow_items(const NpyArray& array, const std::string& path) {
  std::vector<int> ids(array.data.size() / sizeof(Integer));
  for (size_t i = 0; i < ids.size(); ++i) {
    Integer value;
    std::memcpy(&value, array.data.data() + i * sizeof(value), sizeof(value));
    if (value < 0 || static_cast<int64_t>(value) > kMaxId) {
      throw InputError(ErrorKind::kMismatch, path + ": item " + std::to_string(i) +
                                                 ": expected a token id, found " +
                                                 std::to_string(value));
    }
    ids[i] = static_cast<int>(value);
  }
  return ids;
}

}  // namespace

std::vector<int> parse_ids(std::string_view text) {
  std::vector<int> ids;
  while (true) {
    const size_t comma = text.find(',');
    ids.push_back(parse_id(trim(text.substr(0, comma))));
    if (comma == std::string_view::npos) return ids;
    text.remove_prefix(comma + 1);
  }
}

std::vector<int> read_ids(const std::filesystem::path& path) {
  const NpyArray array = read_npy(path);
  const bool is_int32 = array.dtype == "<i4", is_int64 = array.dtype == "<i8";
  if ((!is_int32 && !is_int64) || array.shape.size() != 1 || array.shape[0] == 0) {
    throw InputError(ErrorKind::kMismatch, path.string() +
                                               ": expected int32 or int64 ids of shape [n], n at "
                                               "least 1, found dtype " +
                                               printable(array.dtype) + " of shape " +
                                               printable(shape_text(array.shape)));
  }
  return is_int32 ? narrow_items<int32_t>(array, path.string())
                  : narrow_items<int64_t>(array, path.string());
}

std::vector<int> ids_from_json(const nlohmann::json& json, const std::string& name, int n_vocab) {
  const auto fail = [&](const std::string& found) {
    throw InputError(ErrorKind::kRuntime, name + ": expected an array of token ids from 0 to " +
                                              std::to_string(n_vocab - 1) + ", found " + found);
  };
  if (!json.is_array()) fail(json.type_name());
  std::vector<int> ids;
  ids.reserve(json.size());
  for (const nlohmann::json& item : json) {
    const std::string position = " at position " + std::to_string(ids.size());
    if (!item.is_number_integer()) fail(item.type_name() + position);
    // A value above int64's range is unsigned, and negative after the conversion.
    const auto id = item.get<int64_t>();
    if (id < 0 || id >= n_vocab) fail(item.dump() + position);
    ids.push_back(static_cast<int>(id));
  }
  return ids;
}

void check_ids_fit(std::span<const int> ids, const Hparams& hparams) {
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < hparams.n_vocab) continue;
    throw InputError(ErrorKind::kRuntime,
                     "the ids: position " + std::to_string(i) + ": expected an id from 0 to " +
                         std::to_string(hparams.n_vocab - 1) +
                         " (the model's n_vocab - 1), found " + std::to_string(ids[i]));
  }
  if (ids.size() > static_cast<size_t>(hparams.n_ctx)) {
    throw InputError(ErrorKind::kRuntime,
                     "the ids: expected at most " + std::to_string(hparams.n_ctx) +
                         " (the model's n_ctx), found " + std::to_string(ids.size()));
  }
}

}  // namespace gpt2run
