#include "support/some_ids.h"

#include <algorithm>

namespace gpt2run {

std::vector<int> some_ids(int n, int n_vocab) {
  std::vector<int> ids(static_cast<size_t>(n));
  for (int i = 0; i < n; ++i) ids[static_cast<size_t>(i)] = (i * 37 + 11) % n_vocab;
  return ids;
}

Matrix logits_in_passes(std::span<const int> ids, const Params& params,
                        const std::vector<int>& sizes) {
  KvCache cache(params);
  Matrix logits(static_cast<Eigen::Index>(ids.size()), params.hparams.n_vocab);
  for (size_t at = 0, pass = 0; at < ids.size(); ++pass) {
    const auto size = static_cast<size_t>(sizes[std::min(pass, sizes.size() - 1)]);
    const size_t n = std::min(size, ids.size() - at);
    logits.middleRows(static_cast<Eigen::Index>(at), static_cast<Eigen::Index>(n)) =
        gpt2(ids.subspan(at, n), params, cache, LogitsOf::kAllRows);
    at += n;
  }
  return logits;
}

}  // namespace gpt2run
