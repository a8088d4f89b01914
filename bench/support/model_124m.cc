#include "support/model_124m.h"

#include "engine/random_params.h"

namespace gpt2run {

const Params& model_124m() {
  static const Params params = random_params(
      {.n_vocab = 50257, .n_ctx = 1024, .n_embd = 768, .n_head = 12, .n_layer = 12}, 124);
  return params;
}

}  // namespace gpt2run
