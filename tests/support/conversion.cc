#include "support/conversion.h"

#include <gtest/gtest.h>

#include <cstring>

#include "loader/whole_model.h"
#include "loader/write_config.h"
#include "loader/zip_archive.h"
#include "model/load_tokenizer.h"
#include "support/source_values.h"
#include "support/test_data.h"

namespace gpt2run {

const std::map<std::string, TargetFormat>& target_formats() {
  static const auto formats = [] {
    std::map<std::string, TargetFormat> all = {{"tf1", TargetFormat::kTf1},
                                               {"tf2", TargetFormat::kTf2},
                                               {"safetensors", TargetFormat::kSafetensors},
                                               {"gguf", TargetFormat::kGguf},
                                               {"llmc", TargetFormat::kLlmc}};
    if (has_libzip()) all["npz"] = TargetFormat::kNpz;
    return all;
  }();
  return formats;
}

ModelValues model_values(const std::filesystem::path& model) {
  const Checkpoint checkpoint = open_checkpoint(find_model_files(model));
  const ModelConfig config = read_model_config(checkpoint);
  const WholeModel weights(checkpoint, config);
  ModelValues values{config.hparams, {}, load_vocabulary(checkpoint)};
  for (size_t i = 0; i < weights.tensors().size(); ++i) {
    values.weights[weights.tensors()[i].name] = read_tensor(weights, i);
  }
  return values;
}

void expect_same_model(const ModelValues& found, const ModelValues& expected) {
  const Hparams &a = found.hparams, &b = expected.hparams;
  EXPECT_EQ(std::vector({a.n_vocab, a.n_ctx, a.n_embd, a.n_head, a.n_layer, a.d_mlp()}),
            std::vector({b.n_vocab, b.n_ctx, b.n_embd, b.n_head, b.n_layer, b.d_mlp()}));
  EXPECT_EQ(a.activation, b.activation);
  EXPECT_EQ(a.layer_norm_epsilon, b.layer_norm_epsilon);
  EXPECT_EQ(a.scale_attn_weights, b.scale_attn_weights);
  EXPECT_EQ(a.scale_attn_by_inverse_layer_idx, b.scale_attn_by_inverse_layer_idx);
  ASSERT_EQ(found.weights.size(), expected.weights.size());
  for (const auto& [name, values] : expected.weights) {
    ASSERT_TRUE(found.weights.contains(name)) << name;
    const std::vector<float>& other = found.weights.at(name);
    ASSERT_EQ(other.size(), values.size()) << name;
    EXPECT_EQ(std::memcmp(other.data(), values.data(), values.size() * sizeof(float)), 0) << name;
  }
}

std::filesystem::path write_model(const ModelToWrite& model, const std::filesystem::path& to,
                                  TargetFormat format, DType dtype) {
  write_checkpoint(model, to, format, dtype, false);
  if (format == TargetFormat::kNpz) {
    write_bytes(to.parent_path() / "hparams.json", hparams_json_text(model.hparams));
  }
  return to;
}

std::filesystem::path convert_model(const std::filesystem::path& from,
                                    const std::filesystem::path& to, TargetFormat format,
                                    DType dtype, const Vocabulary* vocabulary) {
  const Checkpoint checkpoint = open_checkpoint(find_model_files(from));
  const ModelConfig config = read_model_config(checkpoint);
  const WholeModel weights(checkpoint, config);
  const auto own = load_vocabulary(checkpoint);
  return write_model({weights, config.hparams, own ? &*own : vocabulary}, to, format, dtype);
}

Files files_of(const std::filesystem::path& path) {
  Files files;
  if (std::filesystem::is_regular_file(path)) files[""] = read_bytes(path);
  if (!std::filesystem::is_directory(path)) return files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    files[entry.path().filename().string()] = read_bytes(entry.path());
  }
  return files;
}

}  // namespace gpt2run
