#include "loader/read_weight.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <memory>
#include <optional>

#include "loader/checkpoint_error.h"
#include "loader/convert.h"
#include "loader/describe.h"

namespace gpt2run {
namespace {

// NaN and infinity are looked for while the values are in cache, and reported once the checksum has
// shown that they were saved so.
struct FirstBad {
  uint64_t at = 0;  // in the order of reading
  std::optional<float> value;

  //   first  which value of the tensor values[0] is
  void look_at(const float* values, size_t n, uint64_t first) {
    const size_t i = find_not_finite(values, n);
    if (i == n || value) return;
    at = first + i;
    value = values[i];
  }
};

// index: of the value in the weight, [row, column].
[[noreturn]] void throw_not_finite(const MappedSource& source, const WeightFit& fit,
                                   const std::vector<int64_t>& index, float value) {
  const std::string& name = source.source().tensors()[source.origin(fit.tensor)].name;
  throw CheckpointError(ErrorKind::kCorrupt, source.path(), name + shape_text(index),
                        std::string("expected a finite number, found ") +
                            (std::isnan(value) ? "NaN" : "infinity") +
                            "; the model was saved broken, use an earlier save");
}

std::vector<int64_t> index_of(uint64_t at, const std::vector<int64_t>& shape) {
  std::vector<int64_t> index = shape;
  for (size_t d = index.size(); d-- > 0;) {
    const auto size = static_cast<uint64_t>(shape[d]);
    index[d] = static_cast<int64_t>(at % size);
    at /= size;
  }
  return index;
}

// Reads a whole weight as the model has it, [product of its shape].
void read_whole(const MappedSource& source, const WeightFit& fit, float* out,
                const std::function<void(uint64_t n)>& on_items) {
  FirstBad bad;
  source.read_float32(fit.tensor, out, [&](const float* values, size_t n) {
    bad.look_at(values, n, static_cast<uint64_t>(values - out));
    on_items(n);
  });
  if (bad.value) throw_not_finite(source, fit, index_of(bad.at, fit.slot.shape), *bad.value);
}

// A matrix in the order in which the source has it.
struct StoredMatrix {
  bool is_transposed;  // as the weight's slot has it
  MatrixOrder order;
  uint64_t n_rows, n_cols;

  StoredMatrix(const WeightTarget& target, StoredOrder stored)
      : is_transposed(stored == StoredOrder::kTransposed) {
    const Weight& weight = *target.weight;
    const bool is_in_out = (target.order == MatrixOrder::kInOut) != is_transposed;
    order = is_in_out ? MatrixOrder::kInOut : MatrixOrder::kOutIn;
    n_rows = static_cast<uint64_t>(order == MatrixOrder::kInOut ? weight.n_in : weight.n_out);
    n_cols = static_cast<uint64_t>(order == MatrixOrder::kInOut ? weight.n_out : weight.n_in);
  }

