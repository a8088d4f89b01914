// Kernels for many rows, which take rows as tiles of bfloat16 numbers: one for each float32 number,
// or three that add up to it.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <tuple>
#include <vector>

#include "engine/half.h"
#include "support/each_isa.h"
#include "support/panel_product.h"

namespace gpt2run {
namespace {

constexpr uint16_t kUntouchedTerm = 0x4242;

std::vector<const Kernels*> those_with_many_rows() {
  std::vector<const Kernels*> found;
  for (const Isa isa : isas_here()) {
    if (kernels_of(isa).one_term.multiply != nullptr) found.push_back(&kernels_of(isa));
  }
  return found;
}

std::vector<const Kernels*> those_that_split() {
  std::vector<const Kernels*> found;
  for (const Isa isa : isas_here()) {
    if (kernels_of(isa).three_terms.multiply != nullptr) found.push_back(&kernels_of(isa));
  }
  return found;
}

// Rows as tiles [n_in/32][n_terms][many_rows][32], each behind the one before.
std::vector<uint16_t> tiles_of(const Kernels& k, RowsToTiles convert, int n_terms,
                               const Matrix& x) {
  const int n_rows = static_cast<int>(x.rows()), n_in = static_cast<int>(x.cols());
  const int n_tiles = (n_rows + k.many_rows - 1) / k.many_rows;
  const int size = n_input_groups(n_in) * n_terms * k.many_rows * kGroupRows;
  std::vector<uint16_t> tiles(static_cast<size_t>(n_tiles * size), kUntouchedTerm);
  for (int tile = 0; tile < n_tiles; ++tile) {
    const int row = tile * k.many_rows;
    convert(x.data() + ptrdiff_t{row} * n_in, n_in, std::min(k.many_rows, n_rows - row), n_in,
            tiles.data() + ptrdiff_t{tile} * size);
  }
  return tiles;
}

// Where a term of x(row, input) stands in those.
uint16_t term_of(const Kernels& k, const std::vector<uint16_t>& tiles, int n_terms, int n_in,
                 int row, int input, int term) {
  const int tile = row / k.many_rows * n_input_groups(n_in) + input / kGroupRows;
  const int at = ((tile * n_terms + term) * k.many_rows + row % k.many_rows) * kGroupRows;
  return tiles[static_cast<size_t>(at + input % kGroupRows)];
}

// Of every row and input up to whole groups: value(row, input) or, behind the last input, zero.
template <class Check>
void for_each_input(const Matrix& x, const Check& check) {
  const int n_in = static_cast<int>(x.cols());
  for (int row = 0; row < x.rows(); ++row) {
    for (int input = 0; input < n_input_groups(n_in) * kGroupRows; ++input) {
      check(row, input, input < n_in ? x(row, input) : 0.0f);
    }
  }
}

TEST(RoundRows, GivesTheNearestBFloat16AndZerosUpToAWholeGroup) {
  if (those_with_many_rows().empty()) GTEST_SKIP() << "this processor has no bfloat16 products";
  for (const Kernels* const k : those_with_many_rows()) {
    for (const int n_in : {1, 31, 32, 33, 100}) {
      const Matrix x = random_matrix(k->many_rows + 1, n_in, 4, 1000);
      const std::vector<uint16_t> tiles = tiles_of(*k, k->one_term.convert_rows, 1, x);
      for_each_input(x, [&](int row, int input, float v) {
        ASSERT_EQ(term_of(*k, tiles, 1, n_in, row, input, 0), float_to_bfloat16(v));
      });
      EXPECT_EQ(tiles.back(), kUntouchedTerm) << "a row behind the last one";
    }
  }
}

TEST(RoundRows, KeepsInfAndNan) {
  const float inf = std::numeric_limits<float>::infinity();
  Matrix x(1, 3);
  x << inf, -inf, std::numeric_limits<float>::quiet_NaN();
  for (const Kernels* const k : those_with_many_rows()) {
    const std::vector<uint16_t> found = tiles_of(*k, k->one_term.convert_rows, 1, x);
    EXPECT_EQ(bfloat16_to_float(found[0]), inf);
    EXPECT_EQ(bfloat16_to_float(found[1]), -inf);
    EXPECT_TRUE(std::isnan(bfloat16_to_float(found[2])));
  }
}

double sum_of_terms(const uint16_t (&terms)[kTerms]) {
  double sum = 0;
  for (const uint16_t term : terms) sum += bfloat16_to_float(term);
  return sum;
}

TEST(SplitRows, GivesThreeTermsThatAddUpToTheNumber) {
  if (those_that_split().empty()) GTEST_SKIP() << "this processor has no AMX";
  for (const Kernels* const k : those_that_split()) {
    for (const float scale : {1.0f, 1e30f, 1e-30f}) {
      for (const int n_in : {1, 31, 32, 33, 100}) {
        const Matrix x = random_matrix(k->many_rows + 1, n_in, 5, scale);
        const std::vector<uint16_t> tiles = tiles_of(*k, k->three_terms.convert_rows, kTerms, x);
        for_each_input(x, [&](int row, int input, float v) {
          uint16_t terms[kTerms];
          for (int t = 0; t < kTerms; ++t) {
            terms[t] = term_of(*k, tiles, kTerms, n_in, row, input, t);
          }
          ASSERT_EQ(sum_of_terms(terms), v);
        });
        EXPECT_EQ(tiles.back(), kUntouchedTerm) << "a row behind the last one";
      }
    }
  }
}

// A panel [n_in][n_cols] in terms.
class PanelTerms {
 public:
  PanelTerms(const TermKernels& with, const Matrix& w)
      : n_terms_(with.n_terms),
        n_padded_(n_input_groups(static_cast<int>(w.rows())) * kGroupRows),
        found_(static_cast<size_t>(n_padded_) / 2 * static_cast<size_t>(n_terms_) * kPanelCols, 1) {
    with.convert_panel(w.data(), static_cast<int>(w.rows()), static_cast<int>(w.cols()),
                       found_.data());
  }

