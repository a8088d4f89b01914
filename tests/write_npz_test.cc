#include "loader/write_npz.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "base/npy.h"
#include "loader/npz.h"
#include "support/expect_error.h"
#include "support/failing_disk.h"
#include "support/source_values.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

class WriteNpzTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_libzip()) GTEST_SKIP() << "this build has no libzip";
  }
  std::filesystem::path path() const { return folder_.path() / "a.npz"; }

  TemporaryFolder folder_;
};

// The arrays of an .npz as tensors to write.
std::vector<TensorToWrite> tensors_of(const Npz& npz) {
  std::vector<TensorToWrite> tensors;
  for (const TensorInfo& info : npz.tensors()) {
    tensors.push_back({info.name, info.dtype, info.shape});
  }
  return tensors;
}

ReadTensor reader_of(const Npz& npz) {
  return [&npz](size_t index, float* out) { npz.read_float32(index, out, {}); };
}

// The members of an archive, by name, as the bytes of their own files.
std::vector<std::pair<std::string, std::string>> members_of(const std::filesystem::path& path) {
  const ZipArchive archive(path);
  std::vector<std::pair<std::string, std::string>> members;
  for (size_t i = 0; i < archive.members().size(); ++i) {
    EXPECT_TRUE(archive.members()[i].is_stored);
    members.emplace_back(archive.members()[i].name, archive.read(i, 1 << 20));
  }
  return members;
}

TEST_F(WriteNpzTest, MembersAreNumPysByteForByte) {
  const auto fixture = test_data("fixtures/npz/params.npz");
  const Npz npz(fixture);
  write_npz(path(), tensors_of(npz), reader_of(npz));
  EXPECT_EQ(members_of(path()), members_of(fixture));
}

TEST_F(WriteNpzTest, WritesTheSameBytesAgain) {
  const Npz npz(test_data("fixtures/npz/params.npz"));
  write_npz(path(), tensors_of(npz), reader_of(npz));
  const std::string first = read_bytes(path());
  write_npz(folder_.path() / "again.npz", tensors_of(npz), reader_of(npz));
  EXPECT_EQ(read_bytes(folder_.path() / "again.npz"), first);
  // Modified at 00:00 on 1980-01-01: what NumPy writes too.
  EXPECT_EQ(first.substr(10, 4), std::string("\0\0\x21\0", 4));
}

TEST_F(WriteNpzTest, RoundsToFloat16) {
  const std::vector<float> values = {1.0f, 1.0f + 0x1p-11f, -65504.0f, 0x1p-24f};
  write_npz(path(), {{"a/b", DType::kFloat16, {2, 2}}},
            [&](size_t, float* out) { std::copy(values.begin(), values.end(), out); });
  const Npz npz(path());
  EXPECT_EQ(npz.tensors()[0].dtype, DType::kFloat16);
  EXPECT_EQ(npz.tensors()[0].shape, (std::vector<int64_t>{2, 2}));
  EXPECT_EQ(read_tensor(npz, "a/b"), (std::vector<float>{1.0f, 1.0f, -65504.0f, 0x1p-24f}));
}

TEST_F(WriteNpzTest, WritesAScalarAnEmptyArrayAndOneOfManyPieces) {
  const std::vector<TensorToWrite> tensors = {{"scalar", DType::kFloat32, {}},
                                              {"empty", DType::kFloat32, {0, 5}},
                                              {"long", DType::kFloat16, {3, 11111}}};
  write_npz(path(), tensors, [&](size_t index, float* out) {
    for (size_t i = 0; i < tensors[index].n_items(); ++i) out[i] = static_cast<float>(i % 1000);
  });
  const Npz npz(path());
  ASSERT_EQ(npz.tensors().size(), 3u);
  EXPECT_EQ(npz.tensors()[0].shape, std::vector<int64_t>{});
  EXPECT_EQ(npz.tensors()[1].shape, (std::vector<int64_t>{0, 5}));
  const std::vector<float> values = read_tensor(npz, "long");
  for (size_t i = 0; i < values.size(); ++i) ASSERT_EQ(values[i], static_cast<float>(i % 1000));
}

TEST_F(WriteNpzTest, RefusesWhatNumPyOrFloat16CannotHold) {
  const auto ones = [](size_t, float* out) { *out = 1; };
  expect_error(ErrorKind::kUnsupported, {"a.npz: tensor \"w\"", "found bfloat16", "NumPy"}, [&] {
    write_npz(path(), {{"w", DType::kBFloat16, {1}}}, ones);
  });
  expect_error(
      ErrorKind::kUnsupported,
      {"a.npz: tensor \"w\"", "float16 can hold", "found 70000 at index 0", "bfloat16 or float32"},
      [&] {
        write_npz(path(), {{"w", DType::kFloat16, {1}}}, [](size_t, float* out) { *out = 70000; });
      });
}

TEST_F(WriteNpzTest, AFailedReadComesThrough) {
  const auto failing = [](size_t, float*) { throw std::out_of_range("the source"); };
  EXPECT_THROW(write_npz(path(), {{"w", DType::kFloat32, {1}}}, failing), std::out_of_range);
}

TEST_F(WriteNpzTest, AFullDiskIsOneErrorAtEveryStep) {
  const std::vector<TensorToWrite> tensors = {{"large", DType::kFloat32, {1 << 19}},
                                              {"small", DType::kFloat16, {3}}};
  const int n_calls = expect_full_disk_reported([&] {
    write_npz(path(), tensors,
              [&](size_t index, float* out) { std::fill_n(out, tensors[index].n_items(), 1.0f); });
  });
  EXPECT_GE(n_calls, 4);  // open, reserve, write, sync
}

}  // namespace
}  // namespace gpt2run
