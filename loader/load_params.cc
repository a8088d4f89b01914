#include "loader/load_params.h"

#include <cmath>
#include <cstring>

#include "loader/checkpoint_error.h"
#include "loader/convert.h"
#include "loader/describe.h"
#include "loader/load_notices.h"
#include "loader/misfit_report.h"
#include "loader/misfits.h"

namespace gpt2run {
namespace {

[[noreturn]] void throw_not_finite(const std::string& path, const std::string& name,
                                   const std::vector<int64_t>& shape, uint64_t at, float value) {
  std::vector<int64_t> index = shape;  // of the item: [row, column]
  for (size_t d = index.size(); d-- > 0;) {
    const auto size = static_cast<uint64_t>(shape[d]);
    index[d] = static_cast<int64_t>(at % size);
    at /= size;
  }
  throw CheckpointError(ErrorKind::kCorrupt, path, name + shape_text(index),
                        std::string("expected a finite number, found ") +
                            (std::isnan(value) ? "NaN" : "infinity") +
                            "; the model was saved broken, use an earlier save");
}

// Reads one weight as float32. NaN and infinity are looked for while the values are in cache,
// and reported once the checksum has shown that they were saved so.
void read_weight(const MappedSource& source, const WeightFit& fit, float* out,
                 const std::function<void(size_t n)>& on_items) {
  constexpr size_t kNone = static_cast<size_t>(-1);
  size_t first_bad = kNone;
  source.read_float32(fit.tensor, out, [&](const float* values, size_t n) {
    const size_t at = find_not_finite(values, n);
    if (at < n && first_bad == kNone) first_bad = static_cast<size_t>(values - out) + at;
    on_items(n);
  });
  if (first_bad == kNone) return;
  const std::string& name = source.source().tensors()[source.origin(fit.tensor)].name;
  throw_not_finite(source.path(), name, fit.slot.shape, first_bad, out[first_bad]);
}

bool holds_wte(const Params& params) {
  const Weight& wte = params.wte;
  const size_t n = weight_bytes(wte.type, wte.n_in, wte.n_out);
  return std::memcmp(params.lm_head.data, wte.data, n) == 0;
}

// A head that the config ties, or that is wte once more, is given back.
void settle_head(Params& params, const ModelConfig& config, std::vector<std::string>& notices) {
  const bool is_same = holds_wte(params);
  if (!is_same && config.is_tied == true) {
    notices.push_back("the checkpoint has a head of its own, which " + config.origin +
                      " ties to wte: wte is used");
  } else if (!is_same) {
    notices.push_back("the head is not tied to wte");
    return;
  }
  params.lm_head = params.wte;
  params.lm_head_storage = HugeBuffer();
}

Params load(const MappedSource& source, const ModelConfig& config, const MapOptions& options,
            WeightType type, LoadReport* report, const LoadProgress& progress) {
  const NameMatch match = match_names(source, config, options.allow_missing);
  if (!match.misfits.empty()) throw_misfits(source, config, match);
  // From here on the sizes are those of tensors that are in the files.
  uint64_t n_bytes = 0, n_items_total = 0, n_items = 0;
  for (const WeightFit& fit : match.fits) {
    const TensorInfo& tensor = source.tensors()[fit.tensor];
    n_bytes += tensor.n_bytes;
    n_items_total += tensor.n_items();
  }
  Params params = make_params(config.hparams, type);
  if (match.has_head) untie_head(params);
  std::vector<float> values;  // of one tensor, until it is packed
  for (const WeightFit& fit : match.fits) {
    const WeightTarget target = fit.slot.target(params, fit.slot.layer);
    if (target.weight != nullptr) values.resize(source.tensors()[fit.tensor].n_items());
    read_weight(source, fit, target.weight != nullptr ? values.data() : target.floats,
                [&](size_t n) {
                  n_items += n;
                  if (progress) progress(n_items, n_items_total);
                });
    if (target.weight != nullptr) pack(values.data(), target.order, *target.weight);
  }
  std::vector<std::string> notices = load_notices(source, match);
  if (match.has_head) settle_head(params, config, notices);
  if (report != nullptr) {
    *report = {.n_bytes_read = n_bytes,
               .n_tensors = static_cast<int>(match.fits.size()),
               .n_skipped = match.n_skipped,
               .n_bytes_skipped = match.n_bytes_skipped,
               .notices = std::move(notices)};
  }
  return params;
}

}  // namespace

Params load_params(const Checkpoint& checkpoint, const ModelConfig& config, WeightType type,
                   LoadReport* report, const LoadProgress& progress) {
  return load(*checkpoint.weights, config, checkpoint.options, type, report, progress);
}

void require_fit(const Checkpoint& checkpoint, const ModelConfig& config) {
  const MappedSource& source = *checkpoint.weights;
  const NameMatch match = match_names(source, config, checkpoint.options.allow_missing);
  if (!match.misfits.empty()) throw_misfits(source, config, match);
}

Params load_params(const ModelFiles& files, WeightType type, LoadReport* report,
                   const LoadProgress& progress) {
  const Checkpoint checkpoint = open_checkpoint(files);
  return load_params(checkpoint, read_model_config(checkpoint), type, report, progress);
}

Params load_params(const TensorSource& source, const ModelConfig& config, WeightType type,
                   LoadReport* report, const LoadProgress& progress) {
  const WeightMap map = map_weights(source);
  return load(MappedSource(source, map), config, {}, type, report, progress);
}

}  // namespace gpt2run
