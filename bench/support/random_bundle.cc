#include "support/random_bundle.h"

#include "loader/random_source.h"
#include "loader/write_checkpoint.h"

namespace gpt2run {

RandomBundle::RandomBundle() {
  const Hparams hparams = *named_shape("124M");
  write_checkpoint({RandomSource(hparams, 1), hparams, nullptr}, model(), TargetFormat::kTf1,
                   DType::kFloat32, false);
}

}  // namespace gpt2run
