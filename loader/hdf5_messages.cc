#include "loader/hdf5_messages.h"

#include <algorithm>

namespace gpt2run {
namespace {

constexpr uint64_t kMaxRank = 32;  // HDF5's own limit

[[noreturn]] void refuse_version(const Hdf5Fields& fields, uint64_t version) {
  fields.fail("is of version " + std::to_string(version) + ", which is not read",
              ErrorKind::kUnsupported);
}

void check_rank(const Hdf5Fields& fields, uint64_t rank) {
  if (rank <= kMaxRank) return;
  fields.fail("expected at most " + std::to_string(kMaxRank) + " dimensions, found " +
              std::to_string(rank));
}

DType float_type(Hdf5Fields& fields, uint64_t class_bits, uint64_t n_bytes) {
  struct Float {
    DType dtype;
    uint64_t n_bytes, n_exponent, n_fraction, bias;
  };
  constexpr Float kFloats[] = {{DType::kFloat32, 4, 8, 23, 127},
                               {DType::kFloat64, 8, 11, 52, 1023},
                               {DType::kFloat16, 2, 5, 10, 15},
                               {DType::kBFloat16, 2, 8, 7, 127}};
  const uint64_t bit_offset = fields.number(2), precision = fields.number(2);
  const uint64_t exponent_at = fields.number(1), n_exponent = fields.number(1);
  const uint64_t fraction_at = fields.number(1), n_fraction = fields.number(1);
  const uint64_t bias = fields.number(4);
  for (const Float& one : kFloats) {
    // The sign stands highest; the fraction's first bit is implied; the lowest byte comes first.
    const uint64_t bits = (one.n_bytes * 8 - 1) << 8 | 0x20;
    if (n_bytes == one.n_bytes && class_bits == bits && bit_offset == 0 &&
        precision == n_bytes * 8 && exponent_at == one.n_fraction && n_exponent == one.n_exponent &&
        fraction_at == 0 && n_fraction == one.n_fraction && bias == one.bias) {
      return one.dtype;
    }
  }
  return DType::kOther;
}

DType integer_type(Hdf5Fields& fields, uint64_t class_bits, uint64_t n_bytes) {
  constexpr uint64_t kSigned = 0x08;  // and nothing else: the lowest byte comes first
  const uint64_t bit_offset = fields.number(2), precision = fields.number(2);
  if (class_bits != kSigned || bit_offset != 0 || precision != n_bytes * 8) return DType::kOther;
  return n_bytes == 4 ? DType::kInt32 : n_bytes == 8 ? DType::kInt64 : DType::kOther;
}

void parse_chunks(Hdf5Fields& fields, Hdf5Layout& layout) {
  const uint64_t rank = fields.number(1);  // the last dimension is an item's bytes
  check_rank(fields, rank == 0 ? rank : rank - 1);
  layout.address = fields.number(8);
  for (uint64_t d = 0; d < rank; ++d) layout.chunk.push_back(fields.number(4));
  if (layout.chunk.empty() || std::count(layout.chunk.begin(), layout.chunk.end(), 0u) > 0) {
    fields.fail("has chunks of no items");
  }
  layout.n_item_bytes = layout.chunk.back();
  layout.chunk.pop_back();
}

}  // namespace

std::vector<int64_t> parse_hdf5_shape(const Hdf5Input& input, const Hdf5Message& message) {
  Hdf5Fields fields(input, message.address, message.bytes, "a shape");
  const uint64_t version = fields.number(1), rank = fields.number(1);
  check_rank(fields, rank);
  fields.skip(1);
  if (version == 1) {
    fields.skip(5);
  } else if (version == 2) {
    constexpr uint64_t kNull = 2;
    if (fields.number(1) == kNull) return {0};
  } else {
    refuse_version(fields, version);
  }
  std::vector<int64_t> shape;
  for (uint64_t d = 0; d < rank; ++d) shape.push_back(static_cast<int64_t>(fields.number(8)));
  return shape;
}

Hdf5Type parse_hdf5_type(const Hdf5Input& input, const Hdf5Message& message) {
  constexpr uint64_t kInteger = 0, kFloat = 1, kString = 3, kVariable = 9;
  Hdf5Fields fields(input, message.address, message.bytes, "a type");
  const uint64_t kind = fields.number(1) & 0x0F;
  const uint64_t class_bits = fields.number(3);
  Hdf5Type type;
  type.n_bytes = fields.number(4);
  if (type.n_bytes == 0) fields.fail("expected items of at least 1 byte, found 0");
  if (kind == kFloat) type.dtype = float_type(fields, class_bits, type.n_bytes);
  if (kind == kInteger) type.dtype = integer_type(fields, class_bits, type.n_bytes);
  type.is_variable_string = kind == kVariable && (class_bits & 0x0F) == 1;
  if (kind == kString || type.is_variable_string) type.dtype = DType::kString;
  return type;
}

Hdf5Layout parse_hdf5_layout(const Hdf5Input& input, const Hdf5Message& message) {
  using Kind = Hdf5Layout::Kind;
  Hdf5Fields fields(input, message.address, message.bytes, "a dataset's layout");
  const uint64_t version = fields.number(1), kind = fields.number(1);
  if (version != 3 && version != 4) refuse_version(fields, version);
  Hdf5Layout layout;
  layout.kind = static_cast<Kind>(kind);
  if (layout.kind == Kind::kCompact) {
    layout.n_bytes = fields.number(2);
    layout.address = message.address + (message.bytes.size() - fields.n_left());
    fields.skip(layout.n_bytes);
  } else if (layout.kind == Kind::kContiguous) {
    layout.address = fields.number(8);
    layout.n_bytes = fields.number(8);
  } else if (layout.kind == Kind::kChunked && version == 3) {
    parse_chunks(fields, layout);
  } else if (layout.kind == Kind::kChunked) {
    fields.fail(
        "has chunks with one of HDF5 1.10's indexes, which are not read; save the file "
        "without libver=\"latest\"",
        ErrorKind::kUnsupported);
  } else if (layout.kind != Kind::kVirtual) {
    fields.fail("expected one of HDF5's, found " + std::to_string(kind));
  }
  return layout;
}

std::vector<Hdf5Filter> parse_hdf5_filters(const Hdf5Input& input, const Hdf5Message& message) {
  constexpr uint16_t kFirstNamed = 256;
  Hdf5Fields fields(input, message.address, message.bytes, "a dataset's filters");
  const uint64_t version = fields.number(1), n_filters = fields.number(1);
  if (version != 1 && version != 2) refuse_version(fields, version);
  if (version == 1) fields.skip(6);
  std::vector<Hdf5Filter> filters;
  for (uint64_t i = 0; i < n_filters; ++i) {
    Hdf5Filter filter;
    filter.id = static_cast<uint16_t>(fields.number(2));
    const bool has_name = version == 1 || filter.id >= kFirstNamed;
    const uint64_t n_name = has_name ? fields.number(2) : 0;
    fields.skip(2);  // whether it may be left out
    const uint64_t n_values = fields.number(2);
    const std::string_view name = fields.bytes(version == 1 ? (n_name + 7) / 8 * 8 : n_name);
    filter.name = name.substr(0, name.find('\0'));
    fields.skip(4 * (n_values + (version == 1 ? n_values % 2 : 0)));
    filters.push_back(std::move(filter));
  }
  return filters;
}

}  // namespace gpt2run
