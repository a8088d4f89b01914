#include "tools/compare_logits.h"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "base/printable.h"
#include "loader/describe.h"

namespace gpt2run {
namespace {

template <class Float>
LargestDifference compare_items(const Matrix& logits, const std::string& data) {
  LargestDifference largest;
  largest.value = -1;
  for (int64_t i = 0; i < logits.size(); ++i) {
    Float item;
    std::memcpy(&item, data.data() + static_cast<size_t>(i) * sizeof(item), sizeof(item));
    const double found = logits.data()[i], expected = item;
    double value = std::abs(found - expected);
    if (!std::isfinite(value)) value = std::numeric_limits<double>::infinity();
    if (value > largest.value) {
      largest = {value, i / logits.cols(), i % logits.cols(), found, expected};
    }
  }
  return largest;
}

}  // namespace

NpyArray read_reference(const std::filesystem::path& path, int64_t n_seq, int64_t n_vocab) {
  NpyArray array = read_npy(path);
  if (array.dtype != "<f4" && array.dtype != "<f8") {
    throw InputError(
        ErrorKind::kMismatch,
        path.string() + ": expected float32 or float64, found dtype " + printable(array.dtype));
  }
  if (array.shape != std::vector<int64_t>{n_seq, n_vocab}) {
    throw InputError(ErrorKind::kRuntime,
                     path.string() + ": expected shape " + shape_text({n_seq, n_vocab}) +
                         " as the logits', found " + printable(shape_text(array.shape)));
  }
  return array;
}

LargestDifference compare_logits(const Matrix& logits, const NpyArray& reference) {
  return reference.dtype == "<f4" ? compare_items<float>(logits, reference.data)
                                  : compare_items<double>(logits, reference.data);
}

std::string to_text(const LargestDifference& difference) {
  char text[256];
  std::snprintf(text, sizeof(text),
                "largest difference %.3g at [%lld, %lld]: found %.9g, expected %.9g",
                difference.value, static_cast<long long>(difference.row),
                static_cast<long long>(difference.col), difference.found, difference.expected);
  return text;
}

}  // namespace gpt2run
