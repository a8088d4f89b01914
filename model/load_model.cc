#include "model/load_model.h"

#include <optional>
#include <utility>

#include "model/load_tokenizer.h"

namespace gpt2run {

TokenizerAndParams load_tokenizer_and_params(const Checkpoint& checkpoint,
                                             const ModelConfig& config, WeightType type,
                                             LoadReport* report, const LoadProgress& progress) {
  std::optional<Tokenizer> tokenizer;
  bool is_begun = false;
  const auto load = [&] {
    is_begun = true;
    tokenizer.emplace(load_tokenizer(checkpoint));
    check_vocabulary(*tokenizer, checkpoint, config.hparams);
  };
  try {
    Params params = load_params(checkpoint, config, type, report, progress, load);
    return {std::move(*tokenizer), std::move(params)};
  } catch (...) {
    if (!is_begun) load();  // weights that do not fit are known before: its errors come first
    throw;
  }
}

}  // namespace gpt2run
