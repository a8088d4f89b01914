#include "loader/inferred_hparams.h"

#include <algorithm>

#include "loader/weight_names.h"

namespace gpt2run {
namespace {

const TensorInfo* find_matrix(const TensorSource& source, const char* name) {
  for (const TensorInfo& tensor : source.tensors()) {
    if (tensor.name == name && tensor.shape.size() == 2) return &tensor;
  }
  return nullptr;
}

}  // namespace

InferredHparams infer_hparams(const MappedSource& source) {
  InferredHparams inferred;
  if (const TensorInfo* wpe = find_matrix(source, "model/wpe")) {
    inferred.n_ctx = wpe->shape[0];
    inferred.n_embd = wpe->shape[1];
  }
  if (const TensorInfo* wte = find_matrix(source, "model/wte")) {
    inferred.n_vocab = wte->shape[0];
    inferred.n_embd = wte->shape[1];
  }
  if (const TensorInfo* c_fc = find_matrix(source, "model/h0/mlp/c_fc/w")) {
    if (c_fc->shape[0] == inferred.n_embd) inferred.n_inner = c_fc->shape[1];
  }
  for (const TensorInfo& tensor : source.tensors()) {
    if (const auto layer = layer_of(tensor.name)) {
      inferred.n_layer = std::max(inferred.n_layer, int64_t{*layer} + 1);
    }
  }
  return inferred;
}

Hparams fitted_hparams(const InferredHparams& inferred, Hparams hparams) {
  const auto take = [](int64_t size, int64_t max, int& member) {
    if (size >= 1 && size <= max) member = static_cast<int>(size);
  };
  take(inferred.n_vocab, 100'000'000, hparams.n_vocab);
  take(inferred.n_ctx, 100'000'000, hparams.n_ctx);
  take(inferred.n_embd, 1'000'000, hparams.n_embd);
  take(inferred.n_layer, 100'000, hparams.n_layer);
  take(inferred.n_inner, 1'000'000, hparams.n_inner);
  if (inferred.n_inner > 0 && hparams.n_inner == 4 * hparams.n_embd) hparams.n_inner = 0;
  if (hparams.n_embd > 0 && (hparams.n_head < 1 || hparams.n_embd % hparams.n_head != 0)) {
    hparams.n_head = static_cast<int>(n_head_candidates(hparams.n_embd).front());
  }
  return hparams;
}

std::string released_size(const Hparams& hparams) {
  return released_size(InferredHparams{.n_embd = hparams.n_embd, .n_layer = hparams.n_layer});
}

std::string released_size(const InferredHparams& inferred) {
  struct Size {
    const char* name;
    int64_t n_embd, n_layer;
  };
  for (const Size& size : {Size{"124M", 768, 12}, Size{"355M", 1024, 24}, Size{"774M", 1280, 36},
                           Size{"1558M", 1600, 48}}) {
    if (inferred.n_embd == size.n_embd && inferred.n_layer == size.n_layer) return size.name;
  }
  return "";
}

std::vector<int64_t> n_head_candidates(int64_t n_embd) {
  constexpr int64_t kUsualHead = 64;
  constexpr int64_t kMaxEmbd = 1'000'000;
  std::vector<int64_t> candidates;
  if (n_embd > kMaxEmbd) return candidates;
  for (int64_t n = 1; n <= n_embd; ++n) {
    if (n_embd % n == 0) candidates.push_back(n);
  }
  const auto usual = std::find(candidates.begin(), candidates.end(), n_embd / kUsualHead);
  if (usual != candidates.end()) std::rotate(candidates.begin(), usual, usual + 1);
  return candidates;
}

}  // namespace gpt2run
