#include "tools/load_model.h"

#include <unistd.h>

#include <string>

#include "tools/loading_progress.h"
#include "tools/memory.h"
#include "tools/standard_streams.h"

namespace gpt2run {

LoadedModel load_model(const OpenModel& open, const ModelArguments& arguments) {
  LoadedModel model;
  LoadingProgress progress(STDERR_FILENO, arguments.quiet);
  const auto show = [&](uint64_t n_done, uint64_t n_total) { progress.show(n_done, n_total); };
  model.params = naming_memory(open.config.hparams, 0, [&] {
    return load_params(open.checkpoint, open.config, arguments.dtype, &model.report, show);
  });
  if (!arguments.quiet) {
    for (const std::string& notice : model.report.notices) print_notice(notice);
  }
  return model;
}

}  // namespace gpt2run
