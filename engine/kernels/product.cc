#include "engine/kernels/product.h"

#include <cblas.h>

#include <Eigen/Core>
#include <cstdint>

#ifdef GPT2RUN_HAVE_ONEDNN
#include <dnnl.h>

#include <string>
#endif

namespace gpt2run {
namespace {

#ifdef GPT2RUN_HAVE_ONEDNN
// oneDNN writes its kernels when it is first called, which takes as long as it saves on some
// hundred rows of a 124M model.
constexpr int kMinOneDnnRows = 256;

// False if oneDNN refuses, before it has written anything.
bool add_by_onednn(const float* x, int n_seq, const float* w, bool transposed, int n_in, int n_out,
                   float* out) {
  return dnnl_sgemm('N', transposed ? 'T' : 'N', n_seq, n_out, n_in, 1.0f, x, n_in, w,
                    transposed ? n_in : n_out, 1.0f, out, n_out) == dnnl_success;
}
#endif

void add_many_rows(const float* x, int n_seq, const float* w, bool transposed, int n_in, int n_out,
                   float* out) {
#ifdef GPT2RUN_HAVE_ONEDNN
  if (n_seq >= kMinOneDnnRows && add_by_onednn(x, n_seq, w, transposed, n_in, n_out, out)) return;
#endif
  cblas_sgemm(CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans, n_seq, n_out,
              n_in, 1.0f, x, n_in, w, transposed ? n_in : n_out, 1.0f, out, n_out);
}

// Below this many weights one thread reads them, out of its cache, before a second has joined in.
constexpr int kMinParallelWeights = 1 << 18;

void add_one_row(const float* x, const float* w, bool transposed, int n_in, int n_out, float* out) {
  using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const int rows = transposed ? n_out : n_in;
  const int cols = transposed ? n_in : n_out;
  if (static_cast<int64_t>(rows) * cols >= kMinParallelWeights) {
    cblas_sgemv(CblasRowMajor, transposed ? CblasNoTrans : CblasTrans, rows, cols, 1.0f, w, cols, x,
                1, 1.0f, out, 1);
    return;
  }
  const Eigen::Map<const RowMajor> weights(w, rows, cols);
  const Eigen::Map<const Eigen::RowVectorXf> row(x, n_in);
  Eigen::Map<Eigen::RowVectorXf> sums(out, n_out);
  if (transposed) {
    sums.noalias() += row * weights.transpose();
  } else {
    sums.noalias() += row * weights;
  }
}

}  // namespace

void add_product(const float* x, int n_seq, const float* w, WeightLayout layout, int n_in,
                 int n_out, float* out) {
  const bool transposed = layout == WeightLayout::kOutIn;
  if (n_seq > 1) return add_many_rows(x, n_seq, w, transposed, n_in, n_out, out);
  add_one_row(x, w, transposed, n_in, n_out, out);
}

const char* onednn_version() {
#ifdef GPT2RUN_HAVE_ONEDNN
  static const std::string text = [] {
    const dnnl_version_t* version = dnnl_version();
    return std::to_string(version->major) + "." + std::to_string(version->minor) + "." +
           std::to_string(version->patch);
  }();
  return text.c_str();
#else
  return "";
#endif
}

}  // namespace gpt2run
