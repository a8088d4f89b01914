#include "engine/batch.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/threads.h"
#include "engine/check_ids.h"
#include "engine/gpt2.h"
#include "engine/ops.h"

namespace gpt2run {
namespace {

void check_caches(std::span<KvCache* const> caches, size_t n_batch) {
  if (caches.size() != n_batch) {
    throw std::invalid_argument("caches: expected one for each of " + std::to_string(n_batch) +
                                " ids, found " + std::to_string(caches.size()));
  }
  std::vector<const KvCache*> sorted(caches.begin(), caches.end());
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
    throw std::invalid_argument("caches: expected one for each sequence, found one twice");
  }
  for (const KvCache* cache : caches) check_room(1, *cache);
}

Matrix embeddings(std::span<const int> ids, const Params& params,
                  std::span<KvCache* const> caches) {
  Matrix x(static_cast<Eigen::Index>(ids.size()), params.hparams.n_embd);
  for (size_t i = 0; i < ids.size(); ++i) {
    x.row(static_cast<Eigen::Index>(i)) =
        embedding(ids.subspan(i, 1), caches[i]->n_past(), params.wte, params.wpe);
  }
  return x;
}

// Row i looks back in caches[i].
Attend attend_to_each(std::span<KvCache* const> caches, int layer) {
  return [=](const Matrix& qkv, float scale) {
    Matrix heads(qkv.rows(), qkv.cols() / 3);
    double work = 0;
    for (const KvCache* cache : caches) {
      work += 4.0 * static_cast<double>(heads.cols()) * (cache->n_past() + 1);
    }
    parallel_for(static_cast<int>(qkv.rows()), work, [&](int i) {
      heads.row(i) = attention(qkv.row(i), scale, caches[static_cast<size_t>(i)]->layer(layer));
    });
    return heads;
  };
}

}  // namespace

Matrix gpt2_batch(std::span<const int> ids, const Params& params,
                  std::span<KvCache* const> caches) {
  const Hparams& hparams = params.hparams;
  check_ids(ids, hparams);
  check_caches(caches, ids.size());

  Matrix x = embeddings(ids, params, caches);  // [n_batch] -> [n_batch, n_embd]
  for (int layer = 0; layer < hparams.n_layer; ++layer) {
    x = transformer_block(x, params, layer, attend_to_each(caches, layer));
  }
  for (KvCache* cache : caches) cache->advance(1);
  x = layer_norm(x, params.ln_f, hparams.layer_norm_epsilon);
  return lm_head(x, params.lm_head);  // -> [n_batch, n_vocab]
}

}  // namespace gpt2run
