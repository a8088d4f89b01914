#include "loader/write_llmc_model.h"

#include <array>

#include "base/output_file.h"
#include "loader/checkpoint_error.h"
#include "loader/convert.h"
#include "loader/model_layout.h"
#include "loader/write_config.h"
#include "loader/write_values.h"

namespace gpt2run {
namespace {

constexpr int32_t kMagic = 20240326;
constexpr int32_t kFloat32Version = 3, kBFloat16Version = 5;
constexpr int32_t kVocabMultiple = 128;

// The weights of a layer, each of which stands for all layers before the next.
constexpr const char* kLayerWeights[] = {
    "ln_1/g", "ln_1/b", "attn/c_attn/w", "attn/c_attn/b", "attn/c_proj/w", "attn/c_proj/b",
    "ln_2/g", "ln_2/b", "mlp/c_fc/w",    "mlp/c_fc/b",    "mlp/c_proj/w",  "mlp/c_proj/b",
};

int32_t padded_vocab(const Hparams& hparams) {
  return (hparams.n_vocab + kVocabMultiple - 1) / kVocabMultiple * kVocabMultiple;
}

std::array<int32_t, 256> header_of(const Hparams& hparams, DType dtype) {
  return {kMagic,          dtype == DType::kFloat32 ? kFloat32Version : kBFloat16Version,
          hparams.n_ctx,   hparams.n_vocab,
          hparams.n_layer, hparams.n_head,
          hparams.n_embd,  padded_vocab(hparams)};
}

class LlmcWriter {
 public:
  LlmcWriter(ModelLayout& layout, OutputFile& file, DType dtype)
      : layout_(layout), file_(file), dtype_(dtype) {}

  void write(const std::string& weight) {
    const size_t index = layout_.find(weight);
    TensorToWrite tensor = layout_.tensors()[index];
    tensor.dtype = dtype_;
    std::vector<float> values(tensor.n_items());
    layout_.read(index, values.data());
    write_values(file_, tensor, values.data());
  }

  void write_zeros(uint64_t n) { file_.write(std::string(n * item_size(dtype_), '\0')); }

 private:
  ModelLayout& layout_;
  OutputFile& file_;
  DType dtype_;
};

}  // namespace

void write_llmc_model(const ModelToWrite& model, const std::filesystem::path& file, DType dtype,
                      const WriteProgress& progress) {
  if (dtype != DType::kFloat32 && dtype != DType::kBFloat16) {
    throw CheckpointError(ErrorKind::kUnsupported, file.string(), "",
                          std::string("expected float32 or bfloat16, found ") + dtype_name(dtype) +
                              ", which llm.c's format does not have; write it as one of them");
  }
  require_openai_arithmetic(model, "llm.c's format");
  ModelLayout layout(model, Family::kLlmc, progress);

  const Hparams& hparams = model.hparams;
  const auto header = header_of(hparams, dtype);
  const auto n_padding =
      static_cast<uint64_t>(padded_vocab(hparams) - hparams.n_vocab) * hparams.n_embd;
  uint64_t n_items = n_padding;
  for (const TensorToWrite& tensor : layout.tensors()) n_items += tensor.n_items();

  OutputFile out(file, sizeof(header) + n_items * item_size(dtype));
  out.write({reinterpret_cast<const char*>(header.data()), sizeof(header)});
  LlmcWriter writer(layout, out, dtype);
  writer.write("model/wte");
  writer.write_zeros(n_padding);
  writer.write("model/wpe");
  for (const char* weight : kLayerWeights) {
    for (int layer = 0; layer < hparams.n_layer; ++layer) {
      writer.write("model/h" + std::to_string(layer) + "/" + weight);
    }
  }
  writer.write("model/ln_f/g");
  writer.write("model/ln_f/b");
  out.finish();
}

}  // namespace gpt2run
