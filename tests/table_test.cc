#include "loader/table.h"

#include <gtest/gtest.h>

#include "support/bundle_builder.h"
#include "support/expect_error.h"
#include "support/memory_file.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

using Entries = std::vector<std::pair<std::string, std::string>>;

Entries read_all(const std::string& bytes) {
  MemoryFile memory;
  memory.write(bytes);
  const InputFile file(memory.path());
  Entries entries;
  Table(file).for_each([&](std::string_view key, std::string_view value) {
    entries.emplace_back(key, value);
    return true;
  });
  return entries;
}

Entries sample(int n = 100) {
  Entries entries;
  for (int i = 0; i < n; ++i) {
    std::string number = std::to_string(i);
    entries.emplace_back("model/h" + std::string(4 - number.size(), '0') + number,
                         std::string(static_cast<size_t>(i % 50), 'v'));
  }
  return entries;
}

// One entry of a block: the three lengths, then whatever bytes.
std::string entry(uint64_t n_shared, uint64_t n_own, uint64_t n_value, const std::string& bytes) {
  return varint(n_shared) + varint(n_own) + varint(n_value) + bytes;
}

const std::string kOneRestart = std::string("\0\0\0\0\1\0\0\0", 8);

// A table whose only data block, or whose index block, is this, with right checksums.
std::string table_of_block(const std::string& block) {
  TableBuilder builder;
  builder.edit_block = [&](std::string& built) { built = block; };
  return builder.build({{"a", "1"}});
}
std::string table_of_index_block(const std::string& block) {
  TableBuilder builder;
  builder.edit_index_block = [&](std::string& built) { built = block; };
  return builder.build({{"a", "1"}});
}

void expect_corrupt(const std::string& bytes, std::initializer_list<std::string> texts) {
  expect_error(ErrorKind::kCorrupt, texts, [&] { read_all(bytes); });
}

TEST(Table, FindsAKeyWithoutReadingTheOthers) {
  TableBuilder builder;
  builder.block_bytes = 100;
  std::string bytes = builder.build(sample());
  MemoryFile memory;
  memory.write(bytes);
  const InputFile file(memory.path());
  const Table table(file);
  for (const auto& [key, value] : sample()) {
    std::string found;
    EXPECT_TRUE(table.find(key, [&](std::string_view v) { found = v; })) << key;
    EXPECT_EQ(found, value);
  }
  const auto is_there = [&](const std::string& key) {
    return table.find(key, [](std::string_view) { ADD_FAILURE() << "found"; });
  };
  for (const char* key : {"", "a", "model/h0050x", "model/h0099x", "z"})
    EXPECT_FALSE(is_there(key));
  bytes[3] ^= 1;  // in the first block
  memory.write(bytes);
  EXPECT_TRUE(table.find("model/h0099", [](std::string_view) {}));
  expect_error(ErrorKind::kCorrupt, {"block at byte 0", "checksum"}, [&] { is_there("a"); });
}

TEST(Table, ReadsBackEveryEntryInAnyBlockingAndCompression) {
  for (const bool snappy : {false, true}) {
    for (const int interval : {1, 3, 16}) {
      for (const size_t block_bytes : {size_t{1}, size_t{200}, size_t{256} << 10}) {
        TableBuilder builder;
        builder.snappy = snappy;
        builder.restart_interval = interval;
        builder.block_bytes = block_bytes;
        EXPECT_EQ(read_all(builder.build(sample())), sample()) << interval << " " << block_bytes;
      }
    }
  }
  EXPECT_TRUE(read_all(TableBuilder().build({})).empty());
}

TEST(Table, StopsWhenAsked) {
  const TemporaryFolder folder;
  TableBuilder builder;
  builder.block_bytes = 100;
  write_bytes(folder.path() / "table", builder.build(sample()));
  const InputFile file(folder.path() / "table");
  int n = 0;
  Table(file).for_each([&](std::string_view, std::string_view) { return ++n < 17; });
  EXPECT_EQ(n, 17);
}

TEST(Table, EveryTruncationIsRefused) {
  const std::string whole = TableBuilder().build(sample(5));
  for (size_t n = 0; n < whole.size(); ++n) {
    expect_corrupt(whole.substr(0, n), {});
  }
}

