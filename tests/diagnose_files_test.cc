// What is wrong with a model's files: each test shows what a failure that people met with GPT-2
// checkpoints looks like here. The numbers count them, 44 in all, over diagnose_files_test.cc,
// diagnose_names_test.cc and diagnose_loads_test.cc.
// Files alone cannot show 19, TensorFlow's second attempt, which hides the first error (there is
// none here: one error, the first, is all that is said); 38, a data file beyond 2 GB on a 32-bit
// machine (offsets are 64 bits wide everywhere, bundle_index_test.cc).
#include <gtest/gtest.h>

#include "support/test_model.h"

namespace gpt2run {
namespace {

namespace fs = std::filesystem;

class DiagnoseFiles : public testing::Test {
 protected:
  void SetUp() override { model_.write(); }
  fs::path path() const { return model_.path(); }
  fs::path index() const { return path() / "model.ckpt.index"; }
  fs::path data() const { return path() / "model.ckpt.data-00000-of-00001"; }

  void rename_bundle(const std::string& to) const {
    fs::rename(index(), path() / (to + ".index"));
    fs::rename(data(), path() / (to + ".data-00000-of-00001"));
  }
  void copy_bundle(const std::string& to, const std::string& from = "model.ckpt") const {
    for (const char* part : {".index", ".data-00000-of-00001"}) {
      fs::copy(path() / (from + part), path() / (to + part));
    }
  }
  void expect_loads(const fs::path& model, size_t n_notices) const {
    LoadRequest request;
    request.model = model;
    std::vector<std::string> notices;
    const auto findings = diagnosed(request, &notices);
    EXPECT_TRUE(findings.empty()) << text_of(findings.front());
    EXPECT_EQ(notices.size(), n_notices);
  }

