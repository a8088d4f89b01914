#include "loader/table_writer.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "loader/table.h"
#include "support/bundle_builder.h"
#include "support/memory_file.h"

namespace gpt2run {
namespace {

using Entries = std::map<std::string, std::string>;

std::string write_table(const Entries& entries) {
  TableWriter writer;
  for (const auto& [key, value] : entries) writer.add(key, value);
  return writer.finish();
}

Entries read_table(const std::string& bytes) {
  MemoryFile memory;
  memory.write(bytes);
  const InputFile file(memory.path());
  Entries entries;
  Table(file).for_each([&](std::string_view key, std::string_view value) {
    entries.emplace(key, value);
    return true;
  });
  return entries;
}

TEST(TableWriter, WritesTablesOfNoAndFewAndManyBlocks) {
  for (const size_t n_entries : {0, 1, 15, 16, 17, 33, 5000}) {
    Entries entries;
    for (size_t i = 0; i < n_entries; ++i) {
      entries["model/h" + std::to_string(i) + std::string(i % 3, '\xff')] =
          std::string(i % 400, static_cast<char>(i));
    }
    EXPECT_EQ(read_table(write_table(entries)), entries) << n_entries;
  }
}

// Blocks that end between keys of every kind of common beginning: the index's keys must separate
// them, or find() would look in the wrong block.
TEST(TableWriter, SeparatesItsBlocks) {
  const std::string value(255 << 10, 'v');  // two to a block
  Entries entries;
  for (const char* key : {"", "a", "ab", "abc\xff", "abd", "abd\xff", "abd\xff\xff", "b", "c", "e",
                          "e\x01", "g", "ga", "\xff", "\xff\xff", "\xff\xff\xff"}) {
    entries[key] = value;
  }
  const std::string bytes = write_table(entries);
  EXPECT_EQ(read_table(bytes), entries);
  MemoryFile memory;
  memory.write(bytes);
  const InputFile file(memory.path());
  const Table table(file);
  for (const auto& [key, unused] : entries) {
    EXPECT_TRUE(table.find(key, [](std::string_view) {})) << key;
  }
  EXPECT_FALSE(table.find("abd\xff\x01", [](std::string_view) {}));
}

TEST(TableWriter, ShortensTheIndexsKeysAsLeveldbDoes) {
  const std::string value(256 << 10, 'v');  // one to a block
  const std::string bytes = write_table({{"model/h0/attn", value}, {"model/h4/mlp", value}});
  EXPECT_NE(bytes.find(std::string("\0\x08", 2)), std::string::npos);
  EXPECT_NE(bytes.find("model/h1"), std::string::npos);  // between them
  // "n", the shortest key after the last: nothing shared, one byte, a handle.
  const std::string tail = bytes.substr(bytes.size() - 120);
  EXPECT_NE(tail.find(std::string("\0\x01", 2)), std::string::npos);
  EXPECT_EQ(tail.find("model/h4"), std::string::npos);
}

}  // namespace
}  // namespace gpt2run
