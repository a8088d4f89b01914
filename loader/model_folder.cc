#include "loader/model_folder.h"

#include "base/output_file.h"
#include "base/vocabulary_text.h"
#include "loader/bundle_index.h"
#include "loader/write_bundle.h"
#include "loader/write_config.h"

namespace gpt2run {
namespace {

constexpr const char *kState = "checkpoint", *kHparams = "hparams.json", *kConfig = "config.json";
constexpr const char *kEncoder = "encoder.json", *kBpe = "vocab.bpe";
constexpr const char *kVocab = "vocab.json", *kMerges = "merges.txt";

void write_vocabulary(const Vocabulary* vocabulary, const std::filesystem::path& tokens,
                      const std::filesystem::path& merges) {
  if (vocabulary == nullptr) return;
  write_small_file(tokens, encoder_json_text(*vocabulary));
  write_small_file(merges, merges_text(*vocabulary));
}

}  // namespace

void write_state_file(const std::filesystem::path& folder, const std::string& prefix) {
  write_small_file(folder / kState, state_file_text(prefix));
}

void write_openai_files(const ModelToWrite& model, const std::filesystem::path& folder) {
  write_state_file(folder, kOpenAiPrefix);
  write_small_file(folder / kHparams, hparams_json_text(model.hparams));
  write_vocabulary(model.vocabulary, folder / kEncoder, folder / kBpe);
}

void write_hf_files(const ModelToWrite& model, const std::filesystem::path& folder, DType dtype) {
  write_small_file(folder / kConfig, config_json_text(model.hparams, has_tied_head(model), dtype,
                                                      end_of_text_id(model.vocabulary)));
  write_vocabulary(model.vocabulary, folder / kVocab, folder / kMerges);
}

std::vector<std::string> model_folder_names() {
  std::vector<std::string> names = {kState, kHparams, kConfig, kEncoder,
                                    kBpe,   kVocab,   kMerges, kSafetensorsFile};
  for (const std::string prefix : {kOpenAiPrefix, kHfTensorFlowPrefix}) {
    names.push_back(prefix + ".index");
    names.push_back(shard_path(prefix, 0, 1).string());
  }
  return names;
}

}  // namespace gpt2run
