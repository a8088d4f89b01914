#include "loader/write_hf_safetensors.h"

#include "loader/model_folder.h"
#include "loader/model_layout.h"
#include "loader/write_safetensors.h"

namespace gpt2run {

void write_hf_safetensors(const ModelToWrite& model, const std::filesystem::path& folder,
                          DType dtype, const WriteProgress& progress) {
  ModelLayout layout(model, Family::kHfPyTorch, progress);
  std::vector<TensorToWrite> tensors = layout.tensors();
  for (TensorToWrite& tensor : tensors) tensor.dtype = dtype;
  write_safetensors(folder / kSafetensorsFile, tensors, {{"format", "pt"}},
                    [&](size_t index, float* out) { layout.read(index, out); });
  write_hf_files(model, folder, dtype);
}

}  // namespace gpt2run
