#include "loader/write_bundle.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "loader/bundle.h"
#include "loader/crc32c.h"
#include "support/expect_error.h"
#include "support/rewrite.h"
#include "support/source_values.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

constexpr const char* kData = ".data-00000-of-00001";

const ReadTensor kZeros = [](size_t, float*) {};

// Writes a bundle's tensors again, in that order, and expects TensorFlow's bytes.
void expect_same_bytes(const std::string& fixture, bool is_reversed) {
  const std::string prefix = test_data(fixture).string();
  const Bundle source(prefix);
  auto tensors = tensors_to_write(source);
  if (is_reversed) std::ranges::reverse(tensors);
  const TemporaryFolder folder;
  const std::string out = (folder.path() / "model.ckpt").string();
  write_bundle(out, tensors, [&](size_t i, float* values) {
    read_from(source)(find_tensor(source, tensors[i].name), values);
  });
  EXPECT_TRUE(read_bytes(out + ".index") == read_bytes(prefix + ".index")) << fixture;
  EXPECT_TRUE(read_bytes(out + kData) == read_bytes(prefix + kData)) << fixture;
}

TEST(WriteBundle, GivesTensorFlowsBytesInWhateverOrderTensorsCome) {
  for (const char* fixture : {"fixtures/tf1/model.ckpt", "fixtures/tf1_half/model.ckpt",
                              "fixtures/tf1_bfloat16/model.ckpt"}) {
    expect_same_bytes(fixture, false);
    expect_same_bytes(fixture, true);
  }
}

TEST(WriteBundle, WritesTheStateFileThatTensorFlowWrites) {
  EXPECT_EQ(state_file_text("model.ckpt"), read_bytes(test_data("fixtures/tf1/checkpoint")));
}

TEST(WriteBundle, WritesScalarsAndEmptyTensors) {
  const TemporaryFolder folder;
  const std::string prefix = (folder.path() / "model.ckpt").string();
  const std::vector<TensorToWrite> tensors = {{"scalar", DType::kFloat32, {}},
                                              {"empty", DType::kFloat16, {3, 0}},
                                              {"one", DType::kBFloat16, {1}}};
  write_bundle(prefix, tensors, [](size_t i, float* out) {
    if (i != 1) *out = i == 0 ? 1.5f : 2.5f;
  });
  const Bundle bundle(prefix);
  ASSERT_EQ(bundle.tensors().size(), 3u);
  EXPECT_EQ(bundle.tensors()[0].name, "empty");
  EXPECT_EQ(bundle.tensors()[0].shape, (std::vector<int64_t>{3, 0}));
  EXPECT_EQ(bundle.tensors()[2].shape, std::vector<int64_t>{});
  EXPECT_EQ(read_tensor(bundle, "scalar"), std::vector<float>{1.5f});
  EXPECT_EQ(read_tensor(bundle, "one"), std::vector<float>{2.5f});
}

// TensorFlow's own string, with the checksum that its index has.
TEST(WriteBundle, WritesStringsAsTensorFlowDoes) {
  const TemporaryFolder folder;
  const std::string prefix = (folder.path() / "model.ckpt").string();
  const std::string graph = read_bytes(test_data("object_graph/tf2_hf.pb"));
  write_bundle(prefix, {{"weight", DType::kFloat32, {2}}}, kZeros,
               {{"_CHECKPOINTABLE_OBJECT_GRAPH", graph}, {"zzz", std::string(200, 'z')}});
  const Bundle bundle(prefix);
  ASSERT_EQ(bundle.tensors().size(), 3u);
  const BundleEntry& entry = bundle.index().tensors[0];
  EXPECT_EQ(entry.name, "_CHECKPOINTABLE_OBJECT_GRAPH");
  EXPECT_EQ(entry.type->dtype, DType::kString);
  EXPECT_EQ(entry.n_bytes, 4732u);
  // As the bundle that the text is from has it: masked 0x0434047b.
  EXPECT_EQ(mask_crc32c(entry.crc32c), 0x0434047bu);
  const std::string data = read_bytes(prefix + kData);
  EXPECT_EQ(data.substr(0, 6), "\xf6\x24\xe9\x36\x49\xbb");
  EXPECT_TRUE(data.substr(6, graph.size()) == graph);
  EXPECT_EQ(data.size(), 4732u + 8 + 2 + 4 + 200);
}

TEST(WriteBundle, RefusesAValueThatTheTypeCannotHold) {
  const TemporaryFolder folder;
  expect_error(ErrorKind::kUnsupported, {"\"weight\"", "float16", "70000"}, [&] {
    write_bundle(folder.path() / "model.ckpt", {{"weight", DType::kFloat16, {1}}},
                 [](size_t, float* out) { *out = 70000; });
  });
}

TEST(WriteBundle, LetsThroughWhatReadingThrows) {
  const TemporaryFolder folder;
  EXPECT_THROW(write_bundle(folder.path() / "model.ckpt", {{"weight", DType::kFloat32, {1}}},
                            [](size_t, float*) { throw std::bad_alloc(); }),
               std::bad_alloc);
}

}  // namespace
}  // namespace gpt2run
