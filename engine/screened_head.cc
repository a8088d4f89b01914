#include "engine/screened_head.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include "base/threads.h"
#include "engine/argmax.h"
#include "engine/kernels/kernels.h"
#include "engine/kernels/product.h"
#include "engine/ops.h"
#include "engine/repack.h"

namespace gpt2run {
namespace {

// A call to the head's kernel computes so many columns: what is kept or dropped.
constexpr int kUnit = kColumnUnit;
// Beyond this share of units, scattered reads take longer than the whole head in order.
constexpr int kMostUnits = 4;  // 1 in 4
// Sums of products of this size stay finite.
constexpr double kLargestSum = 1e37;
// Far below the last place of any logit that matters, above what is lost below normal numbers.
constexpr float kUnderflow = 0x1p-100f;

double gamma(double n) {
  constexpr double u = 0x1p-24;
  return n * u / (1 - n * u);
}

struct Best {
  float logit = -std::numeric_limits<float>::infinity();
  int id = -1;

  void take(float other, int other_id) {
    if (other > logit || (other == logit && other_id < id)) *this = {other, other_id};
  }
};

// |x|, and a little more for its own rounding and for the groups of x that count as zero.
double length_of(const float* x, int n) {
  double sum = 0;
  for (int i = 0; i < n; ++i) sum += static_cast<double>(x[i]) * x[i];
  const double length = std::sqrt(sum) + std::sqrt(static_cast<double>(n)) * 0x1p-86;
  return length * (1 + 0x1p-20);
}

// Those of all rows; none if a sum of products with such a norm might not be finite.
std::vector<float> lengths_of(const Matrix& x, double largest_norm) {
  if (!(largest_norm <= kLargestSum)) return {};
  std::vector<float> lengths;
  for (Eigen::Index row = 0; row < x.rows(); ++row) {
    const double length = length_of(x.row(row).data(), static_cast<int>(x.cols()));
    if (!(length * largest_norm <= kLargestSum && length <= kLargestSum)) return {};
    lengths.push_back(static_cast<float>(length));
  }
  return lengths;
}

// The exact logits of all rows in one unit of columns.
class ExactColumns {
 public:
  ExactColumns(const Matrix& x, const Weight& head, int n_cols)
      : x_(x), head_(head), n_cols_(n_cols) {}

  // The best of these units for each row, added to what is known.
  void search(const std::vector<int>& units, std::vector<Best>& best) const {
    const size_t n_rows = best.size();
    std::vector<Best> found(units.size() * n_rows);
    const double work = 2.0 * static_cast<double>(units.size() * n_rows) * head_.n_in * kUnit;
    parallel_for(static_cast<int>(units.size()), work, [&](int i) {
      search_unit(units[static_cast<size_t>(i)], found.data() + static_cast<size_t>(i) * n_rows);
    });
    for (size_t i = 0; i < found.size(); ++i) best[i % n_rows].take(found[i].logit, found[i].id);
  }

 private:
  void search_unit(int unit, Best* found) const {
    alignas(64) float sums[kTileRows * kPanelCols];
    const int n_rows = static_cast<int>(x_.rows()), col = unit * kUnit;
    for (int row = 0; row < n_rows; row += kTileRows) {
      const int n = std::min(kTileRows, n_rows - row);
      multiply(row, n, col, sums);
      for (int r = 0; r < n; ++r) {
        for (int c = 0; c < std::min(kUnit, n_cols_ - col); ++c) {
          found[row + r].take(sums[r * kPanelCols + col % kPanelCols + c], col + c);
        }
      }
    }
  }

  void multiply(int row, int n_rows, int col, float* sums) const {
    kernels().multiply_float(head_.type)({.x = x_.data() + row * x_.cols(),
                                          .x_stride = x_.cols(),
                                          .n_rows = n_rows,
                                          .panel = panel_of(head_, col / kPanelCols),
                                          .panel_stride = kPanelCols,
                                          .n_in = head_.n_in,
                                          .first_col = col % kPanelCols,
                                          .n_cols = kUnit,
                                          .sums = sums,
                                          .sums_stride = kPanelCols,
                                          .add_to_sums = false});
  }

  const Matrix& x_;
  const Weight& head_;
  int n_cols_;
};

// How large each row's logits may be at most, by the screened ones, a number for each unit.
class Bounds {
 public:
  Bounds(const Matrix& screened, const std::vector<float>& errors, std::vector<float> lengths,
         int n_cols)
      : screened_(screened),
        errors_(errors),
        lengths_(std::move(lengths)),
        n_cols_(n_cols),
        n_units_((n_cols + kUnit - 1) / kUnit),
        most_(lengths_.size() * static_cast<size_t>(n_units_)) {
    constexpr int kTaskUnits = 256;
    const int n_rows = static_cast<int>(lengths_.size());
    const int n_tasks = (n_units_ + kTaskUnits - 1) / kTaskUnits;
    parallel_for(n_rows * n_tasks, 2.0 * n_rows * n_cols, [&](int task) {
      const int row = task / n_tasks, unit = task % n_tasks * kTaskUnits;
      bound_units(row, unit, std::min(unit + kTaskUnits, n_units_));
    });
  }

  int n_units() const { return n_units_; }

  // For each row the unit whose bound is the largest.
  std::vector<int> likeliest() const {
    std::vector<int> units;
    for (size_t row = 0; row < lengths_.size(); ++row) {
      const auto begin = most_.begin() + static_cast<ptrdiff_t>(row) * n_units_;
      units.push_back(static_cast<int>(std::max_element(begin, begin + n_units_) - begin));
    }
    return units;
  }

