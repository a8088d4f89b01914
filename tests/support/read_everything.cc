#include "support/read_everything.h"

#include <nlohmann/json.hpp>

#include "loader/dtype.h"

namespace gpt2run {

void read_everything(const TensorSource& source) {
  constexpr uint64_t kMaxItems = uint64_t{1} << 20, kMaxItemsInAll = uint64_t{1} << 22;
  source.metadata().dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  uint64_t n_items = 0;
  for (size_t i = 0; i < source.tensors().size(); ++i) {
    const TensorInfo& tensor = source.tensors()[i];
    source.place(i);
    n_items += tensor.n_items() <= kMaxItems ? tensor.n_items() : 0;
    if (tensor.n_items() > kMaxItems || n_items > kMaxItemsInAll) continue;
    source.check(i);
    if (!is_readable_float(tensor.dtype)) continue;
    std::vector<float> values(tensor.n_items());
    source.read_float32(i, values.data(), {});
  }
}

}  // namespace gpt2run
