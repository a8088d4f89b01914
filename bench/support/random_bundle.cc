#include "support/random_bundle.h"

#include <stdlib.h>

#include <stdexcept>
#include <string>
#include <system_error>

#include "loader/random_source.h"
#include "loader/write_checkpoint.h"

namespace gpt2run {

RandomBundle::RandomBundle() {
  std::string folder = std::filesystem::absolute("random-124M-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("cannot make " + folder);
  folder_ = folder;
  const Hparams hparams = *named_shape("124M");
  write_checkpoint({RandomSource(hparams, 1), hparams, nullptr}, model(), TargetFormat::kTf1,
                   DType::kFloat32, false);
}

RandomBundle::~RandomBundle() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

}  // namespace gpt2run
