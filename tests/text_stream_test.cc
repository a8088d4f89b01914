#include "tools/text_stream.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/utf8.h"

namespace gpt2run {
namespace {

std::vector<std::string> shown(const std::vector<std::string>& writes) {
  std::vector<std::string> parts;
  TextStream stream([&](std::string_view text) { parts.emplace_back(text); });
  for (const std::string& bytes : writes) stream.write(bytes);
  stream.finish();
  return parts;
}

TEST(TextStream, HoldsBackACharacterUntilItIsWhole) {
  EXPECT_EQ(shown({"a\xE2", "\x82", "\xAC", "b"}),
            (std::vector<std::string>{"a", "\xE2\x82\xAC", "b"}));
  EXPECT_EQ(shown({"\xF0\x9F", "\x98\x80!"}), (std::vector<std::string>{"\xF0\x9F\x98\x80!"}));
}

TEST(TextStream, ShowsWhatIsNoCharacterAsTheReplacementCharacter) {
  EXPECT_EQ(shown({"\xE2\x82", "a"}), (std::vector<std::string>{"\xEF\xBF\xBD"
                                                                "a"}));
  EXPECT_EQ(shown({"\x80"}), (std::vector<std::string>{"\xEF\xBF\xBD"}));
  EXPECT_EQ(shown({"a\xF0\x9F"}), (std::vector<std::string>{"a", "\xEF\xBF\xBD"}));
}

TEST(TextStream, ShowsTheSameHoweverTheBytesAreSplit) {
  const std::string bytes =
      "x\xC3\xA9\xE2\x82\xAC\xED\xA0\x80\xF0\x9F\x98\x80\xF0\x9F\xC3\xFFz\xE2";
  const std::string expected = utf8_replace_invalid(bytes);
  for (size_t i = 0; i <= bytes.size(); ++i) {
    for (size_t j = i; j <= bytes.size(); ++j) {
      std::string all;
      for (const std::string& part :
           shown({bytes.substr(0, i), bytes.substr(i, j - i), bytes.substr(j)})) {
        EXPECT_EQ(utf8_replace_invalid(part), part);
        all += part;
      }
      EXPECT_EQ(all, expected);
    }
  }
}

}  // namespace
}  // namespace gpt2run
