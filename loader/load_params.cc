#include "loader/load_params.h"

#include <cmath>

#include "loader/bundle.h"
#include "loader/checkpoint_error.h"
#include "loader/convert.h"
#include "loader/describe.h"
#include "loader/hparams.h"
#include "loader/misfit_report.h"
#include "loader/misfits.h"

namespace gpt2run {
namespace {

[[noreturn]] void throw_not_finite(const std::string& path, const WeightSlot& slot, uint64_t at,
                                   float value) {
  std::vector<int64_t> index = slot.shape;  // of the item: [row, column]
  for (size_t d = index.size(); d-- > 0;) {
    const auto size = static_cast<uint64_t>(slot.shape[d]);
    index[d] = static_cast<int64_t>(at % size);
    at /= size;
  }
  throw CheckpointError(ErrorKind::kCorrupt, path, slot.name + shape_text(index),
                        std::string("expected a finite number, found ") +
                            (std::isnan(value) ? "NaN" : "infinity") +
                            "; the model was saved broken, use an earlier save");
}

// Reads one weight into its place. NaN and infinity are looked for while the values are in cache,
// and reported once the checksum has shown that they were saved so.
void read_weight(const TensorSource& source, const WeightFit& fit, float* out,
                 const std::function<void(size_t n)>& on_items) {
  constexpr size_t kNone = static_cast<size_t>(-1);
  size_t first_bad = kNone;
  source.read_float32(fit.tensor, out, [&](const float* values, size_t n) {
    const size_t at = find_not_finite(values, n);
    if (at < n && first_bad == kNone) first_bad = static_cast<size_t>(values - out) + at;
    on_items(n);
  });
  if (first_bad != kNone) throw_not_finite(source.path(), fit.slot, first_bad, out[first_bad]);
}

}  // namespace

Params load_params(const ModelFiles& files, LoadReport* report, const LoadProgress& progress) {
  require_hparams(files);
  const Hparams hparams = read_hparams(files.hparams);
  return load_params(Bundle(files.prefix), hparams, files.hparams.string(), report, progress);
}

Params load_params(const TensorSource& source, const Hparams& hparams,
                   const std::string& hparams_path, LoadReport* report,
                   const LoadProgress& progress) {
  const NameMatch match = match_names(source, hparams);
  if (!match.misfits.empty()) throw_misfits(source, hparams, hparams_path, match);
  // From here on the sizes are those of tensors that are in the files.
  uint64_t n_bytes = 0, n_items_total = 0, n_items = 0;
  for (const WeightFit& fit : match.fits) {
    const TensorInfo& tensor = source.tensors()[fit.tensor];
    n_bytes += tensor.n_bytes;
    n_items_total += tensor.n_items();
  }
  Params params = make_params(hparams);
  for (const WeightFit& fit : match.fits) {
    read_weight(source, fit, fit.slot.data(params, fit.slot.layer), [&](size_t n) {
      n_items += n;
      if (progress) progress(n_items, n_items_total);
    });
  }
  if (report != nullptr) {
    *report = {.n_bytes_read = n_bytes,
               .n_tensors = static_cast<int>(match.fits.size()),
               .n_skipped = match.n_skipped,
               .n_bytes_skipped = match.n_bytes_skipped};
  }
  return params;
}

}  // namespace gpt2run
