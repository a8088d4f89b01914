#include <gtest/gtest.h>

#include <algorithm>

#include "loader/bundle.h"
#include "loader/crc32c.h"
#include "loader/families.h"
#include "loader/proto.h"
#include "loader/table.h"
#include "loader/weight_slots.h"
#include "support/expect_error.h"
#include "support/memory_file.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

bool same(const BundleEntry& a, const BundleEntry& b) {
  return a.name == b.name && a.type == b.type && a.shape == b.shape && a.shard == b.shard &&
         a.offset == b.offset && a.n_bytes == b.n_bytes && a.crc32c == b.crc32c;
}

bool same(const BundleIndex& a, const BundleIndex& b) {
  const auto equal = [](const BundleEntry& x, const BundleEntry& y) { return same(x, y); };
  return a.n_shards == b.n_shards &&
         std::equal(a.tensors.begin(), a.tensors.end(), b.tensors.begin(), b.tensors.end(),
                    equal) &&
         std::equal(a.parts.begin(), a.parts.end(), b.parts.begin(), b.parts.end(), equal);
}

// A file that may be damaged again and again.
class Damaged {
 public:
  explicit Damaged(const std::filesystem::path& original)
      : whole_(read_bytes(original)), expected_(read_bundle_index(original)) {}

  const std::string& whole() const { return whole_; }

  // A typed error, or the same entries.
  void expect_no_surprise(const std::string& bytes, size_t at) {
    file_.write(bytes);
    try {
      EXPECT_TRUE(same(read_bundle_index(file_.path()), expected_)) << at;
    } catch (const CheckpointError& error) {
      EXPECT_TRUE(error.kind() == ErrorKind::kCorrupt || error.kind() == ErrorKind::kUnsupported);
    }
  }

  void flip_every_byte(std::initializer_list<int> flips) {
    for (size_t at = 0; at < whole_.size(); ++at) {
      for (const int flip : flips) {
        std::string bytes = whole_;
        bytes[at] = static_cast<char>(bytes[at] ^ flip);
        expect_no_surprise(bytes, at);
      }
    }
  }

  void truncate_everywhere() {
    for (size_t n = 0; n < whole_.size(); ++n) {
      file_.write(whole_.substr(0, n));
      expect_error(ErrorKind::kCorrupt, {}, [&] { read_bundle_index(file_.path()); });
    }
  }

 private:
  std::string whole_;
  BundleIndex expected_;
  MemoryFile file_;
};

TEST(RealIndex, OpenAIs124M) {
  const auto path = large_test_data("real-bundles/gpt2-124M.index");
  GPT2RUN_NEEDS(path);
  const BundleIndex index = read_bundle_index(path);
  EXPECT_EQ(index.n_shards, 1);
  ASSERT_EQ(index.tensors.size(), 148u);
  std::vector<WeightSlot> slots = model_weights({50257, 1024, 768, 12, 12});
  for (int layer = 0; layer < 12; ++layer) {
    for (const WeightSlot& slot : block_weights({50257, 1024, 768, 12, 12}, layer)) {
      slots.push_back(slot);
    }
  }
  std::sort(slots.begin(), slots.end(),
            [](const WeightSlot& a, const WeightSlot& b) { return a.name < b.name; });
  uint64_t offset = 0;  // TensorFlow's Saver leaves no gaps
  for (size_t i = 0; i < slots.size(); ++i) {
    EXPECT_EQ(index.tensors[i].name, slots[i].name);
    EXPECT_EQ(index.tensors[i].shape, family_shape(Family::kOpenAi, slots[i].name, slots[i].shape))
        << slots[i].name;
    EXPECT_STREQ(index.tensors[i].type->name, "float32");
    EXPECT_EQ(index.tensors[i].offset, offset) << slots[i].name;
    EXPECT_NE(index.tensors[i].crc32c, 0u);
    offset += index.tensors[i].n_bytes;
  }
  EXPECT_EQ(offset, 497759232u);
}

struct OtherBundle {
  const char* path;
  size_t n_tensors;
  const char* name;  // of one of them
  const char* type;
  std::vector<int64_t> shape;
};

