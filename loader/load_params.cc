#include "loader/load_params.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <exception>
#include <mutex>
#include <numeric>

#include "base/threads.h"
#include "loader/load_notices.h"
#include "loader/misfit_report.h"
#include "loader/misfits.h"
#include "loader/read_weight.h"

namespace gpt2run {
namespace {

// Calls the user's progress for several threads.
class ProgressSum {
 public:
  ProgressSum(const LoadProgress& progress, uint64_t n_total)
      : progress_(progress), n_total_(n_total) {}

  void add(uint64_t n) {
    if (!progress_ || n == 0) return;
    const std::lock_guard<std::mutex> lock(mutex_);
    n_done_ += n;
    progress_(n_done_, n_total_);
  }

 private:
  const LoadProgress& progress_;
  const uint64_t n_total_;
  std::mutex mutex_;
  uint64_t n_done_ = 0;
};

// The positions of fits, the largest tensors first, so that the threads end together.
std::vector<size_t> largest_first(const MappedSource& source, const std::vector<WeightFit>& fits) {
  std::vector<size_t> order(fits.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto n_items = [&](size_t i) { return source.tensors()[fits[i].tensor].n_items(); };
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return n_items(a) != n_items(b) ? n_items(a) > n_items(b) : a < b;
  });
  return order;
}

// The error of the first of several jobs that failed, whichever thread met its own first.
class FirstFailure {
 public:
  explicit FirstFailure(size_t n_jobs) : errors_(n_jobs), first_(n_jobs) {}

  // Does a job, unless one before it has failed. Each is done by one thread only.
  template <class Job>
  void run(size_t index, const Job& job) {
    if (index > first_) return;
    try {
      job();
    } catch (...) {
      errors_[index] = std::current_exception();
      size_t first = first_;
      while (index < first && !first_.compare_exchange_weak(first, index)) {
      }
    }
  }

  // Requires: the threads have ended.
  void rethrow() const {
    if (first_ < errors_.size()) std::rethrow_exception(errors_[first_]);
  }

 private:
  std::vector<std::exception_ptr> errors_;
  std::atomic<size_t> first_;
};

// Reads every weight, several at a time, and does beside() before. Of several errors beside's is
// reported, else that of the tensor that comes first in the file.
void read_weights(const MappedSource& source, const std::vector<WeightFit>& fits, Params& params,
                  uint64_t n_items, const LoadProgress& progress,
                  const std::function<void()>& beside) {
  constexpr double kWorkPerItem = 4;
  ProgressSum sum(progress, n_items);
  const std::vector<size_t> order = largest_first(source, fits);
  FirstFailure failure(fits.size() + 1);
  const auto run_beside = [&] {
    if (beside) beside();
  };
  const auto read = [&](const WeightFit& fit) {
    read_weight(source, fit, fit.slot.target(params, fit.slot.layer),
                [&](uint64_t n) { sum.add(n); });
  };
  parallel_for(static_cast<int>(fits.size()) + 1, kWorkPerItem * static_cast<double>(n_items),
               [&](int job) {
                 if (job == 0) return failure.run(0, run_beside);
                 const size_t i = order[static_cast<size_t>(job) - 1];
                 failure.run(i + 1, [&] { read(fits[i]); });
               });
  failure.rethrow();
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
            WeightType type, LoadReport* report, const LoadProgress& progress,
            const std::function<void()>& beside = {}) {
  const NameMatch match = match_names(source, config, options.allow_missing);
  if (!match.misfits.empty()) throw_misfits(source, config, match);
  // From here on the sizes are those of tensors that are in the files.
  uint64_t n_bytes = 0, n_items = 0;
  for (const WeightFit& fit : match.fits) {
    const TensorInfo& tensor = source.tensors()[fit.tensor];
    n_bytes += tensor.n_bytes;
    n_items += tensor.n_items();
  }
  Params params = make_params(config.hparams, type);
  if (match.has_head) untie_head(params);
  read_weights(source, match.fits, params, n_items, progress, beside);
  std::vector<std::string> notices = load_notices(source, match);
  if (match.has_head) settle_head(params, config, notices);
  if (report != nullptr) {
    const size_t n_floats = params.storage.size() + params.lm_head_storage.size();
    *report = {.n_bytes_read = n_bytes,
               .n_bytes_packed = n_floats * sizeof(float),
               .n_tensors = static_cast<int>(match.fits.size()),
               .n_skipped = match.n_skipped,
               .n_bytes_skipped = match.n_bytes_skipped,
               .notices = std::move(notices)};
  }
  return params;
}

}  // namespace

Params load_params(const Checkpoint& checkpoint, const ModelConfig& config, WeightType type,
                   LoadReport* report, const LoadProgress& progress,
                   const std::function<void()>& beside) {
  return load(*checkpoint.weights, config, checkpoint.options, type, report, progress, beside);
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
