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

// Reads one weight into its place. NaN and infinity are looked for while the values are in cache,
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
  const size_t n = static_cast<size_t>(params.wte.rows) * static_cast<size_t>(params.wte.cols);
  return std::memcmp(params.lm_head.data, params.wte.data, n * sizeof(float)) == 0;
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
            LoadReport* report, const LoadProgress& progress) {
  const NameMatch match = match_names(source, config, options.allow_missing);
  if (!match.misfits.empty()) throw_misfits(source, config, match);
  // From here on the sizes are those of tensors that are in the files.
  uint64_t n_bytes = 0, n_items_total = 0, n_items = 0;
  for (const WeightFit& fit : match.fits) {
    const TensorInfo& tensor = source.tensors()[fit.tensor];
    n_bytes += tensor.n_bytes;
    n_items_total += tensor.n_items();
  }
  Params params = make_params(config.hparams);
  if (match.has_head) untie_head(params);
  for (const WeightFit& fit : match.fits) {
    read_weight(source, fit, fit.slot.data(params, fit.slot.layer), [&](size_t n) {
      n_items += n;
      if (progress) progress(n_items, n_items_total);
    });
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

Params load_params(const Checkpoint& checkpoint, const ModelConfig& config, LoadReport* report,
                   const LoadProgress& progress) {
  return load(*checkpoint.weights, config, checkpoint.options, report, progress);
}

void require_fit(const Checkpoint& checkpoint, const ModelConfig& config) {
  const MappedSource& source = *checkpoint.weights;
  const NameMatch match = match_names(source, config, checkpoint.options.allow_missing);
  if (!match.misfits.empty()) throw_misfits(source, config, match);
}

Params load_params(const ModelFiles& files, LoadReport* report, const LoadProgress& progress) {
  const Checkpoint checkpoint = open_checkpoint(files);
  return load_params(checkpoint, read_model_config(checkpoint), report, progress);
}

Params load_params(const TensorSource& source, const ModelConfig& config, LoadReport* report,
                   const LoadProgress& progress) {
  const WeightMap map = map_weights(source);
  return load(MappedSource(source, map), config, {}, report, progress);
}

}  // namespace gpt2run