TEST(RealIndex, OtherBundles) {
  GPT2RUN_NEEDS(large_test_data("real-bundles"));
  const OtherBundle bundles[] = {
      {"minigo", 333, "batch_normalization/gamma/Momentum", "float32", {256}},  // snappy
      {"style", 92, "conv1.conv2d.weight", "float32", {32, 3, 9, 9}},
      {"counter/variables", 1, "counter", "float32", {}},
      {"half_plus_three/variables", 3, "c", "float32", {}},
      {"half_plus_two_mkl/variables", 9, "conv2d/kernel", "float32", {1, 1, 1, 1}},
      {"half_plus_two_tf2_cpu/variables", 4, "_CHECKPOINTABLE_OBJECT_GRAPH", "string", {}},
  };
  for (const OtherBundle& bundle : bundles) {
    const BundleIndex index =
        read_bundle_index(large_test_data("real-bundles") / (std::string(bundle.path) + ".index"));
    EXPECT_EQ(index.tensors.size(), bundle.n_tensors) << bundle.path;
    const auto at =
        std::find_if(index.tensors.begin(), index.tensors.end(),
                     [&](const BundleEntry& entry) { return entry.name == bundle.name; });
    ASSERT_NE(at, index.tensors.end()) << bundle.path;
    EXPECT_STREQ(at->type->name, bundle.type) << bundle.path;
    EXPECT_EQ(at->shape, bundle.shape) << bundle.path;
  }
}

TEST(RealIndex, ChecksumsOfOtherBundlesAreRight) {
  for (const char* name :
       {"counter", "half_plus_three", "half_plus_two_mkl", "half_plus_two_tf2_cpu"}) {
    const auto prefix = large_test_data("real-bundles") / name / "variables";
    GPT2RUN_NEEDS(prefix.parent_path());
    const Bundle bundle(prefix);
    const std::string data = read_bytes(shard_path(prefix, 0, 1));
    for (const BundleEntry& entry : bundle.index().tensors) {
      if (entry.type->dtype == DType::kString) continue;  // its crc is not of the plain bytes
      EXPECT_EQ(crc32c(data.data() + entry.offset, entry.n_bytes), entry.crc32c) << entry.name;
    }
  }
}

TEST(RealIndex, EveryFlippedByteAndTruncationOfTheFixturesIsMet) {
  for (const char* name : {"tf1", "tf1_partitioned"}) {
    Damaged index(test_data("fixtures") / name / "model.ckpt.index");
    index.flip_every_byte({0x01, 0x80, 0xFF, 0x10});
    index.truncate_everywhere();
  }
}

TEST(RealIndex, EveryFlippedByteAndTruncationOf124MsIsMet) {
  const auto path = large_test_data("real-bundles/gpt2-124M.index");
  GPT2RUN_NEEDS(path);
  Damaged index(path);
  index.flip_every_byte({0x01, 0x80, 0xFF});
  index.truncate_everywhere();
}

// With the block's checksum mended, the damage reaches the parsers behind it. The entries may then
// differ: what counts is that nothing but a typed error comes out.
TEST(RealIndex, EveryFlippedByteUnderARightChecksumIsMet) {
  const std::string whole = read_bytes(test_data("fixtures/tf1_partitioned/model.ckpt.index"));
  std::string_view footer = std::string_view(whole).substr(whole.size() - kTableFooterBytes);
  const size_t n_block = take_varint(footer).value() - 5;  // the metaindex block comes next
  MemoryFile file;
  size_t n_refused = 0, n_tried = 0;
  for (size_t at = 0; at < n_block; ++at) {
    for (const int flip : {0x01, 0x02, 0x08, 0x40, 0x80, 0xFF}) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(bytes[at] ^ flip);
      const uint32_t crc = mask_crc32c(crc32c(bytes.data(), n_block + 1));
      for (size_t i = 0; i < 4; ++i) bytes[n_block + 1 + i] = static_cast<char>(crc >> (8 * i));
      file.write(bytes);
      ++n_tried;
      try {
        read_bundle_index(file.path());
      } catch (const CheckpointError& error) {
        EXPECT_EQ(std::string(error.what()).find("checksum"), std::string::npos);
        ++n_refused;
      }
    }
  }
  EXPECT_GT(n_refused, n_tried / 2);
}

}  // namespace
}  // namespace gpt2run
