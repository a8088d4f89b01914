#pragma once

namespace gpt2run {

// A block's scale: a float16.
float ggml_scale_at(const unsigned char* bytes);

inline constexpr int kKQuantItems = 256;  // in a block of each K-quant

// One block of a K-quant to float32. Integers of 2 to 6 bits share a scale (and a minimum) in
// groups of 16 or 32; the groups' scales are integers too, and share the block's.
//   out  [kKQuantItems]
// Source: ggml src/ggml-quants.c, dequantize_row_q2_K and following.
void dequantize_q2_k(const unsigned char* block, float* out);  // 84 bytes
void dequantize_q3_k(const unsigned char* block, float* out);  // 110 bytes
void dequantize_q4_k(const unsigned char* block, float* out);  // 144 bytes
void dequantize_q5_k(const unsigned char* block, float* out);  // 176 bytes
void dequantize_q6_k(const unsigned char* block, float* out);  // 210 bytes

}  // namespace gpt2run
