#include "support/model_124m.h"

#include "engine/random_params.h"
#include "loader/random_source.h"

namespace gpt2run {

const Params& model_124m() {
  static const Params params = random_params(*named_shape("124M"), 124);
  return params;
}

}  // namespace gpt2run
