// The table reader against LevelDB's own, on good files.
#include <gtest/gtest.h>

#ifdef GPT2RUN_HAVE_LEVELDB
#include <leveldb/env.h>
#include <leveldb/iterator.h>
#include <leveldb/options.h>
#include <leveldb/table.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "loader/table.h"
#include "support/bundle_builder.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;

Entries read_with_leveldb(const std::filesystem::path& path) {
  leveldb::Options options;
  options.paranoid_checks = true;
  leveldb::RandomAccessFile* opened = nullptr;
  leveldb::Status status = leveldb::Env::Default()->NewRandomAccessFile(path.string(), &opened);
  const std::unique_ptr<leveldb::RandomAccessFile> file(opened);
  EXPECT_TRUE(status.ok()) << status.ToString();
  leveldb::Table* read = nullptr;
  status = leveldb::Table::Open(options, opened, std::filesystem::file_size(path), &read);
  const std::unique_ptr<leveldb::Table> table(read);
  EXPECT_TRUE(status.ok()) << status.ToString();
  if (!status.ok()) return {};
  leveldb::ReadOptions checked;
  checked.verify_checksums = true;
  const std::unique_ptr<leveldb::Iterator> it(table->NewIterator(checked));
  Entries entries;
  for (it->SeekToFirst(); it->Valid(); it->Next()) {
    entries.emplace_back(it->key().ToString(), it->value().ToString());
  }
  EXPECT_TRUE(it->status().ok()) << it->status().ToString();
  return entries;
}

Entries read_here(const std::filesystem::path& path) {
  const InputFile file(path);
  Entries entries;
  Table(file).for_each([&](std::string_view key, std::string_view value) {
    entries.emplace_back(key, value);
    return true;
  });
  return entries;
}

// Returns how many tables were compared.
size_t expect_equal_below(const std::filesystem::path& folder) {
  size_t n_tables = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const bool is_damaged = entry.path().string().find("/bad/") != std::string::npos &&
                            entry.path().string().find("/_good_base_") == std::string::npos;
    if (entry.path().extension() != ".index" || is_damaged) continue;
    const Entries expected = read_with_leveldb(entry.path());
    EXPECT_GT(expected.size(), 1u) << entry.path();
    EXPECT_EQ(read_here(entry.path()), expected) << entry.path();
    ++n_tables;
  }
  return n_tables;
}

TEST(LevelDbTable, GivesTheSameKeysAndValuesForEveryFixture) {
  EXPECT_GE(expect_equal_below(test_data("fixtures")), 8u);
  const auto v1 = test_data("fixtures/tf1_v1format/model.ckpt");
  EXPECT_EQ(read_here(v1), read_with_leveldb(v1));
}

TEST(LevelDbTable, GivesTheSameForRealReleases) {
  const auto folder = large_test_data("real-bundles");
  GPT2RUN_NEEDS(folder);
  EXPECT_GE(expect_equal_below(folder), 3u);
}

TEST(LevelDbTable, ReadsWhatTheTestsWrite) {
  Entries entries;
  for (int i = 1000; i < 3000; ++i) {
    entries.emplace_back("key" + std::to_string(i), std::string(static_cast<size_t>(i % 300), 'v'));
  }
  for (const bool snappy : {false, true}) {
    TableBuilder builder;
    builder.snappy = snappy;
    builder.block_bytes = 4096;
    const TemporaryFolder folder;
    write_bytes(folder.path() / "table", builder.build(entries));
    EXPECT_EQ(read_with_leveldb(folder.path() / "table"), entries);
    EXPECT_EQ(read_here(folder.path() / "table"), entries);
  }
}

}  // namespace
}  // namespace gpt2run

#else

TEST(LevelDbTable, IsNotHereToBeComparedWith) {
  GTEST_SKIP() << "LevelDB is missing (apt-get install libleveldb-dev)";
}

#endif