  // Rows in a piece: whole bands, of about so many values that they stay in the cache.
  uint64_t piece_rows() const {
    const auto band = static_cast<uint64_t>(band_rows(order));
    return band * std::max<uint64_t>(1, ItemsOut::kPiece / (band * n_cols));
  }
};

// Rows behind the matrix's last are left out: padding.
void read_rows(const MappedSource& source, const WeightFit& fit, const Weight& weight,
               const StoredMatrix& matrix, const std::function<void(uint64_t n)>& on_items) {
  FirstBad bad;
  uint64_t row = 0;
  const auto take = [&](const float* values, size_t n) {
    const uint64_t n_rows = std::min(n / matrix.n_cols, matrix.n_rows - row);
    if (n_rows == 0) return;
    if (!pack_rows(values, matrix.order, weight, static_cast<int>(row), static_cast<int>(n_rows))) {
      bad.look_at(values, n_rows * matrix.n_cols, row * matrix.n_cols);
      assert(bad.value);
    }
    row += n_rows;
    on_items(n_rows * matrix.n_cols);
  };
  source.source().stream_float32(source.origin(fit.tensor), matrix.piece_rows() * matrix.n_cols,
                                 take);
  if (!bad.value) return;
  const auto i = static_cast<int64_t>(bad.at / matrix.n_cols);
  const auto j = static_cast<int64_t>(bad.at % matrix.n_cols);
  throw_not_finite(source, fit, matrix.is_transposed ? std::vector{j, i} : std::vector{i, j},
                   *bad.value);
}

size_t block_bytes(WeightType type) {
  return static_cast<size_t>(type == WeightType::kInt8 ? kQ8Bytes : kQ4Bytes);
}

bool has_finite_scales(const char* blocks, size_t n_blocks, size_t n_block_bytes) {
  constexpr unsigned char kExponent = 0x7c;  // all ones in NaN and infinity
  for (size_t i = 0; i < n_blocks; ++i) {
    const auto upper_byte = static_cast<unsigned char>(blocks[i * n_block_bytes + 1]);
    if ((upper_byte & kExponent) == kExponent) return false;
  }
  return true;
}

// Packs rows first to first + n as they are stored. Returns whether all are of finite numbers.
bool pack_stored(const char* rows, size_t n_row_bytes, MatrixOrder order, const Weight& weight,
                 int first, int n) {
  if (weight.type == WeightType::kBFloat16) {
    return pack_bfloat16_rows(reinterpret_cast<const std::byte*>(rows), order, weight, first, n);
  }
  const size_t n_block_bytes = block_bytes(weight.type);
  const size_t n_blocks = static_cast<size_t>(n) * n_row_bytes / n_block_bytes;
  pack_blocks(reinterpret_cast<const unsigned char*>(rows), weight, first, n);
  return has_finite_scales(rows, n_blocks, n_block_bytes);
}

// Reads a weight that is stored as it is packed. Returns whether all are finite numbers.
bool read_stored(const MappedSource& source, const WeightFit& fit, const Weight& weight,
                 const StoredMatrix& matrix, const std::function<void(uint64_t n)>& on_items) {
  const uint64_t n_row_bytes = weight.type == WeightType::kBFloat16
                                   ? matrix.n_cols * item_size(DType::kBFloat16)
                                   : matrix.n_cols / kGroupRows * block_bytes(weight.type);
  uint64_t row = 0;
  bool is_finite = true;
  const auto take = [&](const char* rows, size_t n_bytes) {
    const uint64_t n_rows = std::min(n_bytes / n_row_bytes, matrix.n_rows - row);
    if (n_rows == 0) return;
    is_finite &= pack_stored(rows, n_row_bytes, matrix.order, weight, static_cast<int>(row),
                             static_cast<int>(n_rows));
    row += n_rows;
    on_items(n_rows * matrix.n_cols);
  };
  source.source().stream_stored(source.origin(fit.tensor), matrix.piece_rows() * n_row_bytes, take);
  return is_finite;
}

bool is_stored_so(const Weight& weight, const StoredMatrix& matrix, StoredAs stored) {
  if (stored == StoredAs::kBFloat16) return weight.type == WeightType::kBFloat16;
  if (matrix.order != MatrixOrder::kOutIn || matrix.n_cols % kGroupRows != 0) return false;
  return (weight.type == WeightType::kInt8 && stored == StoredAs::kQ8_0) ||
         (weight.type == WeightType::kInt4 && stored == StoredAs::kQ4_0);
}

}  // namespace

void read_weight(const MappedSource& source, const WeightFit& fit, const WeightTarget& target,
                 const std::function<void(uint64_t n)>& on_items) {
  if (target.weight == nullptr) return read_whole(source, fit, target.floats, on_items);
  const Weight& weight = *target.weight;
  const auto order = source.stored_order(fit.tensor);
  if (!order) {
    const auto values = std::make_unique_for_overwrite<float[]>(static_cast<size_t>(weight.n_in) *
                                                                static_cast<size_t>(weight.n_out));
    read_whole(source, fit, values.get(), on_items);
    pack(values.get(), target.order, weight);
    return;
  }
  const StoredMatrix matrix(target, *order);
  const StoredAs stored = source.source().stored_as(source.origin(fit.tensor));
  if (is_stored_so(weight, matrix, stored) && read_stored(source, fit, weight, matrix, on_items)) {
    return;
  }
  read_rows(source, fit, weight, matrix, on_items);
}

}  // namespace gpt2run
