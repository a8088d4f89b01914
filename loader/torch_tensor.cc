#include "loader/torch_tensor.h"

#include "loader/checkpoint_error.h"
#include "loader/describe.h"
#include "loader/tensor_checks.h"

namespace gpt2run {
namespace {

using Kind = PickleValue::Kind;

constexpr std::string_view kRebuildTensor = "torch._utils._rebuild_tensor_v2";
constexpr std::string_view kRebuildParameter = "torch._utils._rebuild_parameter";
constexpr std::string_view kSize = "torch.Size";

constexpr TorchType kTypes[] = {
    {"torch.FloatStorage", DType::kFloat32, "float32", 4},
    {"torch.HalfStorage", DType::kFloat16, "float16", 2},
    {"torch.BFloat16Storage", DType::kBFloat16, "bfloat16", 2},
    {"torch.DoubleStorage", DType::kFloat64, "float64", 8},
    {"torch.IntStorage", DType::kInt32, "int32", 4},
    {"torch.LongStorage", DType::kInt64, "int64", 8},
    {"torch.ShortStorage", DType::kOther, "int16", 2},
    {"torch.CharStorage", DType::kOther, "int8", 1},
    {"torch.ByteStorage", DType::kOther, "uint8", 1},
    {"torch.BoolStorage", DType::kOther, "bool", 1},
    {"torch.ComplexFloatStorage", DType::kOther, "complex64", 8},
    {"torch.ComplexDoubleStorage", DType::kOther, "complex128", 16},
};

const TorchType* find_type(std::string_view name) {
  for (const TorchType& type : kTypes) {
    if (type.name == name) return &type;
  }
  return nullptr;
}

// One tensor's call, taken apart; messages name the tensor.
class TensorParser {
 public:
  TensorParser(const Pickle& pickle, const std::string& path, const std::string& where)
      : pickle_(pickle), path_(path), where_(where) {}

  TorchTensor parse(uint32_t value) const {
    // (storage, offset, size, stride, requires_grad, backward_hooks[, metadata])
    const auto& arguments = pickle_[pickle_[value].items[1]].items;
    if (arguments.size() < 6) fail("expected at least 6 arguments of a tensor");
    TorchTensor tensor;
    tensor.storage = storage(arguments[0]);
    tensor.offset = static_cast<uint64_t>(whole(arguments[1], "offset"));
    tensor.shape = sizes(arguments[2], "shape");
    tensor.strides = sizes(arguments[3], "strides");
    check_view(tensor);
    return tensor;
  }

 private:
  [[noreturn]] void fail(const std::string& what, ErrorKind kind = ErrorKind::kCorrupt) const {
    throw CheckpointError(kind, path_, where_, what);
  }

  int64_t whole(uint32_t value, const char* what) const {
    if (pickle_[value].kind != Kind::kInt || pickle_[value].number < 0) {
      fail(std::string("expected its ") + what + " in whole numbers; the file is damaged");
    }
    return pickle_[value].number;
  }

  std::vector<int64_t> sizes(uint32_t value, const char* what) const {
    const PickleValue& tuple = pickle_[without_torch_size(pickle_, value)];
    if (tuple.kind != Kind::kTuple && tuple.kind != Kind::kList) {
      fail(std::string("expected its ") + what + " as a tuple; the file is damaged");
    }
    std::vector<int64_t> result;
    for (const uint32_t item : tuple.items) result.push_back(whole(item, what));
    return result;
  }

