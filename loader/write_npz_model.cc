#include "loader/write_npz_model.h"

#include "loader/model_layout.h"
#include "loader/write_config.h"
#include "loader/write_npz.h"

namespace gpt2run {

void write_npz_model(const ModelToWrite& model, const std::filesystem::path& file, DType dtype,
                     const WriteProgress& progress) {
  require_openai_arithmetic(model, "an .npz of OpenAI's names");
  ModelLayout layout(model, Family::kOpenAi, progress);
  std::vector<TensorToWrite> tensors = layout.tensors();
  for (TensorToWrite& tensor : tensors) tensor.dtype = dtype;
  write_npz(file, tensors, [&](size_t index, float* out) { layout.read(index, out); });
}

}  // namespace gpt2run
