#include "loader/known_config.h"

#include <limits>

#include "loader/inferred_hparams.h"

namespace gpt2run {
namespace {

int size_of(int64_t inferred) {
  return inferred <= std::numeric_limits<int>::max() ? static_cast<int>(inferred) : 0;
}

// Whether a layer's matrices are here, and not one bias of theirs: nanoGPT's models without.
bool lacks_biases(const MappedSource& source) {
  bool has_matrices = false;
  for (const TensorInfo& tensor : source.tensors()) {
    if (is_linear_bias(tensor.name)) return false;
    has_matrices |= is_layer_matrix(tensor.name);
  }
  return has_matrices;
}

ModelConfig inferred_config(const MappedSource& source) {
  const InferredHparams inferred = infer_hparams(source);
  ModelConfig config;
  config.origin = "the shapes of its weights";
  config.hparams.n_vocab = size_of(inferred.n_vocab);
  config.hparams.n_ctx = size_of(inferred.n_ctx);
  config.hparams.n_embd = size_of(inferred.n_embd);
  config.hparams.n_layer = size_of(inferred.n_layer);
  config.hparams.n_inner = size_of(inferred.n_inner);
  config.has_biases = !lacks_biases(source);
  return config;
}

}  // namespace

KnownConfig known_config(const Checkpoint& checkpoint) {
  try {
    return {read_model_config(checkpoint), std::nullopt};
  } catch (const InputError& error) {
    const bool is_mistake =
        error.kind() == ErrorKind::kNotFound && checkpoint.files.is_hparams_given;
    if (is_mistake || error.kind() == ErrorKind::kRuntime) throw;
    return {inferred_config(*checkpoint.weights), error};
  }
}

}  // namespace gpt2run