TEST(Table, FooterHandlesAreHeldAgainstTheFile) {
  constexpr uint64_t kTiB = uint64_t{1} << 40;
  for (const uint64_t offset : {uint64_t{0}, kTiB, ~uint64_t{0} - 4, uint64_t{1} << 63}) {
    for (const uint64_t size : {kTiB, ~uint64_t{0} - 4, ~uint64_t{0}, uint64_t{1} << 63}) {
      TableBuilder builder;
      builder.edit_footer = [&](std::string& f) { f = table_footer(0, 3, offset, size); };
      expect_corrupt(builder.build(sample(3)), {": block at byte"});
      builder.edit_footer = [&](std::string& f) { f = table_footer(offset, size, 0, 3); };
      expect_corrupt(builder.build(sample(3)), {": block at byte"});
    }
  }
  TableBuilder builder;  // eleven bytes that all say that more come
  builder.edit_footer = [](std::string& f) { f.replace(0, 40, std::string(40, '\xFF')); };
  expect_corrupt(builder.build(sample(3)), {"footer at byte", "malformed varint"});
}

TEST(Table, DataBlocksAreNotReadFromTheIndexBlockOrTwice) {
  const std::string good = TableBuilder().build({{"a", "1"}});
  const auto block_of = [](const std::vector<std::string>& handles) {
    std::string block;
    for (size_t i = 0; i < handles.size(); ++i) {
      block +=
          entry(0, 1, handles[i].size(), std::string(1, static_cast<char>('a' + i)) + handles[i]);
    }
    return block + kOneRestart;
  };
  // good: a data block of 13 bytes at 0, the metaindex block at 18, the index block at 31.
  expect_corrupt(table_of_index_block(block_of({varint(31) + varint(8)})), {"block at byte 31"});
  expect_corrupt(table_of_index_block(block_of({varint(uint64_t{1} << 40) + varint(8)})),
                 {"block at byte 1099511627776"});
  expect_corrupt(table_of_index_block(block_of({varint(0) + varint(13), varint(0) + varint(13)})),
                 {"index block", "overlap"});
  expect_corrupt(table_of_index_block(block_of({varint(0) + varint(13) + "x"})), {"index block"});
  expect_corrupt(table_of_index_block(block_of({std::string(11, '\xFF')})), {"index block"});
  expect_corrupt(table_of_index_block(block_of({""})), {"index block"});
}

TEST(Table, LengthsInABlockAreHeldAgainstIt) {
  const std::string too_long = std::string(9, '\xFF') + "\x7F";  // 10 bytes, more than 64 bits
  for (const std::string& entries :
       {entry(5, 1, 1, "ab"),                            // shares with no key
        entry(0, 1, 1, "ab") + entry(2, 1, 1, "ab"),     // more than the key before
        entry(0, 100, 1, "ab"), entry(0, 1, 100, "ab"),  // past the end
        entry(0, ~uint64_t{0}, 1, "ab"), entry(0, 1, ~uint64_t{0}, "ab"),
        entry(0, ~uint64_t{0}, 2, "ab"),  // a sum that wraps
        too_long + varint(1) + varint(1) + "ab", std::string(11, '\xFF'), std::string("\x80")}) {
    expect_corrupt(table_of_block(entries + kOneRestart), {"block at byte 0", "lengths"});
  }
}

TEST(Table, RestartPointsMustBeThere) {
  const std::string good = entry(0, 1, 1, "ab");
  EXPECT_EQ(read_all(table_of_block(good + kOneRestart)), (Entries{{"a", "b"}}));
  for (const std::string& end :
       {std::string("\xFF\xFF\xFF\xFF", 4), std::string("\0\0\0\x40", 4),
        std::string("\0\0\0\0\3\0\0\0", 8), std::string("\0\0\0\0\0\0\0\0", 8),
        std::string("\1\0\0\0\1\0\0\0", 8), std::string("\xFF\xFF\xFF\xFF\1\0\0\0", 8)}) {
    expect_corrupt(table_of_block(good + end), {"block at byte 0", "restart points"});
  }
  expect_corrupt(table_of_block(""), {"restart points"});
  expect_corrupt(table_of_block("ab"), {"restart points"});
  // A second restart point at an entry that shares its key.
  expect_corrupt(
      table_of_block(good + entry(1, 1, 0, "b") + std::string("\0\0\0\0\5\0\0\0\2\0\0\0", 12)),
      {"lengths"});
}

