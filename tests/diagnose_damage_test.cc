#include <gtest/gtest.h>

#include <optional>

#include "loader/load_params.h"
#include "model/load_tokenizer.h"
#include "support/expect_error.h"
#include "support/test_model.h"

namespace gpt2run {
namespace {

namespace fs = std::filesystem;

// The error that gpt2run ends with; nothing if it loads.
std::optional<ErrorKind> error_of_loading(const fs::path& model) {
  try {
    const Checkpoint checkpoint = open_checkpoint(find_model_files(model));
    const Tokenizer tokenizer = load_tokenizer(checkpoint);
    const Params params = load_params(checkpoint, read_model_config(checkpoint));
    check_vocabulary(tokenizer, checkpoint, params.hparams);
  } catch (const InputError& error) {
    return error.kind();
  }
  return std::nullopt;
}

void expect_same_error(const fs::path& model) {
  const auto error = error_of_loading(model);
  const auto findings = diagnosed(model);
  ASSERT_EQ(findings.empty(), !error.has_value());
  if (!error) return;
  EXPECT_STREQ(kind_name(findings.front().error), kind_name(*error)) << text_of(findings.front());
}

// Damages every step-th byte of a file in turn, then cuts it off at each of them.
void damage(const fs::path& model, const std::string& name, size_t step) {
  const std::string bytes = read_bytes(model / name);
  for (size_t i = 0; i < bytes.size(); i += step) {
    SCOPED_TRACE(name + " at byte " + std::to_string(i));
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << i % 8));
    write_bytes(model / name, damaged);
    expect_same_error(model);
    write_bytes(model / name, bytes.substr(0, i));
    expect_same_error(model);
  }
  write_bytes(model / name, bytes);
}

TEST(DiagnoseDamage, OfABundlesFilesIsTheErrorOfLoading) {
  TestModel model;
  model.write();
  damage(model.path(), "hparams.json", 3);
  damage(model.path(), "checkpoint", 5);
  damage(model.path(), "model.ckpt.index", 23);
  damage(model.path(), "model.ckpt.data-00000-of-00001", 397);
  damage(model.path(), "vocab.bpe", 41);
  EXPECT_TRUE(diagnosed(model.path()).empty());
}

TEST(DiagnoseDamage, OfOtherFormatsIsTheErrorOfLoading) {
  for (const auto& [base, file] : {std::pair{"_good_base_safetensors", "model.safetensors"},
                                   std::pair{"_good_base_gguf", "model-f32.gguf"},
                                   std::pair{"_good_base_npz", "params.npz"}}) {
    if (!is_built_for(base)) continue;
    const TemporaryFolder folder;
    fs::copy(test_data("fixtures/bad") / base, folder.path(), fs::copy_options::recursive);
    damage(folder.path(), file, 401);
  }
}

TEST(DiagnoseDamage, EveryMissingFileIsTheErrorOfLoading) {
  TestModel model;
  for (const char* name : {"hparams.json", "checkpoint", "model.ckpt.index",
                           "model.ckpt.data-00000-of-00001", "vocab.bpe", "encoder.json"}) {
    SCOPED_TRACE(name);
    model.write();
    fs::remove(model.path() / name);
    expect_same_error(model.path());
  }
}

}  // namespace
}  // namespace gpt2run
