#include "support/panel_product.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <vector>

namespace gpt2run {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

// Rows with a gap of NaN behind each.
struct GappedRows {
  explicit GappedRows(const Matrix& x) : rows(Matrix::Constant(x.rows(), x.cols() + 5, kNan)) {
    rows.leftCols(x.cols()) = x;
  }
  Matrix rows;
};

template <class X>
Matrix run(void (*kernel)(const PanelJob<X>&), const X* x, Eigen::Index x_stride, int n_rows,
           int n_in, const PackedMatrix& w, const ColumnRange& range) {
  Matrix sums = Matrix::Constant(kTileRows, kSumsCols, kUntouched);
  kernel({.x = x,
          .x_stride = x_stride,
          .n_rows = n_rows,
          .panel = w.bytes().data(),
          .panel_stride = kPanelCols,
          .n_in = n_in,
          .first_col = range.first,
          .n_cols = range.n,
          .sums = sums.data(),
          .sums_stride = kSumsCols,
          .add_to_sums = false});
  return sums;
}

template <class Group>
using QuantizeRow = void (*)(const float* x, int n, Group* out);

// [n_rows] rows of whole groups.
template <class Group>
std::vector<Group> groups_of(QuantizeRow<Group> quantize, const Matrix& x) {
  const int n_in = static_cast<int>(x.cols()), n_groups = n_input_groups(n_in);
  std::vector<Group> groups(static_cast<size_t>(x.rows() * n_groups));
  for (Eigen::Index row = 0; row < x.rows(); ++row) {
    quantize(x.row(row).data(), n_in, groups.data() + row * n_groups);
  }
  return groups;
}

template <class Group>
Matrix quantized_product(void (*kernel)(const PanelJob<Group>&), QuantizeRow<Group> quantize,
                         const Matrix& x, const PackedMatrix& w, const ColumnRange& range) {
  const int n_groups = n_input_groups(static_cast<int>(x.cols()));
  return run(kernel, groups_of(quantize, x).data(), n_groups, static_cast<int>(x.rows()), n_groups,
             w, range);
}

}  // namespace

std::vector<ColumnRange> column_ranges() {
  std::vector<ColumnRange> ranges;
  for (int first = 0; first < kPanelCols; first += kColumnUnit) {
    for (int n = kColumnUnit; first + n <= kPanelCols; n += kColumnUnit) {
      ranges.push_back({first, n});
    }
  }
  return ranges;
}

Matrix panel_product(const Kernels& k, const Matrix& x, const PackedMatrix& w,
                     const ColumnRange& range) {
  const WeightType type = w.weight().type;
  if (type == WeightType::kInt8) {
    return quantized_product(k.multiply_int8, k.quantize_row, x, w, range);
  }
  if (type == WeightType::kInt4) {
    return quantized_product(k.multiply_int4, k.quantize_row_to_bytes, x, w, range);
  }
  const GappedRows gapped(x);
  return run(type == WeightType::kFloat32 ? k.multiply_f32 : k.multiply_bf16, gapped.rows.data(),
             gapped.rows.cols(), static_cast<int>(x.rows()), static_cast<int>(x.cols()), w, range);
}

Matrix quantized_row(const Kernels& k, const Matrix& x) {
  // The identity, from blocks with a scale of 1: column j is input j.
  std::vector<unsigned char> blocks(size_t{kGroupRows} * kQ8Bytes);
  for (size_t j = 0; j < kGroupRows; ++j) {
    blocks[j * kQ8Bytes + 1] = 0x3c;
    blocks[j * kQ8Bytes + 2 + j] = 1;
  }
  const PackedMatrix identity(WeightType::kInt8, kGroupRows, kGroupRows);
  pack_blocks(blocks.data(), identity.weight());
  Matrix numbers(1, x.cols());
  for (Eigen::Index at = 0; at < x.cols(); at += kGroupRows) {
    const Eigen::Index n = std::min<Eigen::Index>(kGroupRows, x.cols() - at);
    numbers.middleCols(at, n) = panel_product(k, x.middleCols(at, n), identity).topLeftCorner(1, n);
  }
  return numbers;
}

Matrix panel_product_of_bytes(const Kernels& k, const Matrix& x, const PackedMatrix& w,
                              const ColumnRange& range) {
  const bool is_int8 = w.weight().type == WeightType::kInt8;
  return quantized_product(is_int8 ? k.multiply_many_int8 : k.multiply_many_int4,
                           k.quantize_row_to_bytes, x, w, range);
}

Matrix row_of_bytes(const Kernels& k, const Matrix& x) {
  const std::vector<ByteGroup> groups = groups_of(k.quantize_row_to_bytes, x);
  Matrix numbers(1, x.cols());
  for (Eigen::Index i = 0; i < x.cols(); ++i) {
    const ByteGroup& group = groups[static_cast<size_t>(i / kGroupRows)];
    int8_t q[kGroupRows];
    std::memcpy(q, group.operand, sizeof(q));
    numbers(0, i) = group.scale * q[i % kGroupRows];
  }
  return numbers;
}

void expect_off_by(double most, const Matrix& rounded, const Matrix& x, int n_steps) {
  const int n = static_cast<int>(x.cols());
  for (int at = 0; at < n; at += kGroupRows) {
    const int n_group = std::min(kGroupRows, n - at);
    const double largest = x.middleCols(at, n_group).cwiseAbs().maxCoeff();
    for (int i = at; i < at + n_group; ++i) {
      ASSERT_NEAR(rounded(0, i), x(0, i), largest / n_steps * most) << n;
    }
  }
}

ExactProduct::ExactProduct(const Matrix& x, const Matrix& w)
    : sums(x.cast<double>() * w.cast<double>()),
      magnitudes(x.cast<double>().cwiseAbs() * w.cast<double>().cwiseAbs()) {}

void expect_panel(const Matrix& found, const ExactProduct& exact, int n_rows,
                  const ColumnRange& range, double n_roundings) {
  constexpr double kRounding = std::numeric_limits<float>::epsilon() / 2;
  for (int r = 0; r < found.rows(); ++r) {
    for (int c = 0; c < found.cols(); ++c) {
      if (r >= n_rows || c < range.first || c >= range.first + range.n) {
        ASSERT_EQ(found(r, c), kUntouched) << "row " << r << " column " << c;
      } else {
        ASSERT_NEAR(found(r, c), exact.sums(r, c), n_roundings * kRounding * exact.magnitudes(r, c))
            << "row " << r << " column " << c;
      }
    }
  }
}

}  // namespace gpt2run
