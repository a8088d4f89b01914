#include "loader/write_gguf.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "loader/gguf.h"
#include "support/expect_error.h"
#include "support/failing_disk.h"
#include "support/source_values.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

class WriteGgufTest : public testing::Test {
 protected:
  std::filesystem::path path() const { return folder_.path() / "a.gguf"; }
  TemporaryFolder folder_;
};

const ReadTensor kNone = [](size_t, float*) {};

TEST_F(WriteGgufTest, EveryTypeOfValueIsReadBack) {
  const std::vector<GgufKey> keys = {
      {"u8", uint8_t{255}},
      {"i8", int8_t{-128}},
      {"u16", uint16_t{65535}},
      {"i16", int16_t{-32768}},
      {"u32", uint32_t{4294967295}},
      {"i32", std::numeric_limits<int32_t>::min()},
      {"f32", 0.1f},
      {"bool", true},
      {"string", std::string("Ġa\0b", 5)},
      {"u64", std::numeric_limits<uint64_t>::max()},
      {"i64", std::numeric_limits<int64_t>::min()},
      {"f64", 0.1},
      {"none", std::vector<std::string>{}},
      {"strings", std::vector<std::string>{"a", "", "c"}},
      {"i32s", std::vector<int32_t>{1, -2, 3}},
      {"bools", std::vector<bool>{true, false, true}},
      {"f64s", std::vector<double>{0.5, -0.25}},
  };
  write_gguf(path(), keys, {}, kNone);
  const nlohmann::json found = GgufFile(path()).metadata();
  const nlohmann::json expected = {
      {"u8", 255},
      {"i8", -128},
      {"u16", 65535},
      {"i16", -32768},
      {"u32", 4294967295},
      {"i32", std::numeric_limits<int32_t>::min()},
      {"f32", static_cast<double>(0.1f)},
      {"bool", true},
      {"string", std::string("Ġa\0b", 5)},
      {"u64", std::numeric_limits<uint64_t>::max()},
      {"i64", std::numeric_limits<int64_t>::min()},
      {"f64", 0.1},
      {"none", nlohmann::json::array()},
      {"strings", {"a", "", "c"}},
      {"i32s", {1, -2, 3}},
      {"bools", {true, false, true}},
      {"f64s", {0.5, -0.25}},
  };
  EXPECT_EQ(found, expected);
}

TEST_F(WriteGgufTest, TensorsOfEachTypeAreReadBack) {
  const std::vector<TensorToWrite> tensors = {{"one", DType::kFloat32, {1}},
                                              {"half", DType::kFloat16, {3, 5}},
                                              {"brain", DType::kBFloat16, {2, 1, 7}},
                                              {"last", DType::kFloat32, {3}}};
  write_gguf(path(), {}, tensors, [&](size_t index, float* out) {
    for (size_t i = 0; i < tensors[index].n_items(); ++i) {
      out[i] = static_cast<float>(10 * index + i);
    }
  });
  const GgufFile file(path());
  ASSERT_EQ(file.tensors().size(), tensors.size());
  for (size_t t = 0; t < tensors.size(); ++t) {
    EXPECT_EQ(file.tensors()[t].name, tensors[t].name);
    EXPECT_EQ(file.tensors()[t].shape, tensors[t].shape);
    EXPECT_EQ(file.tensors()[t].dtype, tensors[t].dtype);
    const std::vector<float> values = read_tensor(file, tensors[t].name);
    for (size_t i = 0; i < values.size(); ++i) {
      EXPECT_EQ(values[i], static_cast<float>(10 * t + i)) << tensors[t].name;
    }
  }
  EXPECT_EQ(std::filesystem::file_size(path()) % 32, 0u);  // the last is padded too
}

TEST_F(WriteGgufTest, RefusesWhatATypeCannotHold) {
  expect_error(ErrorKind::kUnsupported,
               {"a.gguf: tensor \"w\"", "bfloat16 can hold", "found -3.40282e+38 at index 1",
                "write it as float32"},
               [&] {
                 write_gguf(path(), {}, {{"w", DType::kBFloat16, {2}}}, [](size_t, float* out) {
                   out[0] = 1;
                   out[1] = -std::numeric_limits<float>::max();
                 });
               });
}

TEST_F(WriteGgufTest, AFullDiskIsOneErrorAtEveryStep) {
  const std::vector<TensorToWrite> tensors = {{"large", DType::kFloat32, {1 << 19}},
                                              {"small", DType::kFloat16, {3}}};
  const int n_calls = expect_full_disk_reported([&] {
    write_gguf(path(), {}, tensors,
               [&](size_t index, float* out) { std::fill_n(out, tensors[index].n_items(), 1.0f); });
  });
  EXPECT_GE(n_calls, 4);  // open, reserve, write, sync
}

}  // namespace
}  // namespace gpt2run
