#include "loader/checkpoint.h"

namespace gpt2run {

Checkpoint open_checkpoint(ModelFiles files, MapOptions options) {
  auto source = open_format(files.format, files.checkpoint);
  return open_checkpoint(std::move(files), std::move(source), std::move(options));
}

Checkpoint open_checkpoint(ModelFiles files, std::unique_ptr<TensorSource> source,
                           MapOptions options) {
  Checkpoint checkpoint;
  checkpoint.files = std::move(files);
  checkpoint.source = std::move(source);
  checkpoint.options = std::move(options);
  checkpoint.map = std::make_unique<WeightMap>(map_weights(*checkpoint.source, checkpoint.options));
  checkpoint.weights = std::make_unique<MappedSource>(*checkpoint.source, *checkpoint.map);
  return checkpoint;
}

ModelConfig read_model_config(const Checkpoint& checkpoint) {
  ModelConfig config = read_model_config(checkpoint.files, *checkpoint.source);
  if (config.hparams.n_vocab > 0) return config;
  for (const TensorInfo& tensor : checkpoint.weights->tensors()) {
    if (tensor.name == "model/wte" && !tensor.shape.empty() && tensor.shape[0] < 100'000'000) {
      config.hparams.n_vocab = static_cast<int>(tensor.shape[0]);
    }
  }
  return config;
}

}  // namespace gpt2run
