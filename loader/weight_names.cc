#include "loader/weight_names.h"

#include <string>

#include "loader/dtype.h"

namespace gpt2run {
namespace {

// "Adam_1" -> "Adam": TensorFlow numbers an optimizer's second slot.
std::string_view without_number(std::string_view name) {
  const size_t at = name.find_last_not_of("0123456789");
  const bool numbered = at != std::string_view::npos && at + 1 < name.size() && name[at] == '_';
  return numbered ? name.substr(0, at) : name;
}

}  // namespace

bool is_optimizer_slot(std::string_view name) {
  if (name.find(".OPTIMIZER_SLOT") != std::string_view::npos) return true;
  if (name.starts_with("optimizer.") || name.starts_with("optimizer/")) return true;
  const std::string_view last = name.substr(name.rfind('/') + 1);
  if (last.starts_with("adafactor_") || last == "adam_m" || last == "adam_v") return true;
  if (last.starts_with("beta1_power") || last.starts_with("beta2_power")) return true;
  for (const char* slot : {"Adam", "AdamW", "Adagrad", "Adadelta", "Ftrl", "LAMB", "Momentum",
                           "RMSProp", "ExponentialMovingAverage"}) {
    if (without_number(last) == slot) return true;
  }
  return false;
}

bool is_mask_buffer(const TensorInfo& tensor) {
  const std::vector<int64_t>& shape = tensor.shape;
  if (tensor.name.ends_with("attn.bias")) {
    return shape.size() == 4 && shape[0] == 1 && shape[1] == 1 && shape[2] == shape[3];
  }
  return tensor.name.ends_with("attn.masked_bias") && tensor.n_items() == 1;
}

bool is_counter(const TensorInfo& tensor) {
  if (tensor.n_items() != 1) return false;
  if (!is_readable_float(tensor.dtype)) return true;
  for (const char* word : {"step", "counter", "epoch", "iter"}) {
    if (tensor.name.find(word) != std::string::npos) return true;
  }
  return false;
}

std::optional<int> layer_of(std::string_view name) {
  if (!name.starts_with("model/h")) return std::nullopt;
  name.remove_prefix(7);
  const size_t n_digits = name.find_first_not_of("0123456789");
  if (n_digits == std::string_view::npos || n_digits == 0 || n_digits > 8 ||
      name[n_digits] != '/' || (name[0] == '0' && n_digits > 1)) {
    return std::nullopt;
  }
  int layer = 0;
  for (const char digit : name.substr(0, n_digits)) layer = layer * 10 + (digit - '0');
  return layer;
}

bool is_object_graph(std::string_view name) {
  return name == "_CHECKPOINTABLE_OBJECT_GRAPH";
}

}  // namespace gpt2run
