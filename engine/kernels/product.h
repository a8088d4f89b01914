#pragma once

namespace gpt2run {

enum class WeightLayout {
  kInOut,  // w [n_in, n_out], as linear() has it
  kOutIn,  // w [n_out, n_in], as the tied head has it
};

// out += x * w, or out += x * w^T.
//   x    [n_seq, n_in]   row-major float32, as all three
//   out  [n_seq, n_out]
// One row goes through OpenBLAS's sgemv, which reads w once at the memory's speed, or, where w is
// small, through Eigen on this thread alone; more rows through OpenBLAS's sgemm; from some hundred
// rows on through oneDNN's where the build has it.
// Threads: n_threads(), see engine/threads.h.
void add_product(const float* x, int n_seq, const float* w, WeightLayout layout, int n_in,
                 int n_out, float* out);

// For --version: "2.6.3", or empty if the build has no oneDNN.
const char* onednn_version();

}  // namespace gpt2run
