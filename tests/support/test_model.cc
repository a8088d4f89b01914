#include "support/test_model.h"

#include <gtest/gtest.h>

#include "loader/diagnose.h"
#include "model/load_tokenizer.h"

namespace gpt2run {

namespace fs = std::filesystem;

TestModel::TestModel()
    : builder({.n_vocab = 270, .n_ctx = 16, .n_embd = 4, .n_head = 2, .n_layer = 2}) {}

void TestModel::write() {
  builder.write(path());
  write_vocabulary(path());
}

void TestModel::write_vocabulary(const fs::path& folder) const {
  fs::create_directories(folder);
  for (const char* name : {"encoder.json", "vocab.bpe"}) {
    write_bytes(folder / name, read_bytes(test_data("fixtures/bad/_good_base_tf1") / name));
  }
}

void TestModel::write_hparams(const std::string& json) const {
  write_bytes(path() / "hparams.json", json);
}

void TestModel::put_in_front(const std::string& prefix) {
  for (BuiltTensor& tensor : builder.tensors) tensor.name = prefix + tensor.name;
}

bool is_built_for(const std::string& fixture) {
  bool has_libzip = false;
#ifdef GPT2RUN_HAVE_LIBZIP
  has_libzip = true;
#endif
  for (const char* zipped : {"npz", "hf_bin", "nanogpt"}) {
    if (fixture.find(zipped) != std::string::npos) return has_libzip;
  }
  return true;
}

std::vector<LoadFinding> diagnosed(const LoadRequest& request, std::vector<std::string>* notices) {
  std::vector<std::string> ignored;
  return diagnose(
      request, [](const Checkpoint& checkpoint) { return load_tokenizer(checkpoint).n_vocab(); },
      notices == nullptr ? ignored : *notices);
}

std::vector<LoadFinding> diagnosed(const fs::path& model) {
  LoadRequest request;
  request.model = model;
  return diagnosed(request);
}

std::string text_of(const LoadFinding& finding) {
  std::string text = std::string(finding_name(finding.kind)) + "\n" + finding.cause + "\n";
  for (const std::string& line : finding.evidence) text += line + "\n";
  text += finding.remedy + "\n";
  for (const std::string& command : finding.commands) text += command + "\n";
  return text;
}

LoadFinding expect_finding(const std::vector<LoadFinding>& findings, FindingKind kind,
                           const std::vector<std::string>& words) {
  std::string all;
  for (const LoadFinding& finding : findings) all += text_of(finding);
  EXPECT_EQ(findings.size(), 1u) << all;
  if (findings.empty()) return {};
  EXPECT_STREQ(finding_name(findings.front().kind), finding_name(kind));
  for (const std::string& word : words) {
    EXPECT_NE(text_of(findings.front()).find(word), std::string::npos) << word << " in " << all;
  }
  return findings.front();
}

}  // namespace gpt2run
