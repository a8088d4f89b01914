#include "loader/misfit_report.h"

#include <algorithm>

#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/weight_names.h"

namespace gpt2run {
namespace {

constexpr size_t kMaxLines = 1000;

const TensorInfo* find_matrix(const TensorSource& source, const char* name) {
  for (const TensorInfo& tensor : source.tensors()) {
    if (tensor.name == name && tensor.shape.size() == 2) return &tensor;
  }
  return nullptr;
}

// What the weights themselves tell of hparams; 0 where they do not. n_head leaves no trace in them.
struct Inferred {
  int64_t n_vocab = 0, n_ctx = 0, n_embd = 0, n_layer = 0;
};

Inferred infer(const TensorSource& source, const NameMatch& match) {
  Inferred inferred;
  if (const TensorInfo* wpe = find_matrix(source, "model/wpe")) {
    inferred.n_ctx = wpe->shape[0];
    inferred.n_embd = wpe->shape[1];
  }
  if (const TensorInfo* wte = find_matrix(source, "model/wte")) {
    inferred.n_vocab = wte->shape[0];
    inferred.n_embd = wte->shape[1];
  }
  if (!match.layers.empty()) inferred.n_layer = int64_t{*match.layers.rbegin()} + 1;
  return inferred;
}

std::string size_name(const Inferred& inferred) {
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

std::string advice(const Inferred& inferred, const Hparams& hparams) {
  std::string text;
  const auto compare = [&](const char* key, int64_t inferred_value, int value) {
    if (inferred_value == 0 || inferred_value == value) return;
    text += (text.empty() ? "" : ", ") + std::string("\"") + key +
            "\": " + std::to_string(inferred_value) + " (it says " + std::to_string(value) + ")";
  };
  compare("n_vocab", inferred.n_vocab, hparams.n_vocab);
  compare("n_ctx", inferred.n_ctx, hparams.n_ctx);
  compare("n_embd", inferred.n_embd, hparams.n_embd);
  compare("n_layer", inferred.n_layer, hparams.n_layer);
  if (text.empty()) return "";
  text = "; to fit these weights it would have to say " + text;
  const std::string size = size_name(inferred);
  if (!size.empty()) text += "; the weights have the shape of " + size;
  return text;
}

void refuse_other_families(const TensorSource& source) {
  const auto& tensors = source.tensors();
  if (std::any_of(tensors.begin(), tensors.end(),
                  [](const TensorInfo& tensor) { return is_object_based(tensor.name); })) {
    throw_object_based(source.path());
  }
  const bool any_weight = std::any_of(tensors.begin(), tensors.end(), [](const TensorInfo& tensor) {
    return !is_no_weight(tensor);
  });
  if (any_weight) return;
  throw CheckpointError(
      ErrorKind::kMismatch, source.path(), "",
      "expected OpenAI's names (model/wte, model/h0/attn/c_attn/w, ...), found " +
          (tensors.empty() ? "no tensor at all"
                           : std::to_string(tensors.size()) + " others, the first of which is " +
                                 printable(tensors.front().name)));
}

}  // namespace

void throw_misfits(const TensorSource& source, const Hparams& hparams,
                   const std::string& hparams_path, const NameMatch& match) {
  refuse_other_families(source);
  const size_t n = match.misfits.size();
  std::string text = "its weights do not fit " + hparams_path + " (" + std::to_string(n) +
                     (n == 1 ? " misfit)" : " misfits)") + advice(infer(source, match), hparams);
  for (size_t i = 0; i < std::min(n, kMaxLines); ++i) {
    text += "\n  " + match.misfits[i].path + ": " + match.misfits[i].text;
  }
  if (n > kMaxLines) text += "\n  ... and " + std::to_string(n - kMaxLines) + " more";
  throw CheckpointError(ErrorKind::kMismatch, source.path(), "", text);
}

}  // namespace gpt2run
