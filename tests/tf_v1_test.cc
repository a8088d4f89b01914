#include "loader/tf_v1.h"

#include <gtest/gtest.h>

#include "loader/ordered_code.h"
#include "support/bundle_builder.h"
#include "support/damage.h"
#include "support/expect_error.h"
#include "support/read_everything.h"
#include "support/source_values.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

constexpr int kFloat32 = 1, kFloat64 = 2, kBFloat16 = 14, kFloat16 = 19;

// One tensor, its slices, and the TensorProto of each.
struct V1Tensor {
  std::string name = "t";
  int type = kFloat32;
  std::vector<int64_t> shape = {4};
  std::vector<SliceExtents> slices = {{SliceExtent{}}};
  std::vector<std::string> data;
};

std::string slice_value(const std::string& name, const std::string& data) {
  return proto_bytes(2, proto_bytes(1, name) + proto_bytes(3, data));
}

// A checkpoint of one tensor; `header` replaces its list.
std::string file_bytes(const V1Tensor& tensor, const std::string& header = "") {
  std::string meta = proto_bytes(1, tensor.name) + proto_bytes(2, proto_shape(tensor.shape)) +
                     proto_number(3, static_cast<uint64_t>(tensor.type));
  for (const SliceExtents& slice : tensor.slices) meta += proto_bytes(4, proto_slice(slice));
  std::vector<std::pair<std::string, std::string>> entries;
  for (size_t i = 0; i < tensor.data.size(); ++i) {
    entries.emplace_back(slice_key(tensor.name, tensor.slices[i]),
                         slice_value(tensor.name, tensor.data[i]));
  }
  std::sort(entries.begin(), entries.end());
  const std::string list = proto_bytes(1, proto_bytes(1, meta));
  entries.insert(entries.begin(), {"", header.empty() ? list : header});
  TableBuilder builder;
  builder.block_bytes = 16;  // several blocks
  return builder.build(entries);
}

std::vector<float> read_only_tensor(const std::string& bytes) {
  MemoryFile file;
  file.write(bytes);
  return read_tensor(TensorFlowV1(file.path()), 0);
}

void expect_refused(ErrorKind kind, std::initializer_list<std::string> texts,
                    const std::string& bytes) {
  expect_error(kind, texts, [&] { read_only_tensor(bytes); });
}

constexpr auto read_all = open_and_read_everything<TensorFlowV1>;

TEST(TensorFlowV1, HasTheWeightsThatV2Has) {
  const TensorFlowV1 v1(test_data("fixtures/tf1_v1format/model.ckpt"));
  EXPECT_EQ(v1.tensors().size(), tf1_weights().size());
  for (const auto& [name, values] : tf1_weights()) EXPECT_EQ(read_tensor(v1, name), values) << name;
  const TensorInfo& c_attn = v1.tensors()[find_tensor(v1, "model/h0/attn/c_attn/w")];
  EXPECT_EQ(c_attn.shape, (std::vector<int64_t>{1, 48, 144}));
  EXPECT_EQ(c_attn.dtype, DType::kFloat32);
  EXPECT_EQ(c_attn.n_bytes, 48u * 144 * 4);
}

TEST(TensorFlowV1, ReadsItemsWhereverATensorProtoMayHaveThem) {
  const std::vector<float> values = {1, -2, 0.5, 0};
  const std::string floats = float_bytes(values);
  EXPECT_EQ(read_only_tensor(file_bytes({.data = {proto_bytes(5, floats)}})), values);
  EXPECT_EQ(read_only_tensor(file_bytes({.data = {proto_bytes(4, floats)}})), values);
  EXPECT_EQ(read_only_tensor(file_bytes({.data = {proto_bytes(5, floats.substr(0, 8)) +
                                                  proto_bytes(5, floats.substr(8))}})),
            values);
  std::string one_by_one;
  for (size_t i = 0; i < 4; ++i) one_by_one += "\x2d" + floats.substr(4 * i, 4);
  EXPECT_EQ(read_only_tensor(file_bytes({.data = {one_by_one}})), values);
  std::string doubles;
  for (const double value : values) doubles.append(reinterpret_cast<const char*>(&value), 8);
  EXPECT_EQ(read_only_tensor(file_bytes({.type = kFloat64, .data = {proto_bytes(6, doubles)}})),
            values);
  const std::string half = varint(0x3C00) + varint(0xC000) + varint(0x3800) + varint(0);
  EXPECT_EQ(read_only_tensor(file_bytes({.type = kFloat16, .data = {proto_bytes(13, half)}})),
            values);
  const std::string bfloat = proto_number(13, 0x3F80) + proto_number(13, 0xC000) +
                             proto_bytes(13, varint(0x3F00) + varint(0));
  EXPECT_EQ(read_only_tensor(file_bytes({.type = kBFloat16, .data = {bfloat}})), values);
}

