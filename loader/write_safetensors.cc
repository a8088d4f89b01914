#include "loader/write_safetensors.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <tuple>

#include "base/output_file.h"
#include "loader/convert.h"
#include "loader/proto_writer.h"
#include "loader/write_values.h"

namespace gpt2run {
namespace {

const char* type_name(DType dtype) {
  if (dtype == DType::kFloat16) return "F16";
  return dtype == DType::kBFloat16 ? "BF16" : "F32";
}

// The package sorts by its list of types, in which F32 comes after BF16, and that after F16.
int type_rank(DType dtype) {
  if (dtype == DType::kFloat16) return 2;
  return dtype == DType::kBFloat16 ? 1 : 0;
}

std::vector<size_t> order_in_file(const std::vector<TensorToWrite>& tensors) {
  std::vector<size_t> order(tensors.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, {}, [&](size_t i) {
    return std::make_tuple(type_rank(tensors[i].dtype), std::string_view(tensors[i].name));
  });
  return order;
}

}  // namespace

void write_safetensors(const std::filesystem::path& path, const std::vector<TensorToWrite>& tensors,
                       const std::map<std::string, std::string>& metadata, const ReadTensor& read) {
  constexpr size_t kAlignment = 8;
  const std::vector<size_t> order = order_in_file(tensors);
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  uint64_t n_data = 0;
  size_t n_largest = 0;
  for (const size_t i : order) {
    const uint64_t begin = n_data;
    n_data += tensors[i].n_items() * item_size(tensors[i].dtype);
    n_largest = std::max<size_t>(n_largest, tensors[i].n_items());
    header[tensors[i].name] = {{"dtype", type_name(tensors[i].dtype)},
                               {"shape", tensors[i].shape},
                               {"data_offsets", {begin, n_data}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + kAlignment - 1) / kAlignment * kAlignment, ' ');
  std::string length;
  append_little_endian(length, text.size(), 8);

  // One for all tensors: the system would clear fresh memory for each.
  const auto values = std::make_unique_for_overwrite<float[]>(n_largest);
  OutputFile file(path, length.size() + text.size() + n_data);
  file.write(length);
  file.write(text);
  for (const size_t i : order) {
    read(i, values.get());
    write_values(file, tensors[i], values.get());
  }
  file.finish();
}

}  // namespace gpt2run
