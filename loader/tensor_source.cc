#include "loader/tensor_source.h"

#include <algorithm>
#include <cassert>
#include <memory>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/file.h"
#include "loader/convert.h"
#include "loader/dtype.h"

namespace gpt2run {

uint64_t TensorInfo::n_items() const {
  uint64_t n = 1;
  for (const int64_t size : shape) n *= static_cast<uint64_t>(size);
  return n;
}

const nlohmann::json& TensorSource::metadata() const {
  static const nlohmann::json empty = nlohmann::json::object();
  return empty;
}

void TensorSource::stream_float32(size_t index, size_t n_piece,
                                  const ReadProgress& on_piece) const {
  const uint64_t n = tensors()[index].n_items();
  const auto values = std::make_unique_for_overwrite<float[]>(n);
  read_float32(index, values.get(), {});
  for (uint64_t done = 0; done < n; done += n_piece) {
    on_piece(values.get() + done, std::min<uint64_t>(n_piece, n - done));
  }
}

StoredAs TensorSource::stored_as(size_t) const {
  return StoredAs::kOther;
}

void TensorSource::stream_stored(size_t, size_t, const BytesRead&) const {
  assert(false);  // kOther
}

std::optional<TensorPlace> TensorSource::place(size_t) const {
  return std::nullopt;
}

void TensorSource::check(size_t index) const {
  const TensorInfo& tensor = tensors()[index];
  if (const auto where = place(index)) {
    read_tensor_pieces(InputFile(where->file), where->offset, tensor, {});
    return;
  }
  if (!is_readable_float(tensor.dtype)) return;
  std::vector<float> values(tensor.n_items());
  read_float32(index, values.data(), {});
}

}  // namespace gpt2run
