#include <gtest/gtest.h>

#include "loader/checkpoint.h"
#include "loader/gguf.h"
#include "support/expect_error.h"
#include "support/gguf_builder.h"
#include "support/memory_file.h"

namespace gpt2run {
namespace {

constexpr uint32_t kString = 8, kArray = 9;  // of gguf.h: enum gguf_type

std::string array_of(const std::vector<std::string>& strings) {
  std::string bytes = little_endian(kString) + little_endian<uint64_t>(strings.size());
  for (const std::string& string : strings) bytes += counted(string);
  return bytes;
}

std::optional<OwnVocabulary> vocabulary_with(const std::vector<std::string>& merges) {
  GgufBuilder builder;
  builder.key("tokenizer.ggml.model", kString, counted("gpt2"))
      .key("tokenizer.ggml.tokens", kArray, array_of({"a", "b", "ab"}))
      .key("tokenizer.ggml.merges", kArray, array_of(merges));
  MemoryFile file;
  file.write(builder.bytes());
  const Checkpoint checkpoint = {.files = {.format = Format::kGguf},
                                 .source = std::make_unique<GgufFile>(file.path())};
  return vocabulary_of(checkpoint);
}

TEST(VocabularyOf, GgufHasTokensAndMerges) {
  const auto own = vocabulary_with({"a b", "\u0120 ab"});
  ASSERT_TRUE(own.has_value());
  EXPECT_FALSE(own->is_bytes);
  EXPECT_EQ(own->vocabulary.tokens, (StringList{"a", "b", "ab"}));
  EXPECT_EQ(own->vocabulary.merges, (StringPairList{{"a", "b"}, {"\u0120", "ab"}}));
}

TEST(VocabularyOf, GgufsMergeIsTwoTokensWithOneSpaceBetween) {
  for (const std::string merge : {"", " ", "ab", "a ", " b", "a  b", "a b ", "a b c"}) {
    expect_error(
        ErrorKind::kCorrupt,
        {"tokenizer.ggml.merges", "two tokens with a space between, found \"" + merge + "\""}, [&] {
          vocabulary_with({"a b", merge});
        });
  }
}

}  // namespace
}  // namespace gpt2run
