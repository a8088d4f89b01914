#include "loader/safetensors.h"

#include <algorithm>
#include <cassert>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "base/json.h"
#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/convert.h"
#include "loader/describe.h"
#include "loader/dtype.h"
#include "loader/tensor_checks.h"
#include "loader/tensor_name.h"

namespace gpt2run {

struct Safetensors::Entry {
  TensorInfo info;
  uint64_t begin = 0, end = 0;  // in the data
};

namespace {

using nlohmann::json;

constexpr uint64_t kLengthBytes = 8;
constexpr uint64_t kMaxHeaderBytes = 100'000'000;  // as safetensors' own reader has it
constexpr int kMaxDepth = 8;

struct Type {
  std::string_view name;
  unsigned n_bits;
  DType dtype;
};

constexpr Type kTypes[] = {
    {"F32", 32, DType::kFloat32},      {"F16", 16, DType::kFloat16},
    {"BF16", 16, DType::kBFloat16},    {"F64", 64, DType::kFloat64},
    {"I32", 32, DType::kInt32},        {"I64", 64, DType::kInt64},
    {"BOOL", 8, DType::kOther},        {"U8", 8, DType::kOther},
    {"I8", 8, DType::kOther},          {"I16", 16, DType::kOther},
    {"U16", 16, DType::kOther},        {"U32", 32, DType::kOther},
    {"U64", 64, DType::kOther},        {"C64", 64, DType::kOther},
    {"F4", 4, DType::kOther},          {"F6_E2M3", 6, DType::kOther},
    {"F6_E3M2", 6, DType::kOther},     {"F8_E4M3", 8, DType::kOther},
    {"F8_E5M2", 8, DType::kOther},     {"F8_E8M0", 8, DType::kOther},
    {"F8_E4M3FNUZ", 8, DType::kOther}, {"F8_E5M2FNUZ", 8, DType::kOther},
};

uint64_t read_header_length(const InputFile& file) {
  unsigned char bytes[kLengthBytes];
  file.read_at(0, bytes, sizeof(bytes));
  uint64_t length = 0;
  for (size_t i = kLengthBytes; i-- > 0;) length = length << 8 | bytes[i];
  return length;
}

[[noreturn]] void fail(const std::string& path, const std::string& where, const std::string& what,
                       ErrorKind kind = ErrorKind::kCorrupt) {
  throw CheckpointError(kind, path, where, what);
}

std::string read_header(const InputFile& file) {
  const std::string path = file.path().string();
  refuse_failed_download(file);
  if (file.size() < kLengthBytes + 2) {
    fail(path, "header",
         "expected its 8-byte length and JSON, found " + std::to_string(file.size()) +
             " bytes; download it again");
  }
  const uint64_t length = read_header_length(file);
  if (length > kMaxHeaderBytes) {
    fail(path, "header length",
         "expected at most " + std::to_string(kMaxHeaderBytes) + " bytes, found " +
             std::to_string(length) + "; the file is damaged or no safetensors file");
  }
  if (length > file.size() - kLengthBytes) {
    throw TruncatedError(path, "header length", "it", kLengthBytes + length, file.size());
  }
  std::string text(length, '\0');
  file.read_at(kLengthBytes, text.data(), text.size());
  if (text.empty() || text[0] != '{') {
    fail(path, "header",
         "expected JSON that begins with {, found \"" + printable(text.substr(0, 16)) +
             "\"; the file is damaged or no safetensors file");
  }
  return text;
}

json parse_object(const std::string& path, const std::string& text) {
  try {
    return parse_json(text, "header", ErrorKind::kCorrupt, kMaxDepth);
  } catch (const InputError& error) {
    fail(path, "", printable(error.what()));  // it may quote the input
  }
}

std::optional<std::vector<uint64_t>> numbers_of(const json& tensor, const char* key) {
  const auto found = tensor.find(key);
  if (found == tensor.end() || !found->is_array()) return std::nullopt;
  std::vector<uint64_t> numbers;
  for (const json& value : *found) {
    if (!value.is_number_unsigned()) return std::nullopt;
    numbers.push_back(value.get<uint64_t>());
  }
  return numbers;
}

const Type& type_of(const std::string& path, const std::string& where, const json& tensor) {
  const auto found = tensor.find("dtype");
  if (found == tensor.end() || !found->is_string()) {
    fail(path, where, "expected a \"dtype\" that is a string; the header is damaged");
  }
  const auto& name = found->get_ref<const std::string&>();
  for (const Type& type : kTypes) {
    if (type.name == name) return type;
  }
  fail(path, where,
       "expected a dtype of safetensors (F32, F16, BF16, ...), found \"" + printable(name) +
           "\", which is not known",
       ErrorKind::kUnsupported);
}

std::vector<int64_t> shape_of(const std::string& path, const std::string& where,
                              const json& tensor) {
  const auto sizes = numbers_of(tensor, "shape");
  if (!sizes) fail(path, where, "expected a \"shape\" of whole numbers; the header is damaged");
  std::vector<int64_t> shape;
  for (const uint64_t size : *sizes) shape.push_back(static_cast<int64_t>(size));
  if (!checked_product(shape)) {
    fail(path, where,
         "expected a shape whose product is below 2^63, found " + shape_text(shape) +
             "; the header is damaged");
  }
  return shape;
}

}  // namespace

Safetensors::Safetensors(const std::filesystem::path& path) : path_(path.string()), file_(path) {
  parse_header(read_header(file_));
}

Safetensors::Entry Safetensors::parse_entry(const std::string& name, const json& value) const {
  check_tensor_name(path_, name);
  const std::string where = tensor_text(name);
  if (!value.is_object()) fail(path_, where, "expected an object; the header is damaged");
  const Type& type = type_of(path_, where, value);
  const std::vector<int64_t> shape = shape_of(path_, where, value);
  const auto range = numbers_of(value, "data_offsets");
  if (!range || range->size() != 2 || range->front() > range->back()) {
    fail(path_, where,
         "expected data_offsets [begin, end] with begin <= end, found " +
             printable(value.value("data_offsets", json()).dump()) + "; the header is damaged");
  }
  Entry entry;
  entry.begin = range->front();
  entry.end = range->back();
  entry.info = {name, type.dtype, std::string(type.name), shape, entry.end - entry.begin};
  if (type.dtype != DType::kOther) entry.info.dtype_text = dtype_name(type.dtype);
  uint64_t n_bits = 0;
  if (__builtin_mul_overflow(entry.info.n_items(), uint64_t{type.n_bits}, &n_bits) ||
      n_bits % 8 != 0 || n_bits / 8 != entry.info.n_bytes) {
    fail(path_, where,
         "expected as many bytes as " + std::string(type.name) + " " + shape_text(shape) +
             " takes, found data_offsets that span " + std::to_string(entry.info.n_bytes) +
             "; the header is damaged");
  }
  return entry;
}

void Safetensors::parse_metadata(const json& value) {
  const auto is_string = [](const json& item) { return item.is_string(); };
  if (!value.is_object() || !std::all_of(value.begin(), value.end(), is_string)) {
    fail(path_, "__metadata__", "expected an object of strings; the header is damaged");
  }
  metadata_ = value;
}

void Safetensors::parse_header(const std::string& text) {
  const json header = parse_object(path_, text);
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name == "__metadata__") {
      parse_metadata(value);
    } else {
      entries.push_back(parse_entry(name, value));
    }
  }
  check_tiling(std::move(entries), text.size());
}