  TestModel model_;
};

TEST_F(DiagnoseFiles, Row1_APrefixThatNamesNoIndex) {
  copy_bundle("other-7");
  const LoadFinding finding =
      expect_finding(diagnosed(path() / "model.ckpt-100000"), FindingKind::kNoSuchModel,
                     {"no model.ckpt-100000.index here", "did you mean"});
  EXPECT_EQ(finding.error, ErrorKind::kNotFound);
  ASSERT_EQ(finding.commands.size(), 2u);
  EXPECT_NE(finding.commands[0].find("model.ckpt'"), std::string::npos) << finding.commands[0];
  EXPECT_TRUE(finding.is_choice);
}

TEST_F(DiagnoseFiles, Row2_TheDataFileIsTaken) {
  expect_loads(data(), 1);
}

TEST_F(DiagnoseFiles, Row3And17_TheStateFileAndTheFolderAreTaken) {
  expect_loads(path() / "checkpoint", 0);
  expect_loads(path(), 0);
  expect_loads(path() / "", 0);
}

TEST_F(DiagnoseFiles, Row4_AnHdf5FileUnderTheIndexsName) {
  fs::copy_file(test_data("fixtures/hf_h5/tf_model.h5"), index(),
                fs::copy_options::overwrite_existing);
  const LoadFinding finding =
      expect_finding(diagnosed(path() / "model.ckpt"), FindingKind::kOtherFormat,
                     {"HDF5", "model.ckpt.index", "gpt2run --model"});
  EXPECT_EQ(finding.error, ErrorKind::kUnsupported);
  if (!is_built_for("h5")) return;
  for (const fs::path& model : {path(), index()}) {  // found by what it holds
    expect_finding(diagnosed(model), FindingKind::kOtherConfig, {"n_embd: it says 4"});
  }
}

constexpr const char* kPointer =
    "version https://git-lfs.github.com/spec/v1\noid sha256:"
    "0123456789012345678901234567890123456789012345678901234567890123\nsize 497759232\n";

TEST_F(DiagnoseFiles, Row5_GitLfsPointersWithTheRealSize) {
  write_bytes(data(), kPointer);
  const LoadFinding finding =
      expect_finding(diagnosed(path()), FindingKind::kLfsPointer,
                     {"1 file", "497759232 bytes", "git -C '", "' lfs pull", "no Git clone"});
  EXPECT_EQ(finding.error, ErrorKind::kCorrupt);
  write_bytes(index(), kPointer);
  expect_finding(diagnosed(path()), FindingKind::kLfsPointer, {"2 files", "model.ckpt.index"});
}

TEST_F(DiagnoseFiles, Row6_AnEmptyIndexAndAnErrorPage) {
  write_bytes(index(), "");
  expect_finding(diagnosed(path()), FindingKind::kFailedDownload, {"index", "0 bytes"});
  write_bytes(index(), "<!DOCTYPE html><html>404</html>");
  expect_finding(diagnosed(path()), FindingKind::kFailedDownload, {"index", "HTML page"});
}

TEST_F(DiagnoseFiles, Row7_OnlyTheDataIsHere) {
  fs::remove(index());
  const LoadFinding finding = expect_finding(
      diagnosed(path()), FindingKind::kMissingFile,
      {"of model.ckpt here: model.ckpt.data-*; missing: model.ckpt.meta, model.ckpt.index"});
  EXPECT_EQ(finding.error, ErrorKind::kNotFound);
}

TEST_F(DiagnoseFiles, Row7_OnlyTheMetaIsHere) {
  fs::remove(index());
  fs::remove(data());
  write_bytes(path() / "model.ckpt.meta", "graph");
  expect_finding(diagnosed(path()), FindingKind::kMissingFile,
                 {"here: model.ckpt.meta; missing: model.ckpt.data-*, model.ckpt.index"});
}

TEST_F(DiagnoseFiles, Row8_AnInterruptedDownload) {
  const auto n = fs::file_size(data());
  fs::resize_file(data(), n - 1000);
  const LoadFinding finding =
      expect_finding(diagnosed(path()), FindingKind::kInterruptedDownload,
                     {std::to_string(n - 1000) + " bytes are here, " + std::to_string(n) +
                          " are needed: 1000 are missing",
                      "first 8 tensors have the right checksums"});
  EXPECT_EQ(finding.error, ErrorKind::kCorrupt);
}

TEST_F(DiagnoseFiles, Row8_AnInterruptedDownloadOfEveryFormat) {
  for (const auto& [folder, n_missing] : {std::pair{"gguf_truncated", "1000 are missing"},
                                          std::pair{"st_truncated", "1000 are missing"},
                                          std::pair{"h5_truncated", "23844 are missing"},
                                          std::pair{"st_header_len_past_end", "are missing"}}) {
    if (!is_built_for(folder)) continue;
    expect_finding(diagnosed(test_data("fixtures/bad") / folder), FindingKind::kInterruptedDownload,
                   {n_missing, "curl --continue-at -"});
  }
  LoadRequest request;
  request.model = test_data("fixtures/bad/llmc_truncated");
  request.vocab = path();
  expect_finding(diagnosed(request), FindingKind::kInterruptedDownload, {"1000 are missing"});
}

TEST_F(DiagnoseFiles, Row9_OneDamagedTensorIsNamedWithBothChecksums) {
  std::string bytes = read_bytes(data());
  bytes[100] ^= 1;
  write_bytes(data(), bytes);
  expect_finding(diagnosed(path()), FindingKind::kDamagedFile,
                 {"1 of 28 weights are damaged", "at byte", "expected crc32c 0x", "found 0x"});
}

TEST_F(DiagnoseFiles, Row9_IndexAndDataOfDifferentSaves) {
  std::string bytes = read_bytes(data());
  for (size_t i = 0; i < bytes.size(); i += 16) bytes[i] ^= 1;
  write_bytes(data(), bytes);
  expect_finding(diagnosed(path()), FindingKind::kOtherSave,
                 {"28 of 28 checksums are wrong", "index and data of one save"});
  write_bytes(data(), bytes.substr(0, bytes.size() / 2));
  expect_finding(diagnosed(path()), FindingKind::kOtherSave,
                 {"belongs to another save", "8 of the first 8 tensors have a wrong checksum"});
}

TEST_F(DiagnoseFiles, Row10And12_ADamagedIndexWithoutAGuessAtVersions) {
  std::string bytes = read_bytes(index());
  bytes[40] ^= 4;
  write_bytes(index(), bytes);
  const LoadFinding finding = expect_finding(diagnosed(path()), FindingKind::kDamagedFile,
                                             {"model.ckpt.index: block at byte 0", "crc32c"});
  EXPECT_EQ(text_of(finding).find("version"), std::string::npos);
}

TEST_F(DiagnoseFiles, Row11_TheDataIsMissingAndTheNamesAreLookedAtAllTheSame) {
  fs::remove(data());
  model_.write_hparams(R"({"n_vocab": 270, "n_ctx": 16, "n_embd": 8, "n_head": 2, "n_layer": 2})");
  const auto findings = diagnosed(path());
  ASSERT_EQ(findings.size(), 2u);
  expect_finding({findings[0]}, FindingKind::kMissingFile,
                 {"model.ckpt.data-00000-of-00001 is missing: at least"});
  expect_finding({findings[1]}, FindingKind::kOtherConfig, {"n_embd: it says 8, the weights 4"});
}

TEST_F(DiagnoseFiles, Row13_WithoutAStateFileTheOnlyBundleIsTaken) {
  fs::remove(path() / "checkpoint");
  expect_loads(path(), 1);
}

TEST_F(DiagnoseFiles, Row13_OfSeveralBundlesTheLatestIsNamedFirst) {
  rename_bundle("model-900");
  for (const char* other : {"model-61000", "model-1000"}) {
    fs::copy(path() / "model-900.index", path() / (std::string(other) + ".index"));
  }
  fs::remove(path() / "checkpoint");
  const LoadFinding finding =
      expect_finding(diagnosed(path()), FindingKind::kSeveralModels, {"3 bundles"});
  EXPECT_EQ(finding.error, ErrorKind::kAmbiguous);
  ASSERT_EQ(finding.commands.size(), 3u);
  EXPECT_NE(finding.commands[0].find("model-61000"), std::string::npos);
  EXPECT_NE(finding.commands[2].find("model-900"), std::string::npos);
}

TEST_F(DiagnoseFiles, Row14_AStateFileFromAnotherMachine) {
  write_bytes(path() / "checkpoint", "model_checkpoint_path: \"/location1/run/model.ckpt\"\n");
  expect_loads(path(), 1);
  rename_bundle("model-900");
  expect_loads(path(), 1);
  copy_bundle("model-901", "model-900");
  expect_finding(diagnosed(path()), FindingKind::kSeveralModels,
                 {"names /location1/run/model.ckpt, which is not here", "model-901"});
}

TEST_F(DiagnoseFiles, Row15_APathThatIsJoinedTwice) {
  write_bytes(path() / "checkpoint", "model_checkpoint_path: \"it's a model/model.ckpt\"\n");
  expect_loads(path(), 1);
}

TEST_F(DiagnoseFiles, Row16_FilesThatABrowserRenamed) {
  rename_bundle("model.ckpt(1)");
  fs::rename(path() / "hparams.json", path() / "hparams (2).json");
  const LoadFinding finding = expect_finding(
      diagnosed(path()), FindingKind::kRenamedFile,
      {"model.ckpt(1).index would be model.ckpt.index", "hparams (2).json would be hparams.json"});
  EXPECT_EQ(finding.error, ErrorKind::kNotFound);
  ASSERT_EQ(finding.commands.size(), 3u);
  EXPECT_EQ(finding.commands[0].substr(0, 9), "mv -n -- ");
}

TEST_F(DiagnoseFiles, Row16_ARenamedStateFile) {
  copy_bundle("model-7");
  fs::rename(path() / "checkpoint", path() / "checkpoint.txt");
  const LoadFinding finding = expect_finding(diagnosed(path()), FindingKind::kRenamedFile,
                                             {"checkpoint.txt would be checkpoint"});
  EXPECT_EQ(finding.error, ErrorKind::kAmbiguous);
}

TEST_F(DiagnoseFiles, ADamagedStateFileLeavesTheBundlesToChooseFrom) {
  write_bytes(path() / "checkpoint", "model_checkpoint_path: model.ckpt\n");
  const LoadFinding finding =
      expect_finding(diagnosed(path()), FindingKind::kStateFile, {"line 1", "with quotes"});
  ASSERT_EQ(finding.commands.size(), 1u);
  EXPECT_NE(finding.commands[0].find("model.ckpt'"), std::string::npos);
}

TEST_F(DiagnoseFiles, AFolderOfRuns) {
  fs::create_directories(model_.outside() / "checkpoint");
  fs::rename(path(), model_.outside() / "checkpoint" / "run1");
  const LoadFinding finding =
      expect_finding(diagnosed(model_.outside()), FindingKind::kMissingFile, {"run1"});
  ASSERT_EQ(finding.commands.size(), 1u);
}

TEST_F(DiagnoseFiles, Row39_TheBaseModelHasWhatAFineTunedRunLacks) {
  const fs::path run = model_.outside() / "checkpoint" / "run1";
  const fs::path base = model_.outside() / "models" / "124M";
  fs::create_directories(run.parent_path());
  fs::rename(path(), run);
  fs::create_directories(base);
  for (const char* name : {"hparams.json", "encoder.json", "vocab.bpe"}) {
    fs::rename(run / name, base / name);
  }
  const auto findings = diagnosed(run);
  ASSERT_EQ(findings.size(), 2u);
  expect_finding({findings[0]}, FindingKind::kMissingVocabulary,
                 {"no whole vocabulary", " --vocab " + base.string()});
  expect_finding({findings[1]}, FindingKind::kMissingConfig,
                 {" --hparams " + (base / "hparams.json").string()});
}

TEST_F(DiagnoseFiles, Row40_ACloneWithoutLfs) {
  fs::remove(index());
  fs::remove(data());
  fs::remove(path() / "checkpoint");
  write_bytes(path() / "pytorch_model.bin", kPointer);
  expect_finding(diagnosed(path()), FindingKind::kLfsPointer, {"pytorch_model.bin", "lfs pull"});
  fs::rename(path() / "pytorch_model.bin", path() / "model.safetensors");
  expect_finding(diagnosed(path()), FindingKind::kLfsPointer, {"model.safetensors", "lfs pull"});
}

TEST_F(DiagnoseFiles, Row42_AnInterruptedDownloadOfOneOfOpenAisModels) {
  const fs::path folder = model_.outside() / "124M";
  fs::rename(path(), folder);
  fs::remove(folder / "vocab.bpe");
  expect_finding(diagnosed(folder), FindingKind::kMissingVocabulary,
                 {"missing: ", "vocab.bpe", "scripts/download_model.sh 124M --output"});
  model_.write_vocabulary(folder);
  fs::remove(folder / "model.ckpt.data-00000-of-00001");
  expect_finding(diagnosed(folder), FindingKind::kMissingFile,
                 {"scripts/download_model.sh 124M --output"});
}

TEST_F(DiagnoseFiles, Row44_AMissingShard) {
  expect_finding(diagnosed(test_data("fixtures/bad/st_shard_missing")), FindingKind::kMissingFile,
                 {"missing: model-00002-of-00002.safetensors"});
  expect_finding(diagnosed(test_data("fixtures/bad/shard_missing")), FindingKind::kMissingFile,
                 {"model.ckpt.data-00001-of-00002 is missing"});
}

TEST_F(DiagnoseFiles, NotANumberIsCounted) {
  expect_finding(diagnosed(test_data("fixtures/bad/nan_weight")), FindingKind::kNotFinite,
                 {"model/h0/mlp/c_proj/w: 1 of 64 values", "earlier save"});
}

}  // namespace
}  // namespace gpt2run
