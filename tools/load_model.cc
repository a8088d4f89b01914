#include "tools/load_model.h"

#include <unistd.h>

#include <string>

#include "loader/hparams.h"
#include "tools/loading_progress.h"
#include "tools/memory.h"
#include "tools/standard_streams.h"

namespace gpt2run {

std::filesystem::path model_path(const ModelArguments& arguments) {
  if (!arguments.model.empty()) return arguments.model;
  const std::filesystem::path path = default_model_path();
  if (path.empty()) {
    throw InputError(ErrorKind::kNotFound,
                     "share/gpt2run/models/shakespeare: expected the model that comes with gpt2run "
                     "beside the program, found none; give one with --model");
  }
  return path;
}

ModelFiles find_model(const ModelArguments& arguments) {
  ModelFiles files = find_model_files(model_path(arguments), arguments.hparams, arguments.vocab);
  if (!arguments.quiet) {
    for (const std::string& notice : files.notices) print_notice(notice);
  }
  return files;
}

LoadedModel load_model(const ModelFiles& files, bool quiet) {
  LoadedModel model;
  LoadingProgress progress(STDERR_FILENO, quiet);
  const auto show = [&](uint64_t n_done, uint64_t n_total) { progress.show(n_done, n_total); };
  require_hparams(files);
  const Hparams hparams = read_hparams(files.hparams);  // before memory can run out
  model.params = naming_memory(hparams, 0, [&] { return load_params(files, &model.report, show); });
  return model;
}

void check_vocabulary(const Tokenizer& tokenizer, const ModelFiles& files, const Hparams& hparams) {
  if (tokenizer.n_vocab() <= hparams.n_vocab) return;
  throw InputError(ErrorKind::kMismatch,
                   (files.vocab / "encoder.json").string() + ": expected at most " +
                       std::to_string(hparams.n_vocab) + " tokens (the model's n_vocab), found " +
                       std::to_string(tokenizer.n_vocab()) +
                       "; this is another model's vocabulary, give the right one with --vocab DIR");
}

}  // namespace gpt2run
