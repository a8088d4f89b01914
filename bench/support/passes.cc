#include "support/passes.h"

#include "engine/gpt2.h"
#include "support/timing.h"

namespace gpt2run {

std::vector<int> some_ids(int n, int n_vocab) {
  std::vector<int> ids(static_cast<size_t>(n));
  for (int i = 0; i < n; ++i) ids[static_cast<size_t>(i)] = (i * 7919 + 13) % n_vocab;
  return ids;
}

double prefill_seconds(const Params& params, KvCache& cache, int n) {
  cache.truncate(0);
  const std::vector<int> ids = some_ids(n, params.hparams.n_vocab);
  return seconds_of([&] { gpt2(ids, params, cache); });
}

}  // namespace gpt2run
