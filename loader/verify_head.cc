#include <optional>

#include "loader/dtype.h"
#include "loader/fingerprint.h"
#include "loader/known_config.h"
#include "loader/verify.h"

namespace gpt2run {
namespace {

std::optional<size_t> find_weight(const MappedSource& weights, const char* name) {
  for (size_t i = 0; i < weights.tensors().size(); ++i) {
    if (weights.tensors()[i].name == name) return i;
  }
  return std::nullopt;
}

// So that the two are compared with one of them in memory.
Fingerprint fingerprint_of(const MappedSource& weights, size_t i) {
  std::vector<float> values(weights.tensors()[i].n_items());
  weights.read_float32(i, values.data(), {});
  Fingerprint fingerprint;
  fingerprint.extend(values.data(), values.size());
  return fingerprint;
}

VerifyFinding head_finding(VerifyFinding::Level level, const std::string& tensor,
                           const std::string& text) {
  return {.level = level, .check = "head", .tensor = tensor, .text = "head: " + text};
}

}  // namespace

std::vector<VerifyFinding> verify_head(const Checkpoint& checkpoint) {
  const MappedSource& weights = *checkpoint.weights;
  const auto wte = find_weight(weights, "model/wte"), head = find_weight(weights, "model/lm_head");
  if (!wte) return {};
  if (!head) return {head_finding(VerifyFinding::kNote, "", "none of its own: it is wte (tied)")};
  const TensorInfo& a = weights.tensors()[*wte];
  const TensorInfo& b = weights.tensors()[*head];
  if (a.shape != b.shape || !is_readable_float(a.dtype) || !is_readable_float(b.dtype)) return {};
  const std::string& name = checkpoint.source->tensors()[weights.origin(*head)].name;
  try {
    if (fingerprint_of(weights, *wte) == fingerprint_of(weights, *head)) {
      return {head_finding(VerifyFinding::kNote, name, "equal to wte (tied)")};
    }
  } catch (const InputError&) {
    return {};  // which verify_values has found
  }
  const ModelConfig config = known_config(checkpoint).config;
  if (config.is_tied == true) {
    return {head_finding(
        VerifyFinding::kWarning, name,
        "it differs from wte, to which " + config.origin + " ties it: gpt2run takes wte")};
  }
  return {head_finding(VerifyFinding::kNote, name, "its own: it differs from wte")};
}

}  // namespace gpt2run