  // The persistent id ("storage", type, key, location, n_items[, view]).
  TorchStorage storage(uint32_t value) const {
    const PickleValue* id = &pickle_[value];
    if (id->kind == Kind::kPersistent) id = &pickle_[id->items[0]];
    if (id->kind != Kind::kTuple || id->items.size() < 5 ||
        pickle_[id->items[0]].text != "storage" || pickle_[id->items[2]].kind != Kind::kString) {
      fail("expected a storage; the file is damaged");
    }
    TorchStorage result;
    result.type = find_type(pickle_[id->items[1]].text);
    if (result.type == nullptr) fail("expected the type of a storage; the file is damaged");
    result.key = pickle_[id->items[2]].text;
    result.n_items = static_cast<uint64_t>(whole(id->items[4], "storage's size"));
    if (result.n_items > (uint64_t{1} << 60) / result.type->n_bytes) {
      fail("expected a storage below 2^60 bytes, found " + std::to_string(result.n_items) +
           " items; the file is damaged");
    }
    if (id->items.size() > 5 && pickle_[id->items[5]].kind != Kind::kNone) {
      fail("its storage is a view of another, as PyTorch before 0.4 wrote; save it again",
           ErrorKind::kUnsupported);
    }
    return result;
  }

  void check_view(const TorchTensor& tensor) const {
    const auto n_items = checked_product(tensor.shape);
    if (!n_items || tensor.strides.size() != tensor.shape.size()) {
      fail("expected a shape whose product is below 2^63 and as many strides, found " +
           shape_text(tensor.shape) + " and " + shape_text(tensor.strides) +
           "; the file is damaged");
    }
    uint64_t end = tensor.offset;  // the last item's position
    for (size_t d = 0; d < tensor.shape.size() && *n_items > 0; ++d) {
      uint64_t step = 0;
      if (__builtin_mul_overflow(static_cast<uint64_t>(tensor.shape[d] - 1),
                                 static_cast<uint64_t>(tensor.strides[d]), &step) ||
          __builtin_add_overflow(end, step, &end)) {
        end = UINT64_MAX;
        break;
      }
    }
    if (*n_items > 0 && end >= tensor.storage.n_items) {
      fail("expected it within its storage of " + std::to_string(tensor.storage.n_items) +
           " items, found shape " + shape_text(tensor.shape) + ", strides " +
           shape_text(tensor.strides) + ", offset " + std::to_string(tensor.offset) +
           "; the file is damaged");
    }
    if (*n_items > tensor.storage.n_items) {  // a few bytes could claim any amount of memory
      fail("shape " + shape_text(tensor.shape) + " is a storage of " +
               std::to_string(tensor.storage.n_items) +
               " items expanded, which is not read; save its contiguous() copy",
           ErrorKind::kUnsupported);
    }
  }

  const Pickle& pickle_;
  const std::string& path_;
  const std::string& where_;
};

bool is_call(const Pickle& pickle, uint32_t value, std::string_view global) {
  return pickle[value].kind == Kind::kCall && pickle[pickle[value].items[0]].text == global;
}

// The tensor within parameters; any other value is itself. A value that is its own parameter, as no
// program writes it, ends the search too.
uint32_t without_parameter(const Pickle& pickle, uint32_t value) {
  for (int depth = 0; depth < 4 && is_call(pickle, value, kRebuildParameter); ++depth) {
    const auto& arguments = pickle[pickle[value].items[1]].items;
    if (arguments.empty()) break;
    value = arguments[0];
  }
  return value;
}

}  // namespace

uint64_t TorchTensor::n_spanned() const {
  uint64_t n = 1;
  for (size_t d = 0; d < shape.size(); ++d) {
    if (shape[d] == 0) return 0;
    n += static_cast<uint64_t>((shape[d] - 1) * strides[d]);
  }
  return n;
}

bool is_torch_global(std::string_view global) {
  return global == kRebuildTensor || global == kRebuildParameter || global == kSize ||
         find_type(global) != nullptr;
}

bool is_torch_tensor(const Pickle& pickle, uint32_t value) {
  return is_call(pickle, without_parameter(pickle, value), kRebuildTensor);
}

uint32_t without_torch_size(const Pickle& pickle, uint32_t value) {
  if (!is_call(pickle, value, kSize)) return value;
  const auto& arguments = pickle[pickle[value].items[1]].items;
  return arguments.size() == 1 ? arguments[0] : value;
}

TorchTensor parse_torch_tensor(const Pickle& pickle, uint32_t value, const std::string& path,
                               const std::string& where) {
  return TensorParser(pickle, path, where).parse(without_parameter(pickle, value));
}

}  // namespace gpt2run
