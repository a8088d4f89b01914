#include "tools/load_model.h"

#include <unistd.h>

#include <string>

#include "loader/name_map.h"
#include "tools/loading_progress.h"
#include "tools/memory.h"
#include "tools/standard_streams.h"

namespace gpt2run {

LoadedModel load_model(const Checkpoint& checkpoint, bool quiet) {
  LoadedModel model;
  LoadingProgress progress(STDERR_FILENO, quiet);
  const auto show = [&](uint64_t n_done, uint64_t n_total) { progress.show(n_done, n_total); };
  const ModelConfig config = read_model_config(checkpoint);  // before memory can run out
  model.params = naming_memory(
      config.hparams, 0, [&] { return load_params(checkpoint, config, &model.report, show); });
  if (!quiet) {
    for (const std::string& notice : model.report.notices) print_notice(notice);
  }
  return model;
}

}  // namespace gpt2run
