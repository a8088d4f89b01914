#include "loader/recording_source.h"

#include <algorithm>

#include "loader/convert.h"

namespace gpt2run {

RecordingSource::RecordingSource(const TensorSource& source, DType dtype)
    : source_(source), dtype_(dtype), records_(source.tensors().size()) {
  for (size_t i = 0; i < records_.size(); ++i) index_of_.emplace(source.tensors()[i].name, i);
}

const RecordedTensor* RecordingSource::find(std::string_view name) const {
  const auto at = index_of_.find(name);
  return at == index_of_.end() ? nullptr : &records_[at->second];
}

void RecordingSource::read_float32(size_t index, float* out, const ReadProgress& on_read) const {
  RecordedTensor& tensor = records_[index];
  tensor = {};
  uint64_t n_recorded = 0;
  source_.read_float32(index, out, [&](const float* values, size_t n) {
    // While it is in the cache, if the pieces come one after the other.
    if (values == out + n_recorded) {
      record(tensor, values, n);
      n_recorded += n;
    }
    if (on_read) on_read(values, n);
  });
  const uint64_t n_items = tensors()[index].n_items();
  if (n_recorded == n_items) return;
  tensor = {};  // slices, which came in another order
  record(tensor, out, n_items);
}

void RecordingSource::record(RecordedTensor& tensor, const float* values, size_t n) const {
  tensor.exact.extend(values, n);
  if (dtype_ == DType::kFloat32) {
    tensor.rounded = tensor.exact;
    return;
  }
  constexpr size_t kPiece = 4096;
  char stored[kPiece * sizeof(float)];
  float rounded[kPiece];
  for (size_t done = 0; done < n; done += kPiece) {
    const size_t n_piece = std::min(kPiece, n - done);
    from_float32(dtype_, values + done, n_piece, stored);
    to_float32(dtype_, stored, n_piece, rounded);
    tensor.rounded.extend(rounded, n_piece);
  }
}

}  // namespace gpt2run
