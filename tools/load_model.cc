#include "tools/load_model.h"

#include <unistd.h>

#include <algorithm>
#include <string>
#include <utility>

#include "tools/loading_progress.h"
#include "tools/memory.h"
#include "tools/standard_streams.h"

namespace gpt2run {
namespace {

ModelShape shape_of(const OpenModel& open, WeightType type) {
  const auto& tensors = open.checkpoint.weights->tensors();
  const bool has_head = std::any_of(tensors.begin(), tensors.end(), [](const TensorInfo& tensor) {
    return tensor.name == "model/lm_head";
  });
  return {open.config.hparams, type, has_head};
}

// What load(report, progress) returns, which loads weights.
template <class Load>
auto watched(const OpenModel& open, const ModelArguments& arguments, LoadReport& report,
             const Load& load) {
  LoadingProgress progress(STDERR_FILENO, arguments.quiet);
  const auto show = [&](uint64_t n_done, uint64_t n_total) { progress.show(n_done, n_total); };
  return naming_memory(shape_of(open, arguments.dtype), 0, [&] { return load(&report, show); });
}

void print_notices(const LoadReport& report, const ModelArguments& arguments) {
  if (arguments.quiet) return;
  for (const std::string& notice : report.notices) print_notice(notice);
}

}  // namespace

LoadedWeights load_weights(const OpenModel& open, const ModelArguments& arguments) {
  LoadReport report;
  Params params =
      watched(open, arguments, report, [&](LoadReport* into, const LoadProgress& progress) {
        return load_params(open.checkpoint, open.config, arguments.dtype, into, progress);
      });
  print_notices(report, arguments);
  return {std::move(params), std::move(report)};
}

LoadedModel load_model(const OpenModel& open, const ModelArguments& arguments) {
  LoadReport report;
  TokenizerAndParams loaded =
      watched(open, arguments, report, [&](LoadReport* into, const LoadProgress& progress) {
        return load_tokenizer_and_params(open.checkpoint, open.config, arguments.dtype, into,
                                         progress);
      });
  print_notices(report, arguments);
  return {std::move(loaded.tokenizer), std::move(loaded.params), std::move(report)};
}

}  // namespace gpt2run
