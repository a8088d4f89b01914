#pragma once

#include <string_view>
#include <unordered_map>
#include <vector>

#include "loader/fingerprint.h"
#include "loader/tensor_source.h"

namespace gpt2run {

// A tensor's values as they were read.
struct RecordedTensor {
  Fingerprint exact;
  Fingerprint rounded;  // to the type that is written
};

// Another source's tensors, with a record of what was read of them: it is compared with what was
// written when both cannot be in memory, and without reading the source again.
// Owns: nothing; the source outlives it.
class RecordingSource : public TensorSource {
 public:
  //   dtype  what values may be rounded to before they are written
  RecordingSource(const TensorSource& source, DType dtype);

  // Null if there is no such tensor.
  const RecordedTensor* find(std::string_view name) const;

  const std::string& path() const override { return source_.path(); }
  const std::vector<TensorInfo>& tensors() const override { return source_.tensors(); }
  const nlohmann::json& metadata() const override { return source_.metadata(); }
  void read_float32(size_t index, float* out, const ReadProgress& on_read) const override;

 private:
  void record(RecordedTensor& tensor, const float* values, size_t n) const;

  const TensorSource& source_;
  DType dtype_;
  std::unordered_map<std::string_view, size_t> index_of_;
  mutable std::vector<RecordedTensor> records_;  // by index
};

}  // namespace gpt2run
