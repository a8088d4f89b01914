#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gpt2run {

// How the numbers of a weight matrix are stored.
enum class WeightType {
  kFloat32,
  kBFloat16,  // float32's upper half, rounded to nearest even
  kInt8,      // groups of 32 inputs: 32 integers from -127 to 127 and a float16 scale (GGUF's Q8_0)
  kInt4,      // groups of 32 inputs: 32 integers from -8 to 7 and a float16 scale (GGUF's Q4_0)
};

inline constexpr WeightType kWeightTypes[] = {WeightType::kFloat32, WeightType::kBFloat16,
                                              WeightType::kInt8, WeightType::kInt4};

// "f32", "bf16", "int8", "int4": the words of --dtype.
const char* weight_type_name(WeightType type);
std::optional<WeightType> find_weight_type(std::string_view name);

// Whether each number stands by itself: float32 or bfloat16, not integers that share a scale.
inline bool is_float(WeightType type) {
  return type == WeightType::kFloat32 || type == WeightType::kBFloat16;
}

// A weight matrix [n_in, n_out] packed as the kernels read it: panels of kPanelCols columns, one
// behind the other, the last one padded with zeros. Inside a panel, from the first input to the
// last:
//   kFloat32   [n_in][64] float
//   kBFloat16  [n_in/2][64][2] bfloat16: two inputs side by side; n_in padded to whole groups
//   kInt8      [n_in/32] of { float16 scale [64], uint8 [8][64][4] }: four inputs side by side,
//              each integer + 128
//   kInt4      [n_in/32] of { float16 scale [64], uint8 [4][64][4] }: the lower halves of the bytes
//              are inputs 0 to 15 of the group, the upper halves 16 to 31, each integer + 8
// Only engine/kernels and the functions below look inside. Owns nothing.
struct Weight {
  std::byte* data = nullptr;
  int n_in = 0;
  int n_out = 0;
  WeightType type = WeightType::kFloat32;
};

inline constexpr int kPanelCols = 64;
inline constexpr int kGroupRows = 32;

// Bytes of a panel's group of 32 inputs, of one panel, and of all.
// Errors: std::bad_alloc if they do not fit into size_t.
size_t group_bytes(WeightType type);
size_t panel_bytes(WeightType type, int n_in);
size_t weight_bytes(WeightType type, int n_in, int n_out);

inline size_t weight_bytes(const Weight& weight) {
  return weight_bytes(weight.type, weight.n_in, weight.n_out);
}

inline int n_panels(int n_out) {
  return n_out / kPanelCols + (n_out % kPanelCols != 0);
}
inline int n_input_groups(int n_in) {
  return n_in / kGroupRows + (n_in % kGroupRows != 0);
}

// Where a panel begins.
std::byte* panel_of(const Weight& weight, int panel);

// How a matrix of plain numbers stands in memory.
enum class MatrixOrder {
  kInOut,  // [n_in, n_out], row-major: the weights of linear()
  kOutIn,  // [n_out, n_in], row-major: wte, a row a token
};

// Rounds plain numbers to the weight's type and packs them. Each column's bits depend on that
// column alone.
//   values  [n_in, n_out] or [n_out, n_in]
//   first_panel, n  the panels to fill, so that several threads can share a matrix
// Returns whether all are finite. Groups that are not are left as they were. Where values are known
// to be finite, there is nothing to look at.
bool pack(const float* values, MatrixOrder order, const Weight& weight, int first_panel, int n);
bool pack(const float* values, MatrixOrder order, const Weight& weight);

// The same for some rows of such a matrix, so that it never has to be in memory as a whole.
//   rows  [n, n_out], inputs first to first + n, or [n, n_in], outputs first to first + n
// Requires: first, and first + n unless it is the end, are multiples of band_rows(order).
// Threads: several may pack different rows of one weight.
[[nodiscard]] bool pack_rows(const float* rows, MatrixOrder order, const Weight& weight, int first,
                             int n);

// The same of bfloat16 as stored, for a weight of kBFloat16: its bits stay what they are.
//   rows  two little-endian bytes a number; need not be aligned
[[nodiscard]] bool pack_bfloat16_rows(const std::byte* rows, MatrixOrder order,
                                      const Weight& weight, int first, int n);

// How many rows fill whole groups of inputs, or a whole panel.
inline int band_rows(MatrixOrder order) {
  return order == MatrixOrder::kInOut ? kGroupRows : kPanelCols;
}

// Packs GGUF's blocks of 32 as they are, without rounding anything: Q8_0 for kInt8, Q4_0 for kInt4.
//   blocks    [n][n_in / 32] blocks of a float16 scale and 32 (16) bytes
//   first, n  the outputs that they are
// Requires: n_in is a multiple of 32. Threads: several may pack different panels of one weight.
void pack_blocks(const unsigned char* blocks, const Weight& weight, int first, int n);
void pack_blocks(const unsigned char* blocks, const Weight& weight);
inline constexpr int kQ8Bytes = 34, kQ4Bytes = 18;  // a block

// One column as float32.
//   out  [n_in]
void unpack_column(const Weight& weight, int column, float* out);

}  // namespace gpt2run
