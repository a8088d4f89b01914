// The tables of bad input in loader/FORMATS.md name the tests that show what they say.
#include <gtest/gtest.h>

#include <regex>
#include <set>
#include <sstream>

#include "support/test_data.h"

namespace gpt2run {
namespace {

// "Bundle.ReadsBeyondFourGiB", "EveryFormat/WriteFaultsTest.LeavesNothing" for all of its values.
std::set<std::string> all_tests() {
  std::set<std::string> names;
  const testing::UnitTest& all = *testing::UnitTest::GetInstance();
  for (int i = 0; i < all.total_test_suite_count(); ++i) {
    const testing::TestSuite& suite = *all.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); ++j) {
      const std::string name = suite.GetTestInfo(j)->name();
      names.insert(suite.name() + ("." + name.substr(0, name.find('/'))));
    }
  }
  return names;
}

TEST(FormatsTable, EveryRowOfBadInputNamesTestsThatExist) {
  const std::set<std::string> tests = all_tests();
  const std::regex name("`([A-Za-z0-9/]+\\.[A-Za-z0-9]+)`");
  std::istringstream lines(
      read_bytes(std::filesystem::path(GPT2RUN_SOURCE_DIR) / "loader" / "FORMATS.md"));
  bool is_in_table = false;
  int n_rows = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with("| test |")) is_in_table = true;
    if (!line.starts_with("|")) is_in_table = false;
    if (!is_in_table || line.ends_with("| test |") || line.starts_with("|---")) continue;
    const std::string last = line.substr(line.rfind('|', line.size() - 2));
    std::smatch match;
    EXPECT_TRUE(std::regex_search(last, match, name)) << "no test shows: " << line;
    for (std::sregex_iterator at(last.begin(), last.end(), name), end; at != end; ++at) {
      EXPECT_TRUE(tests.contains((*at)[1])) << "no such test: " << (*at)[1];
    }
    ++n_rows;
  }
  EXPECT_GT(n_rows, 80);
}

}  // namespace
}  // namespace gpt2run