  int n_padded() const { return n_padded_; }  // inputs
  uint16_t at(int input, int col, int term) const {
    const int group = input / kGroupRows * n_terms_ + term;
    const int pair = group * kGroupRows / 2 + input % kGroupRows / 2;
    const uint32_t both = found_[static_cast<size_t>(pair * kPanelCols + col)];
    return static_cast<uint16_t>(both >> (input % 2 * 16));
  }

 private:
  int n_terms_, n_padded_;
  std::vector<uint32_t> found_;
};

TEST(RoundPanel, GivesTheNearestBFloat16AndZerosElsewhere) {
  if (those_with_many_rows().empty()) GTEST_SKIP() << "this processor has no bfloat16 products";
  for (const Kernels* const k : those_with_many_rows()) {
    for (const int n_cols : {16, 48, 64}) {
      for (const int n_in : {1, 31, 32, 64, 65}) {
        const Matrix w = random_matrix(n_in, n_cols, 7, 1000);
        const PanelTerms found(k->one_term, w);
        for (int i = 0; i < found.n_padded(); ++i) {
          for (int col = 0; col < kPanelCols; ++col) {
            const bool is_inside = i < n_in && col < n_cols;
            ASSERT_EQ(found.at(i, col, 0), is_inside ? float_to_bfloat16(w(i, col)) : 0)
                << i << ", " << col << " of " << n_in << " x " << n_cols;
          }
        }
      }
    }
  }
}

TEST(SplitPanel, GivesThreeTermsThatAddUpToTheNumberAndZerosElsewhere) {
  if (those_that_split().empty()) GTEST_SKIP() << "this processor has no AMX";
  for (const Kernels* const k : those_that_split()) {
    // Terms of the last are below the normal numbers, where digits may be lost.
    for (const auto& [n_cols, scale] :
         {std::tuple{16, 1.0f}, {48, 1.0f}, {64, 1e30f}, {64, 1e-30f}, {64, 1e-37f}}) {
      for (const int n_in : {1, 31, 32, 64, 65}) {
        const Matrix w = random_matrix(n_in, n_cols, 6, scale);
        const PanelTerms found(k->three_terms, w);
        for (int i = 0; i < found.n_padded(); ++i) {
          for (int col = 0; col < kPanelCols; ++col) {
            uint16_t terms[kTerms];
            for (int t = 0; t < kTerms; ++t) terms[t] = found.at(i, col, t);
            ASSERT_NEAR(sum_of_terms(terms), i < n_in && col < n_cols ? w(i, col) : 0,
                        scale < 1 ? 1e-39 : 0)
                << i << ", " << col << " of " << n_in << " x " << n_cols;
          }
        }
      }
    }
  }
}

// One of the kernels, and what it takes.
struct ManyRowsCase {
  const Kernels& k;
  void (*multiply)(const PanelJob<uint16_t>& job);
  int n_terms;
  int n_in;
  std::vector<uint16_t> tiles;  // of the rows
  std::vector<std::byte> panel;
  Matrix x, w;      // what those stand for
  int n_roundings;  // of a sum
};

// Rows 1 to beyond a second tile, whole and cut in two pieces of inputs.
void expect_many_rows(const ManyRowsCase& c) {
  const int n_most = static_cast<int>(c.x.rows()), n_memory = 3 * c.k.many_rows;
  const ExactProduct exact(c.x, c.w);
  for (int n_rows = 1; n_rows <= n_most; ++n_rows) {
    Matrix sums = Matrix::Constant(n_memory, kSumsCols, kUntouched);
    PanelJob<uint16_t> job = {.x = c.tiles.data(),
                              .x_stride = c.n_in,
                              .n_rows = n_rows,
                              .panel = c.panel.data(),
                              .panel_stride = kPanelCols,
                              .n_in = c.n_in,
                              .first_col = 0,
                              .n_cols = kPanelCols,
                              .sums = sums.data(),
                              .sums_stride = kSumsCols,
                              .add_to_sums = false};
    c.multiply(job);
    ASSERT_NO_FATAL_FAILURE(
        expect_panel(sums.topRows(n_rows), exact, n_rows, ColumnRange{}, c.n_roundings))
        << isa_name(c.k.isa) << " " << c.n_in << " inputs, " << n_rows << " rows";
    if (c.n_in == kGroupRows) continue;
    const Matrix whole = sums.topRows(n_rows);
    job.n_in = kGroupRows;
    c.multiply(job);
    job.x += ptrdiff_t{c.k.many_rows} * kGroupRows * c.n_terms;
    job.panel += ptrdiff_t{kGroupRows} * kPanelCols * 2 * c.n_terms;
    job.n_in = c.n_in - kGroupRows;
    job.add_to_sums = true;
    c.multiply(job);
    ASSERT_EQ(sums.topRows(n_rows), whole)
        << isa_name(c.k.isa) << " " << c.n_in << " in two pieces";
  }
}

TEST(MultiplyMany, RowsOfBFloat16EqualADoublePrecisionLoop) {
  if (those_with_many_rows().empty()) GTEST_SKIP() << "this processor has no bfloat16 products";
  for (const Kernels* const k : those_with_many_rows()) {
    for (const int n_in : {32, 64, 96, 768, 2304}) {
      const PackedMatrix w(random_matrix(n_in, kPanelCols, 14), WeightType::kBFloat16);
      const Matrix x = random_matrix(2 * k->many_rows + 1, n_in, 15);
      const Matrix nearest =
          x.unaryExpr([](float v) { return bfloat16_to_float(float_to_bfloat16(v)); });
      ASSERT_NO_FATAL_FAILURE(
          expect_many_rows({.k = *k,
                            .multiply = k->one_term.multiply,
                            .n_terms = 1,
                            .n_in = n_in,
                            .tiles = tiles_of(*k, k->one_term.convert_rows, 1, x),
                            .panel = w.bytes(),
                            .x = nearest,
                            .w = unpacked(w.weight()),
                            .n_roundings = 2 * n_in}));
    }
  }
}

// Products that are left out are as large as two roundings of each.
TEST(MultiplyMany, RowsOfFloat32EqualADoublePrecisionLoop) {
  if (those_that_split().empty()) GTEST_SKIP() << "this processor has no AMX";
  for (const Kernels* const k : those_that_split()) {
    for (const int n_in : {32, 64, 96, 768, 2304}) {
      const Matrix w = random_matrix(n_in, kPanelCols, 16);
      const Matrix x = random_matrix(2 * k->many_rows + 1, n_in, 17);
      std::vector<std::byte> panel(static_cast<size_t>(n_in) * kPanelCols * kTerms * 2);
      std::vector<uint32_t> terms(panel.size() / 4);
      k->three_terms.convert_panel(w.data(), n_in, kPanelCols, terms.data());
      std::memcpy(panel.data(), terms.data(), panel.size());
      ASSERT_NO_FATAL_FAILURE(
          expect_many_rows({.k = *k,
                            .multiply = k->three_terms.multiply,
                            .n_terms = kTerms,
                            .n_in = n_in,
                            .tiles = tiles_of(*k, k->three_terms.convert_rows, kTerms, x),
                            .panel = panel,
                            .x = x,
                            .w = w,
                            .n_roundings = 2 * n_in}));
    }
  }
}

}  // namespace
}  // namespace gpt2run