void Safetensors::check_tiling(std::vector<Entry> entries, uint64_t n_header_bytes) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  const uint64_t data_at = kLengthBytes + n_header_bytes;
  uint64_t end = 0;
  for (Entry& entry : entries) {
    if (entry.begin != end) {
      fail(path_, tensor_text(entry.info.name),
           "expected its data to begin at byte " + std::to_string(end) +
               " of the data, where the tensor before it ends, found " +
               std::to_string(entry.begin) + (entry.begin < end ? " (an overlap)" : " (a hole)") +
               "; the header is damaged");
    }
    end = entry.end;
    offsets_.push_back(data_at + entry.begin);
    tensors_.push_back(std::move(entry.info));
  }
  const uint64_t n_found = file_.size() - data_at;
  if (end > n_found) {
    const uint64_t needed = end + std::min(data_at, std::numeric_limits<uint64_t>::max() - end);
    throw TruncatedError(path_, "", "its header", needed, file_.size());
  }
  if (end < n_found) {
    fail(path_, "",
         "expected " + std::to_string(end) + " bytes of data, as its header says, found " +
             std::to_string(n_found) + "; what follows the last tensor belongs to none");
  }
}

void Safetensors::read(size_t index, ItemsOut out, const ReadProgress& on_read) const {
  const TensorInfo& info = tensors_[index];
  assert(is_readable_float(info.dtype));
  naming_tensor(file_, info.name, offsets_[index], [&] {
    read_items(file_, offsets_[index], info.dtype, info.n_items(), std::move(out), {}, on_read);
  });
}

void Safetensors::stream_stored(size_t index, size_t n_piece, const BytesRead& on_piece) const {
  read_tensor_pieces(file_, offsets_[index], tensors_[index], on_piece, n_piece);
}

std::optional<TensorPlace> Safetensors::place(size_t index) const {
  return TensorPlace{path_, offsets_[index]};
}

bool is_safetensors(const InputFile& file) {
  if (file.size() < kLengthBytes + 2) return false;
  char start[2];
  file.read_at(kLengthBytes, start, sizeof(start));
  return start[0] == '{' && (start[1] == '"' || start[1] == '}' || start[1] == ' ');
}

}  // namespace gpt2run
