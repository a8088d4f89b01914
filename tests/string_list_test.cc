#include "base/string_list.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace gpt2run {
namespace {

TEST(StringList, HoldsStringsOfAnyBytesInOrder) {
  StringList list = {"a", "", std::string_view("\0\xFF", 2)};
  list.push_back(std::string(1000, 'x'));
  ASSERT_EQ(list.size(), 4u);
  EXPECT_EQ(list[0], "a");
  EXPECT_EQ(list[1], "");
  EXPECT_EQ(list[2], std::string_view("\0\xFF", 2));
  EXPECT_EQ(list[3], std::string(1000, 'x'));
  EXPECT_EQ(list.back(), list[3]);
  EXPECT_EQ(list.n_bytes(), 1003u);
}

TEST(StringList, IsEmptyAtFirstAndOnceAllAreGone) {
  StringList list;
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.begin(), list.end());
  EXPECT_EQ(list.n_bytes(), 0u);
  list.push_back("a");
  EXPECT_FALSE(list.empty());
  list.pop_back();
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list, StringList());
}

TEST(StringList, GoesOnBehindTheLastThatIsLeft) {
  StringList list = {"ab", "cd", "ef"};
  list.pop_back();
  list.push_back("g");
  EXPECT_EQ(list, (StringList{"ab", "cd", "g"}));
}

TEST(StringList, AStringOfItsOwnCanBeAdded) {
  StringList list = {"first"};
  while (list.size() < 1000) list.push_back(list[0]);
  EXPECT_EQ(std::count(list.begin(), list.end(), "first"), 1000);
}

TEST(StringList, EqualsAnotherOfTheSameStringsOnly) {
  EXPECT_EQ((StringList{"ab", "c"}), (StringList{"ab", "c"}));
  EXPECT_NE((StringList{"ab", "c"}), (StringList{"a", "bc"}));  // the same bytes
  EXPECT_NE((StringList{"ab"}), (StringList{"ab", ""}));
}

TEST(StringList, StandardAlgorithmsFindTheirWay) {
  const StringList list = {"a", "b", "c"};
  EXPECT_EQ(std::distance(list.begin(), std::find(list.begin(), list.end(), "b")), 1);
  EXPECT_EQ(std::vector<std::string>(list.begin(), list.end()),
            (std::vector<std::string>{"a", "b", "c"}));
}

TEST(StringPairList, HoldsPairsInOrder) {
  StringPairList list = {{"a", "b"}};
  EXPECT_FALSE(list.empty());
  list.push_back("", "cd");
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].first, "a");
  EXPECT_EQ(list[0].second, "b");
  std::string all;
  for (const auto& [first, second] : list) all.append(first).append("|").append(second).append(";");
  EXPECT_EQ(all, "a|b;|cd;");
  EXPECT_EQ(list, (StringPairList{{"a", "b"}, {"", "cd"}}));
  EXPECT_NE(list, (StringPairList{{"a", "b"}, {"c", "d"}}));
  EXPECT_TRUE(StringPairList().empty());
}

}  // namespace
}  // namespace gpt2run
