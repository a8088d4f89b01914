#include "loader/write_tf2.h"

#include <string>
#include <string_view>

#include "loader/checkpoint_error.h"
#include "loader/model_folder.h"
#include "loader/model_layout.h"
#include "loader/object_graph.h"
#include "loader/write_bundle.h"
#include "loader/write_config.h"

namespace gpt2run {
namespace {

constexpr const char* kFormat = "Hugging Face's TensorFlow checkpoint";

void require_tied_head(const ModelToWrite& model) {
  if (has_tied_head(model)) return;
  throw CheckpointError(ErrorKind::kUnsupported, model.weights.path(), "model/lm_head",
                        std::string("expected a head tied to wte, as ") + kFormat +
                            " has no other, found one of its own; write it as safetensors");
}

// What Keras calls the variable: a name in a .h5, without the group before and the number behind.
std::string variable_name(const std::string& weight) {
  constexpr std::string_view kGroup = "transformer/", kNumber = ":0";
  const std::string name = family_name(Family::kHfKeras, weight);
  return name.substr(kGroup.size(), name.size() - kGroup.size() - kNumber.size());
}

}  // namespace

void write_tf2(const ModelToWrite& model, const std::filesystem::path& folder, DType dtype,
               const WriteProgress& progress) {
  require_tied_head(model);
  require_openai_settings(model, kFormat, {Setting::kScaling});
  ModelLayout layout(model, Family::kHfTensorFlow, progress);
  std::vector<TensorToWrite> tensors = layout.tensors();
  std::vector<GraphVariable> variables;
  for (size_t i = 0; i < tensors.size(); ++i) {
    tensors[i].dtype = dtype;
    variables.push_back({tensors[i].name, variable_name(layout.weight(i))});
  }
  write_bundle(folder / kHfTensorFlowPrefix, tensors,
               [&](size_t index, float* out) { layout.read(index, out); },
               {{kObjectGraphKey, object_graph(variables)}});
  write_state_file(folder, kHfTensorFlowPrefix);
  write_hf_files(model, folder, dtype);
}

}  // namespace gpt2run