  // Units where a row may have a logit no less than the best that is known of it.
  std::vector<int> survivors(const std::vector<Best>& best) const {
    std::vector<int> units;
    for (int unit = 0; unit < n_units_; ++unit) {
      const float* most = most_.data() + unit;
      bool survives = false;
      for (const Best& b : best) {
        survives = survives || *most >= b.logit;
        most += n_units_;
      }
      if (survives) units.push_back(unit);
    }
    return units;
  }

 private:
  using Unit = Eigen::Array<float, kUnit, 1>;

  void bound_units(int row, int begin, int end) {
    const float* const screened = screened_.row(row).data();
    float* const most = most_.data() + ptrdiff_t{row} * n_units_;
    for (int unit = begin; unit < end; ++unit) {
      const int col = unit * kUnit;
      const Eigen::Map<const Unit> s(screened + col), e(errors_.data() + col);
      const float length = lengths_[static_cast<size_t>(row)];
      if (col + kUnit <= n_cols_) {
        most[unit] = (s + length * e).maxCoeff() + kUnderflow;
      } else {
        const Eigen::Index n = n_cols_ - col;
        most[unit] = (s.head(n) + length * e.head(n)).maxCoeff() + kUnderflow;
      }
    }
  }

  const Matrix& screened_;
  const std::vector<float>& errors_;
  std::vector<float> lengths_;  // [n_rows]
  int n_cols_, n_units_;
  std::vector<float> most_;  // [n_rows][n_units]
};

}  // namespace

std::vector<int> argmax_of_rows(const Matrix& x, const Weight& head, int n_sampleable) {
  const Matrix logits = lm_head(x, head);
  std::vector<int> ids;
  for (Eigen::Index row = 0; row < logits.rows(); ++row) {
    ids.push_back(argmax({logits.row(row).data(), static_cast<size_t>(n_sampleable)}));
  }
  return ids;
}

ScreenedHead::ScreenedHead(const Weight& head)
    : head_(head), errors_(static_cast<size_t>(head.n_out)) {
  if (!is_float(head.type)) {
    throw std::invalid_argument(std::string("a head to screen: expected f32 or bf16, found ") +
                                weight_type_name(head.type));
  }
  storage_ = HugeBuffer(weight_bytes(WeightType::kInt8, head.n_in, head.n_out) / sizeof(float));
  copy_ = {reinterpret_cast<std::byte*>(storage_.data()), head.n_in, head.n_out, WeightType::kInt8};
  std::vector<double> norms(static_cast<size_t>(n_panels(head.n_out)));
  parallel_for(n_panels(head.n_out), 20.0 * head.n_in * head.n_out,
               [&](int panel) { norms[static_cast<size_t>(panel)] = copy_panel(panel); });
  largest_norm_ = *std::max_element(norms.begin(), norms.end());
}

double ScreenedHead::copy_panel(int panel) {
  std::vector<float> wide, wide_copy;
  const float* const w = panel_floats(head_, panel, wide);
  pack_panel(w, copy_, panel);
  const float* const copy = panel_floats(copy_, panel, wide_copy);
  const double n_groups = n_input_groups(head_.n_in);
  // 9e-5 and the kernels' rounding, see the header; 1e-6 for that of the bounds themselves.
  const double rounding = 9e-5 + gamma(head_.n_in + 1) + 1.01 * gamma(n_groups + 3) + 1e-6;
  double largest = 0;
  const int col = panel * kPanelCols;
  for (int c = 0; c < std::min(kPanelCols, head_.n_out - col); ++c) {
    double error = 0, norm = 0;
    for (int i = 0; i < head_.n_in; ++i) {
      const double v = w[i * kPanelCols + c], d = v - copy[i * kPanelCols + c];
      error += d * d;
      norm += v * v;
    }
    error = std::sqrt(error);
    norm = std::sqrt(norm) + error;
    errors_[static_cast<size_t>(col + c)] =
        static_cast<float>(std::min((error + rounding * norm) * 1.000001, kLargestSum));
    largest = std::max(largest, norm);
  }
  return largest;
}

std::vector<int> ScreenedHead::argmax_of_rows(const Matrix& x, int n_sampleable) const {
  assert(x.cols() == head_.n_in && x.rows() <= kFewRows);
  assert(n_sampleable >= 1 && n_sampleable <= head_.n_out);
  std::vector<float> lengths = lengths_of(x, largest_norm_);
  if (lengths.empty()) return gpt2run::argmax_of_rows(x, head_, n_sampleable);
  const Matrix screened = lm_head(x, copy_);
  const Bounds bounds(screened, errors_, std::move(lengths), n_sampleable);
  const ExactColumns exact(x, head_, n_sampleable);

  std::vector<Best> best(static_cast<size_t>(x.rows()));
  exact.search(bounds.likeliest(), best);
  const std::vector<int> units = bounds.survivors(best);
  if (static_cast<int>(units.size()) * kMostUnits > bounds.n_units()) {
    return gpt2run::argmax_of_rows(x, head_, n_sampleable);
  }
  exact.search(units, best);
  std::vector<int> ids;
  for (const Best& b : best) ids.push_back(b.id);
  return ids;
}

size_t ScreenedHead::n_bytes() const {
  return weight_bytes(copy_) + errors_.size() * sizeof(float);
}

}  // namespace gpt2run
