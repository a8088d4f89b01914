#include "loader/whole_model.h"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "loader/misfit_report.h"
#include "loader/misfits.h"

namespace gpt2run {
namespace {

std::vector<WeightSlot> all_weights(const Hparams& hparams) {
  std::vector<WeightSlot> slots = model_weights(hparams);
  for (int layer = 0; layer < hparams.n_layer; ++layer) {
    for (const WeightSlot& slot : block_weights(hparams, layer)) slots.push_back(slot);
  }
  return slots;
}

std::vector<float> values_of(const TensorSource& source, const std::string& name) {
  for (size_t i = 0; i < source.tensors().size(); ++i) {
    if (source.tensors()[i].name != name) continue;
    std::vector<float> values(source.tensors()[i].n_items());
    source.read_float32(i, values.data(), {});
    return values;
  }
  return {};
}

}  // namespace

WholeModel::WholeModel(const Checkpoint& checkpoint, const ModelConfig& config)
    : checkpoint_(checkpoint) {
  const MappedSource& weights = *checkpoint.weights;
  NameMatch match = match_names(weights, config, checkpoint.options.allow_missing);
  if (!match.misfits.empty()) throw_misfits(weights, config, match);
  left_at_zero_ = std::move(match.left_at_zero);

  std::unordered_map<std::string_view, size_t> fits;
  for (const WeightFit& fit : match.fits) fits.emplace(fit.slot.name, fit.tensor);
  std::vector<WeightSlot> slots = all_weights(config.hparams);
  if (match.has_head && has_own_head(config)) slots.push_back(head_weight(config.hparams));
  for (const WeightSlot& slot : slots) {
    const auto fit = fits.find(slot.name);
    TensorInfo tensor;
    if (fit != fits.end()) tensor = weights.tensors()[fit->second];
    tensor.name = slot.name;
    tensor.shape = slot.shape;
    if (fit == fits.end()) tensor.dtype_text = "absent";
    tensors_.push_back(std::move(tensor));
    origins_.push_back(fit == fits.end() ? std::nullopt : std::optional<size_t>(fit->second));
  }
}

bool WholeModel::has_own_head(const ModelConfig& config) const {
  if (config.is_tied == true) return false;
  const std::vector<float> head = values_of(*checkpoint_.weights, "model/lm_head");
  const std::vector<float> wte = values_of(*checkpoint_.weights, "model/wte");
  return head.size() != wte.size() ||
         std::memcmp(head.data(), wte.data(), head.size() * sizeof(float)) != 0;
}

void WholeModel::read_float32(size_t index, float* out, const ReadProgress& on_read) const {
  if (origins_[index]) {
    checkpoint_.weights->read_float32(*origins_[index], out, on_read);
    return;
  }
  const uint64_t n = tensors_[index].n_items();
  std::fill_n(out, n, 0.0f);
  if (on_read) on_read(out, n);
}

std::optional<DType> WholeModel::stored_dtype() const {
  std::optional<DType> dtype;
  for (size_t i = 0; i < tensors_.size(); ++i) {
    if (!origins_[i]) continue;
    if (dtype && *dtype != tensors_[i].dtype) return std::nullopt;
    dtype = tensors_[i].dtype;
  }
  const bool is_plain =
      dtype == DType::kFloat32 || dtype == DType::kFloat16 || dtype == DType::kBFloat16;
  return is_plain ? dtype : std::nullopt;
}

}  // namespace gpt2run