TEST(Table, KeysMustAscend) {
  expect_corrupt(TableBuilder().build({{"a", ""}, {"a", ""}}), {"key \"a\" stands twice"});
  expect_corrupt(TableBuilder().build({{"b", ""}, {"a", ""}}), {"\"a\" comes after \"b\""});
  TableBuilder one_each;
  one_each.block_bytes = 1;
  expect_corrupt(one_each.build({{"a", ""}, {"c", ""}, {"b", ""}}), {"\"b\" comes after \"c\""});
  expect_corrupt(one_each.build({{"", ""}, {"", ""}}), {"stands twice"});
}

TEST(Table, ChecksumsCoverBytesAndType) {
  std::string table = TableBuilder().build(sample(3));
  table[3] = static_cast<char>(table[3] ^ 1);
  expect_corrupt(table, {"block at byte 0", "checksum", "crc32c"});
}

TEST(Table, SnappyIsBoundedByWhatItsBytesCanGive) {
  TableBuilder builder;
  builder.snappy = true;
  for (const uint64_t claimed : {uint64_t{4} << 30, (uint64_t{4} << 30) - 1, uint64_t{1000000}}) {
    builder.edit_stored = [&](std::string& stored, char&) { stored = varint(claimed) + "\1ab"; };
    expect_corrupt(builder.build(sample(3)), {"block at byte 0", "snappy"});
  }
  builder.edit_stored = [](std::string& stored, char&) { stored.resize(stored.size() - 1); };
  expect_corrupt(builder.build(sample(3)), {"block at byte 0", "snappy"});
  builder.edit_stored = [](std::string& stored, char&) { stored.clear(); };
  expect_corrupt(builder.build(sample(3)), {"snappy"});
}

TEST(Table, UnknownCompressionIsUnsupported) {
  for (const char type : {'\2', '\3', '\x7F', '\xFF'}) {
    TableBuilder builder;
    builder.edit_stored = [&](std::string&, char& stored_type) { stored_type = type; };
    expect_error(ErrorKind::kUnsupported, {"compression"},
                 [&] { read_all(builder.build(sample(3))); });
  }
}

// Damage below right checksums: any byte of the data block, the index block or the footer.
TEST(Table, AnyByteMayBeWrongEverywhereWithoutACrash) {
  const Entries entries = sample(6);
  const std::string whole = TableBuilder().build(entries);
  const auto try_all = [&](size_t n_bytes, const auto& build) {
    for (size_t at = 0; at < n_bytes; ++at) {
      for (const int flip : {1, 2, 4, 8, 16, 32, 64, 128, 255}) {
        try {
          read_all(build(at, flip));
        } catch (const InputError& error) {
          EXPECT_TRUE(error.kind() == ErrorKind::kCorrupt ||
                      error.kind() == ErrorKind::kUnsupported);
        }
      }
    }
  };
  const auto flip_in = [](std::string& bytes, size_t at, int flip) {
    if (at < bytes.size()) bytes[at] = static_cast<char>(bytes[at] ^ flip);
  };
  try_all(200, [&](size_t at, int flip) {
    TableBuilder builder;
    builder.edit_block = [&](std::string& block) { flip_in(block, at, flip); };
    return builder.build(entries);
  });
  try_all(200, [&](size_t at, int flip) {
    TableBuilder builder;
    builder.snappy = true;
    builder.edit_stored = [&](std::string& stored, char&) { flip_in(stored, at, flip); };
    return builder.build(entries);
  });
  try_all(40, [&](size_t at, int flip) {
    TableBuilder builder;
    builder.edit_index_block = [&](std::string& block) { flip_in(block, at, flip); };
    return builder.build(entries);
  });
}

}  // namespace
}  // namespace gpt2run
