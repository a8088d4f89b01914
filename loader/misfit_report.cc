#include "loader/misfit_report.h"

#include <algorithm>

#include "base/printable.h"
#include "loader/checkpoint_error.h"
#include "loader/inferred_hparams.h"

namespace gpt2run {
namespace {

constexpr size_t kMaxLines = 1000;

void refuse_unknown_names(const MappedSource& source) {
  if (!source.tensors().empty()) return;
  const auto& tensors = source.source().tensors();
  throw CheckpointError(
      ErrorKind::kMismatch, source.path(), "",
      "expected GPT-2's weights under names of a known family (model/h0/attn/c_attn/w, "
      "transformer.h.0.attn.c_attn.weight, blk.0.attn_qkv.weight, ...), found " +
          (tensors.empty() ? "no tensor at all"
                           : std::to_string(tensors.size()) + " others, the first of which is " +
                                 printable(tensors.front().name)) +
          "; --name-map FILE can say which is which");
}

}  // namespace

std::string config_advice(const MappedSource& source, const Hparams& hparams) {
  const InferredHparams inferred = infer_hparams(source);
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
  if (inferred.n_embd == hparams.n_embd && inferred.n_inner != hparams.d_mlp()) {
    compare("n_inner", inferred.n_inner, hparams.d_mlp());
  }
  return text;
}

void throw_misfits(const MappedSource& source, const ModelConfig& config, const NameMatch& match) {
  refuse_unknown_names(source);
  const size_t n = match.misfits.size();
  std::string text = "its weights do not fit " + config.origin + " (" + std::to_string(n) +
                     (n == 1 ? " misfit)" : " misfits)");
  const std::string advice = config_advice(source, config.hparams);
  if (!advice.empty()) {
    text += "; to fit these weights it would have to say " + advice;
    const std::string size = released_size(infer_hparams(source));
    const std::string other = released_size(config.hparams);
    if (!size.empty()) text += "; the weights have the shape of " + size;
    if (!size.empty() && !other.empty()) text += ", the config has that of " + other;
  }
  const bool any_missing =
      std::any_of(match.misfits.begin(), match.misfits.end(), [](const Misfit& misfit) {
        return misfit.kind == Misfit::kMissing || misfit.kind == Misfit::kMissingLayer;
      });
  if (any_missing) text += "; " + weight_count_text(match, config.hparams);
  for (size_t i = 0; i < std::min(n, kMaxLines); ++i) {
    text += "\n  " + match.misfits[i].path + ": " + match.misfits[i].text;
  }
  if (n > kMaxLines) text += "\n  ... and " + std::to_string(n - kMaxLines) + " more";
  throw CheckpointError(ErrorKind::kMismatch, source.path(), "", text);
}

}  // namespace gpt2run