TEST(TensorFlowV1, SlicesAreAssembled) {
  const V1Tensor tensor{
      .shape = {3, 4},
      .slices = {{{0, 2}, {0, 1}}, {{0, 2}, {1, 3}}, {{2, 1}, {}}},
      .data = {proto_bytes(5, float_bytes({0, 4})), proto_bytes(5, float_bytes({1, 2, 3, 5, 6, 7})),
               proto_bytes(5, float_bytes({8, 9, 10, 11}))}};
  EXPECT_EQ(read_only_tensor(file_bytes(tensor)),
            (std::vector<float>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
  V1Tensor hole = tensor;
  hole.slices.pop_back();
  hole.data.pop_back();
  expect_refused(ErrorKind::kCorrupt, {"\"t\"", "8 items, expected 12", "sharded"},
                 file_bytes(hole));
  V1Tensor twice = tensor;
  twice.slices[2] = twice.slices[1];
  twice.data.clear();
  expect_refused(ErrorKind::kCorrupt, {"\"t\"", "overlap"}, file_bytes(twice));
  V1Tensor outside = tensor;
  outside.slices[2] = {{3, 1}, {}};
  expect_refused(ErrorKind::kCorrupt, {"outside its dimension of 3"}, file_bytes(outside));
  V1Tensor absent = tensor;
  absent.data.pop_back();
  expect_refused(ErrorKind::kCorrupt, {"\"t\"", "one of its slices is missing"},
                 file_bytes(absent));
}

TEST(TensorFlowV1, ScalarsAndEmptyTensorsAreTensorsToo) {
  EXPECT_EQ(read_only_tensor(file_bytes(
                {.shape = {}, .slices = {{}}, .data = {proto_bytes(5, float_bytes({7}))}})),
            std::vector<float>{7});
  EXPECT_TRUE(read_only_tensor(file_bytes({.shape = {0, 3}, .slices = {{{}, {}}}})).empty());
}

TEST(TensorFlowV1, WhatDoesNotFitIsNamed) {
  const std::string four = proto_bytes(5, float_bytes({1, 2, 3, 4}));
  expect_refused(ErrorKind::kCorrupt, {"\"t\"", "4 items of float32, found 12 bytes"},
                 file_bytes({.data = {proto_bytes(5, float_bytes({1, 2, 3}))}}));
  expect_refused(ErrorKind::kCorrupt, {"expected data that is float32, found float64"},
                 file_bytes({.data = {proto_number(1, kFloat64) + four}}));
  expect_refused(ErrorKind::kCorrupt, {"half_val"},
                 file_bytes({.type = kFloat16, .data = {proto_bytes(13, varint(0x10000))}}));
  expect_refused(ErrorKind::kCorrupt, {"dtype", "found 99"}, file_bytes({.type = 99}));
  expect_refused(ErrorKind::kCorrupt, {"more than 2^63 bytes"},
                 file_bytes({.shape = {int64_t{1} << 40, int64_t{1} << 40}}));
  expect_refused(ErrorKind::kCorrupt, {"control characters"}, file_bytes({.name = "a\n"}));
  expect_refused(ErrorKind::kCorrupt, {"list of tensors"}, file_bytes({}, proto_number(1, 1)));
  expect_refused(ErrorKind::kCorrupt, {"no valid protobuf"}, file_bytes({}, "\xff"));
  V1Tensor many{.shape = {2000}, .slices = std::vector<SliceExtents>(2000, {{0, 1}})};
  expect_refused(ErrorKind::kUnsupported, {"more than 1024 slices"}, file_bytes(many));
}

TEST(TensorFlowV1, NamesStandOnce) {
  const std::string tensor =
      proto_bytes(1, "t") + proto_bytes(2, proto_shape({0})) + proto_number(3, kFloat32);
  const std::string list = proto_bytes(1, proto_bytes(1, tensor) + proto_bytes(1, tensor));
  expect_refused(ErrorKind::kCorrupt, {"\"t\"", "stands twice"}, file_bytes({}, list));
}

TEST(TensorFlowV1, OtherFilesAreNamed) {
  expect_error(ErrorKind::kUnsupported, {"a GGUF file"},
               [] { TensorFlowV1{test_data("fixtures/gguf/model-f32.gguf")}; });
  expect_error(ErrorKind::kCorrupt, {"a V1 checkpoint's list"},
               [] { TensorFlowV1{test_data("fixtures/tf1/model.ckpt.index")}; });
}

TEST(TensorFlowV1, NoDamagePassesTheChecksums) {
  const V1Tensor tensor{.shape = {2, 4},
                        .slices = {{{0, 1}, {}}, {{1, 1}, {}}},
                        .data = {proto_bytes(5, float_bytes({0, 1, 2, 3})),
                                 proto_bytes(5, float_bytes({4, 5, 6, 7}))}};
  const std::string good = file_bytes(tensor);
  EXPECT_EQ(with_every_truncation(good, read_all).n_read, 0u);
  const DamageCounts flipped = with_every_byte_flipped(good, read_all);
  // But in the zeros that fill up the footer, and what separates the blocks' keys.
  EXPECT_LT(flipped.n_read, 2u * 40);
  EXPECT_GT(flipped.n_refused, 2u * 200);
}

}  // namespace
}  // namespace gpt2run
