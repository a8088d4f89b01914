#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "support/test_data.h"
#include "tokenizer/vocabulary.h"

namespace gpt2run {
namespace {

// The name by which the vocabulary calls its tokens' file.
std::string read_from(const std::filesystem::path& folder) {
  return std::filesystem::path(read_vocabulary(folder).tokens_name).filename().string();
}

TEST(VocabularyLayouts, TheFirstOfTheLayoutsThatIsWholeIsRead) {
  const TemporaryFolder temporary;
  const std::filesystem::path& folder = temporary.path();
  const auto copy = [&](const char* from, const char* name) {
    std::filesystem::copy_file(test_data(std::string("fixtures/") + from) / name, folder / name);
  };
  copy("llmc", "gpt2_tokenizer.bin");
  copy("tf1", "encoder.json");
  copy("hf_safetensors", "merges.txt");
  EXPECT_EQ(read_from(folder), "gpt2_tokenizer.bin");
  copy("hf_safetensors_bf16", "tokenizer.json");
  EXPECT_EQ(read_from(folder), "tokenizer.json: model.vocab");
  copy("hf_safetensors", "vocab.json");
  EXPECT_EQ(read_from(folder), "vocab.json");
  copy("tf1", "vocab.bpe");
  EXPECT_EQ(read_from(folder), "encoder.json");
}

}  // namespace
}  // namespace gpt2run
