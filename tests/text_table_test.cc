#include "tools/text_table.h"

#include <gtest/gtest.h>

namespace gpt2run {
namespace {

TEST(TextTable, AlignsColumnsAndLeavesOutEmptyOnes) {
  TextTable table({{"name"}, {"nothing"}, {"bytes", TextTable::Align::kRight}, {"last"}});
  table.add({"a", "", "1,000,000", "x"});
  table.add({"longer", "", "2", ""});
  EXPECT_EQ(table.text(),
            "name        bytes  last\n"
            "a       1,000,000  x\n"
            "longer          2\n");
}

TEST(TextTable, CountsCharactersNotBytes) {
  TextTable table({{"n"}, {"v"}});
  table.add({"Ġäöü", "1"});
  table.add({"four", "2"});
  EXPECT_EQ(table.text(), "n     v\nĠäöü  1\nfour  2\n");
}

TEST(TextTable, SeparatesThousands) {
  EXPECT_EQ(with_separators(0), "0");
  EXPECT_EQ(with_separators(999), "999");
  EXPECT_EQ(with_separators(1000), "1,000");
  EXPECT_EQ(with_separators(123456), "123,456");
  EXPECT_EQ(with_separators(UINT64_MAX), "18,446,744,073,709,551,615");
}

TEST(TextTable, Counts) {
  EXPECT_EQ(counted(1, "tensor"), "1 tensor");
  EXPECT_EQ(counted(0, "tensor"), "0 tensors");
  EXPECT_EQ(counted(2000, "tensor"), "2,000 tensors");
}

}  // namespace
}  // namespace gpt2run
