#include "loader/write_tf1.h"

#include "loader/model_folder.h"
#include "loader/model_layout.h"
#include "loader/write_bundle.h"
#include "loader/write_config.h"

namespace gpt2run {

void write_tf1(const ModelToWrite& model, const std::filesystem::path& folder, DType dtype,
               const WriteProgress& progress) {
  require_openai_arithmetic(model, "OpenAI's TensorFlow checkpoint");
  ModelLayout layout(model, Family::kOpenAi, progress);
  std::vector<TensorToWrite> tensors = layout.tensors();
  for (TensorToWrite& tensor : tensors) tensor.dtype = dtype;
  write_bundle(folder / kOpenAiPrefix, tensors,
               [&](size_t index, float* out) { layout.read(index, out); });
  write_openai_files(model, folder);
}

}  // namespace gpt2run
