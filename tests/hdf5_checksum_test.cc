#include "loader/hdf5_checksum.h"

#include <gtest/gtest.h>

#include "loader/hdf5_filters.h"

namespace gpt2run {
namespace {

TEST(Hdf5Lookup3, GivesTheValuesOfItsSource) {
  // lookup3.c, driver5().
  EXPECT_EQ(hdf5_lookup3(""), 0xDEADBEEFu);
  EXPECT_EQ(hdf5_lookup3("Four score and seven years ago"), 0x17770551u);
}

TEST(Hdf5Fletcher32, GivesWikipediasValuesWithTheBytesOfEachNumberSwapped) {
  // "abcde" as numbers of 16 bits, the lowest byte first, has 0xF04FC729: HDF5's are the other way.
  EXPECT_EQ(hdf5_fletcher32("badc" + std::string("\0e", 2)), 0xF04FC729u);
  EXPECT_EQ(hdf5_fletcher32(""), 0u);
  const std::string ones(2 * 100'000, '\xFF');
  EXPECT_EQ(hdf5_fletcher32(ones), 0xFFFFFFFFu);
}

TEST(Hdf5Filters, AreUndoneInTheOppositeOrder) {
  std::string stored = "adbecf";  // the first bytes of three items, then the second ones
  const std::vector<Hdf5Filter> shuffle = {{Hdf5Filter::kShuffle, ""}};
  stored = "abcdef";
  EXPECT_FALSE(unpack_hdf5_chunk(shuffle, 0, stored, 2, 6));
  EXPECT_EQ(stored, "adbecf");
  stored = "abcdef";
  EXPECT_FALSE(unpack_hdf5_chunk(shuffle, 1, stored, 2, 6));
  EXPECT_EQ(stored, "abcdef") << "a filter that was left out";
  stored = "abcde";
  EXPECT_TRUE(unpack_hdf5_chunk(shuffle, 0, stored, 2, 6)) << "too short";
}

TEST(Hdf5Filters, GzipIsNotUnpackedBeyondTheChunk) {
  const std::vector<Hdf5Filter> gzip = {{Hdf5Filter::kDeflate, ""}};
  const std::string packed("\x78\x9c\x4b\x4c\x4a\x4e\x49\x4d\x03\x00\x08\x1e\x02\x56", 14);
  std::string stored = packed;
  EXPECT_FALSE(unpack_hdf5_chunk(gzip, 0, stored, 2, 6));
  EXPECT_EQ(stored, "abcdef");
  for (const uint64_t n_bytes : {uint64_t{5}, uint64_t{7}, uint64_t{1} << 30}) {
    stored = packed;
    EXPECT_TRUE(unpack_hdf5_chunk(gzip, 0, stored, 2, n_bytes)) << n_bytes;
  }
  stored = "";
  EXPECT_TRUE(unpack_hdf5_chunk(gzip, 0, stored, 2, 6));
}

}  // namespace
}  // namespace gpt2run
