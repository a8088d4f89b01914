#include "tokenizer/unicode_ranges.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

size_t count(std::span<const CodePointRange> ranges) {
  size_t n = 0;
  for (const CodePointRange& range : ranges) n += range.last - range.first + 1;
  return n;
}

TEST(UnicodeRanges, AreThoseOfUnicode16) {
  EXPECT_EQ(count(letter_ranges()), 141028u);
  EXPECT_EQ(count(number_ranges()), 1911u);
  EXPECT_EQ(count(white_space_ranges()), 25u);
}

TEST(UnicodeRanges, AreSortedWithGapsBetween) {
  for (const auto& ranges : {letter_ranges(), number_ranges(), white_space_ranges()}) {
    for (size_t i = 0; i < ranges.size(); ++i) {
      EXPECT_LE(ranges[i].first, ranges[i].last);
      if (i > 0) {
        EXPECT_GT(ranges[i].first, ranges[i - 1].last + 1);
      }
    }
  }
}

TEST(UnicodeRanges, EqualThoseOfTiktokensEngine) {
  const auto path = large_test_data("fixtures/unicode_ranges_tiktoken.json");
  GPT2RUN_NEEDS(path);
  const auto theirs = parse_json(read_bytes(path), path.string(), ErrorKind::kRuntime);
  const auto expect_equal = [&](const char* name, std::span<const CodePointRange> ranges) {
    ASSERT_EQ(theirs.at(name).size(), ranges.size()) << name;
    for (size_t i = 0; i < ranges.size(); ++i) {
      EXPECT_EQ(theirs.at(name)[i][0], static_cast<uint32_t>(ranges[i].first)) << name;
      EXPECT_EQ(theirs.at(name)[i][1], static_cast<uint32_t>(ranges[i].last)) << name;
    }
  };
  expect_equal("L", letter_ranges());
  expect_equal("N", number_ranges());
  expect_equal("S", white_space_ranges());
}

}  // namespace
}  // namespace gpt2run
