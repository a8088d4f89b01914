#include "loader/write_gguf.h"

#include <cassert>
#include <type_traits>

#include "base/output_file.h"
#include "loader/convert.h"
#include "loader/write_values.h"

namespace gpt2run {
namespace {

constexpr uint32_t kVersion = 3;
constexpr uint64_t kAlignment = 32;
constexpr uint32_t kArrayType = 9;

// GGUF's number of a value's type: in the variant's order, but that 9 is an array's.
constexpr uint32_t type_number(size_t index) {
  return static_cast<uint32_t>(index < kArrayType ? index : index + 1);
}

uint32_t ggml_type_number(DType dtype) {
  switch (dtype) {
    case DType::kFloat16:
      return 1;
    case DType::kBFloat16:
      return 30;
    default:
      assert(dtype == DType::kFloat32);
      return 0;
  }
}

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};

class HeaderText {
 public:
  template <class Number>
  void put(Number value) {
    static_assert(std::is_arithmetic_v<Number>);
    text_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  void put(const std::string& value) {
    put<uint64_t>(value.size());
    text_ += value;
  }

  void put_key(const GgufKey& key) {
    put(key.name);
    constexpr size_t kNTypes = std::variant_size_v<GgufValue> / 2;
    const size_t index = key.value.index();
    const bool is_array = index >= kNTypes;
    if (is_array) put(kArrayType);
    put(type_number(is_array ? index - kNTypes : index));
    std::visit([this](const auto& value) { put_value(value); }, key.value);
  }

  // Offsets count from the start of the data.
  void put_tensor(const TensorToWrite& tensor, uint64_t offset) {
    put(tensor.name);
    put(static_cast<uint32_t>(tensor.shape.size()));
    for (size_t d = tensor.shape.size(); d-- > 0;) put(static_cast<uint64_t>(tensor.shape[d]));
    put(ggml_type_number(tensor.dtype));
    put(offset);
  }

  std::string take() && { return std::move(text_); }

 private:
  template <class Value>
  void put_value(const Value& value) {
    if constexpr (IsVector<Value>::value) {
      put<uint64_t>(value.size());
      for (const typename Value::value_type& item : value) put(item);
    } else {
      put(value);
    }
  }

  std::string text_;
};

uint64_t aligned(uint64_t n) {
  return (n + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

void write_gguf(const std::filesystem::path& path, const std::vector<GgufKey>& keys,
                const std::vector<TensorToWrite>& tensors, const ReadTensor& read) {
  HeaderText header;
  for (const char c : {'G', 'G', 'U', 'F'}) header.put(c);
  header.put(kVersion);
  header.put<uint64_t>(tensors.size());
  header.put<uint64_t>(keys.size());
  for (const GgufKey& key : keys) header.put_key(key);
  uint64_t n_data = 0;
  for (const TensorToWrite& tensor : tensors) {
    header.put_tensor(tensor, n_data);
    n_data = aligned(n_data + tensor.n_items() * item_size(tensor.dtype));
  }
  std::string text = std::move(header).take();
  text.resize(aligned(text.size()), '\0');

  OutputFile file(path, text.size() + n_data);
  file.write(text);
  for (size_t i = 0; i < tensors.size(); ++i) {
    std::vector<float> values(tensors[i].n_items());
    read(i, values.data());
    write_values(file, tensors[i], values.data());
    file.write(std::string(aligned(file.n_written()) - file.n_written(), '\0'));
  }
  file.finish();
}

}  // namespace gpt2run
