#include "tools/cmd_logits.h"

#include <cstdio>
#include <string_view>
#include <system_error>

#include "base/atomic_file.h"
#include "base/npy.h"
#include "engine/gpt2.h"
#include "model/load_tokenizer.h"
#include "tools/compare_logits.h"
#include "tools/exit_code.h"
#include "tools/ids.h"
#include "tools/memory.h"
#include "tools/prompt.h"
#include "tools/standard_streams.h"

namespace gpt2run {
namespace {

Matrix all_logits(const std::vector<int>& ids, const Params& params) {
  KvCache cache(params);
  return gpt2(ids, params, cache, LogitsOf::kAllRows);
}

void write_logits(const Matrix& logits, AtomicFile& file) {
  file.write(npy_header("<f4", {logits.rows(), logits.cols()}));
  file.write({reinterpret_cast<const char*>(logits.data()),
              static_cast<size_t>(logits.size()) * sizeof(float)});
  file.commit();
}

// Writing the one would destroy the other.
void refuse_same_file(const LogitsArguments& arguments) {
  std::error_code ignored;
  if (std::filesystem::equivalent(arguments.output, arguments.compare, ignored)) {
    throw UsageError("--output and --compare: expected two files, found the same: " +
                     arguments.output.string());
  }
}

int report_comparison(const LogitsArguments& arguments, const Matrix& logits,
                      const NpyArray& reference) {
  const LargestDifference difference = compare_logits(logits, reference);
  write_stdout(to_text(difference) + "\n");
  if (difference.value <= arguments.tolerance) return kExitOk;
  char tolerance[32];
  std::snprintf(tolerance, sizeof(tolerance), "%g", arguments.tolerance);
  throw InputError(ErrorKind::kRuntime, arguments.compare.string() + ": " + to_text(difference) +
                                            ", more than the tolerance " + tolerance);
}

}  // namespace

int cmd_logits(const LogitsArguments& arguments) {
  refuse_same_file(arguments);
  std::vector<int> ids;
  std::string prompt;
  if (arguments.prompt) {
    prompt = read_prompt({arguments.prompt, {}});
  } else {
    ids = arguments.ids_file.empty() ? arguments.ids : read_ids(arguments.ids_file);
  }
  const OpenModel open = open_fitting_model(arguments.model);
  const Hparams& hparams = open.config.hparams;
  if (arguments.prompt) {
    const Tokenizer tokenizer = load_tokenizer(open.checkpoint);
    check_vocabulary(tokenizer, open.checkpoint, hparams);
    ids = encode_prompt(prompt, tokenizer, arguments.special, hparams);
  }
  const LoadedWeights model = load_weights(open, arguments.model);
  check_ids_fit(ids, hparams);

  // Before the work, so that what cannot be read or written is reported at once.
  const int n_ids = static_cast<int>(ids.size());
  std::optional<NpyArray> reference;
  if (!arguments.compare.empty()) {
    reference = read_reference(arguments.compare, n_ids, hparams.n_vocab);
  }
  std::optional<AtomicFile> output;
  if (!arguments.output.empty()) output.emplace(arguments.output);
  const Matrix logits =
      naming_memory(model.params, n_ids, [&] { return all_logits(ids, model.params); });
  if (output) write_logits(logits, *output);
  return reference ? report_comparison(arguments, logits, *reference) : kExitOk;
}

}  // namespace gpt2run
