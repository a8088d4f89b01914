#include "engine/check_ids.h"

#include <stdexcept>
#include <string>

namespace gpt2run {

void check_ids(std::span<const int> ids, const Hparams& hparams) {
  if (ids.empty()) throw std::invalid_argument("ids: expected at least one, found none");
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0 || ids[i] >= hparams.n_vocab) {
      throw std::invalid_argument("ids[" + std::to_string(i) + "]: expected 0 to " +
                                  std::to_string(hparams.n_vocab - 1) + ", found " +
                                  std::to_string(ids[i]));
    }
  }
}

void check_room(size_t n_seq, const KvCache& cache) {
  const size_t n_free = static_cast<size_t>(cache.n_ctx() - cache.n_past());
  if (n_seq > n_free) {
    throw std::length_error("expected at most n_ctx = " + std::to_string(cache.n_ctx()) +
                            " tokens, found " +
                            std::to_string(static_cast<size_t>(cache.n_past()) + n_seq));
  }
}

}  // namespace gpt2run
