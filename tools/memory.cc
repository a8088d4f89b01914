#include "tools/memory.h"

#include <cstdio>
#include <fstream>

#include "base/error.h"
#include "engine/kv_cache.h"

namespace gpt2run {

namespace {

double bytes_per_weight(WeightType type) {
  return static_cast<double>(group_bytes(type)) / (kGroupRows * kPanelCols);
}

// ", or a smaller --dtype", where there is one.
const char* smaller_types(WeightType type) {
  return type == WeightType::kInt4 ? "" : ", or a smaller --dtype";
}

}  // namespace

uint64_t peak_memory_bytes() {
  // Not getrusage's ru_maxrss: that starts at what the parent process held when it forked.
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    unsigned long long kilobytes = 0;
    if (std::sscanf(line.c_str(), "VmHWM: %llu kB", &kilobytes) == 1) return kilobytes * 1024;
  }
  return 0;
}

std::string megabytes(double n_bytes) {
  char text[64];
  std::snprintf(text, sizeof(text), "%.1f MB", n_bytes / 1e6);
  return text;
}

void throw_out_of_memory(const ModelShape& model, int n_logits_rows) {
  const Hparams& hparams = model.hparams;
  const double n_vocab = hparams.n_vocab, n_ctx = hparams.n_ctx, n_embd = hparams.n_embd;
  const double n_layer = hparams.n_layer, d_mlp = hparams.d_mlp();
  const double matrices = n_vocab * n_embd * (model.has_own_head ? 2 : 1) +
                          n_layer * (4 * n_embd * n_embd + 2 * n_embd * d_mlp);
  const double rest = (n_ctx + 2) * n_embd + n_layer * (9 * n_embd + d_mlp);  // float32
  const double weights = matrices * bytes_per_weight(model.type) + rest * sizeof(float);
  const double cache = position_bytes(hparams, model.type) * n_ctx;
  std::string message = "out of memory: the weights take " + megabytes(weights) +
                        ", the KV cache up to " + megabytes(cache);
  if (n_logits_rows > 0) message += ", the logits " + megabytes(4.0 * n_logits_rows * n_vocab);
  throw InputError(ErrorKind::kRuntime, message + "; free some memory or take a smaller model" +
                                            smaller_types(model.type));
}

}  // namespace gpt2run
