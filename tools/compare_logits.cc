#include "tools/compare_logits.h"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>

#include "base/error.h"
#include "base/npy.h"

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

LargestDifference compare_logits(const Matrix& logits, const std::filesystem::path& reference) {
  const NpyArray array = read_npy(reference);
  if (array.dtype != "<f4" && array.dtype != "<f8") {
    throw InputError(
        ErrorKind::kMismatch,
        reference.string() + ": expected float32 or float64, found dtype " + array.dtype);
  }
  if (array.shape != std::vector<int64_t>{logits.rows(), logits.cols()}) {
    std::string shape;
    for (const int64_t size : array.shape) {
      shape += (shape.empty() ? "" : ", ") + std::to_string(size);
    }
    throw InputError(ErrorKind::kRuntime, reference.string() + ": expected shape [" +
                                              std::to_string(logits.rows()) + ", " +
                                              std::to_string(logits.cols()) +
                                              "] as the logits', found [" + shape + "]");
  }
  return array.dtype == "<f4" ? compare_items<float>(logits, array.data)
                              : compare_items<double>(logits, array.data);
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
