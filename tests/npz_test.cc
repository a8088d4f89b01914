#include "loader/npz.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/npy.h"
#include "loader/bundle.h"
#include "support/damage.h"
#include "support/expect_error.h"
#include "support/memory_file.h"
#include "support/read_everything.h"
#include "support/source_values.h"
#include "support/test_data.h"
#include "support/zip_builder.h"

namespace gpt2run {
namespace {

class NpzTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_libzip()) GTEST_SKIP() << "this build has no libzip";
  }
};

std::filesystem::path fixture(const std::string& name) {
  return test_data("fixtures") / name;
}

// Every weight of fixtures/tf1, with its name; rounded where it is a matrix.
void expect_weights_of_tf1(const Npz& npz, std::vector<float> (*round)(std::vector<float>)) {
  const Bundle bundle(fixture("tf1/model.ckpt"));
  EXPECT_EQ(npz.tensors().size(), bundle.tensors().size());
  for (const TensorInfo& info : bundle.tensors()) {
    const TensorInfo& found = npz.tensors()[find_tensor(npz, info.name)];
    std::vector<int64_t> shape = info.shape;
    if (found.shape.size() == 2 && shape.size() == 3) shape.erase(shape.begin());
    EXPECT_EQ(found.shape, shape) << info.name;
    const std::vector<float> expected = round(read_tensor(bundle, info.name));
    EXPECT_EQ(read_tensor(npz, info.name), expected) << info.name;
  }
}

TEST_F(NpzTest, HoldsTheWeightsThatWereSaved) {
  expect_weights_of_tf1(Npz(fixture("npz/params.npz")), unchanged);
  expect_weights_of_tf1(Npz(fixture("npz_compressed/params.npz")), rounded_to_float16);
}

TEST_F(NpzTest, DamagedFixturesAreRefusedWithTheirCause) {
  const auto path = [](const std::string& name) { return fixture("bad") / name / "params.npz"; };
  expect_error(ErrorKind::kCorrupt, {"params.npz: zip directory", "cut off"},
               [&] { Npz npz(path("npz_truncated")); });
  const Npz flipped(path("npz_bitflip"));
  std::vector<float> values(270 * 4);
  expect_error(ErrorKind::kCorrupt, {"params.npz: member \"model/wte.npy\"", "CRC"},
               [&] { flipped.read_float32(find_tensor(flipped, "model/wte"), values.data(), {}); });
  const Npz complex(path("npz_complex"));
  const TensorInfo& wte = complex.tensors()[find_tensor(complex, "model/wte")];
  EXPECT_EQ(wte.dtype, DType::kOther);
  EXPECT_EQ(wte.dtype_text, "complex64");
  const Npz pickled(path("npz_pickled_object"));
  const TensorInfo& object = pickled.tensors()[find_tensor(pickled, "model/wte")];
  EXPECT_EQ(object.dtype, DType::kOther);
  EXPECT_EQ(object.dtype_text, "a pickled object array (never unpickled)");
}

TEST_F(NpzTest, MembersThatLeadElsewhereAreNoTensors) {
  const Npz good(fixture("bad/_good_base_npz/params.npz"));
  const Npz npz(fixture("bad/npz_path_traversal/params.npz"));
  ASSERT_EQ(npz.tensors().size(), good.tensors().size());
  for (const TensorInfo& info : good.tensors()) {
    EXPECT_EQ(read_tensor(npz, info.name), read_tensor(good, info.name)) << info.name;
  }
}

TEST_F(NpzTest, ReadsFloatsAndListsTheOthers) {
  const double third = 1.0 / 3;
  const std::string f8(reinterpret_cast<const char*>(&third), 8);
  std::string fortran = npy_header("<f4", {2, 2});
  fortran.replace(fortran.find("False"), 5, "True ");
  std::string records = npy_header("<f4", {1});
  records.replace(records.find("'<f4'"), 5, "[()] ");
  const float values[4] = {1, 2, 3, 4};
  const char* bytes = reinterpret_cast<const char*>(values);
  MemoryFile file;
  file.write(build_zip({{"f8.npy", npy_header("<f8", {}) + f8},
                        {"i8.npy", npy_header("<i8", {2}) + std::string(16, '\0')},
                        {"big.npy", npy_header(">f4", {1}) + std::string(4, '\0')},
                        {"text.npy", npy_header("<U2", {1}) + std::string(8, '\0')},
                        {"none.npy", npy_header("<f4", {0, 7})},
                        {"fortran.npy", fortran + std::string(bytes, 16)},
                        {"records.npy", records + std::string(4, '\0')},
                        {"notes.txt", "no array"}}));
  const Npz npz(file.path());
  ASSERT_EQ(npz.tensors().size(), 7u);
  EXPECT_EQ(read_tensor(npz, "f8"), std::vector<float>{static_cast<float>(third)});
  EXPECT_TRUE(read_tensor(npz, "none").empty());
  EXPECT_EQ(read_tensor(npz, "fortran"), (std::vector<float>{1, 3, 2, 4}));
  EXPECT_EQ(npz.tensors()[find_tensor(npz, "i8")].dtype, DType::kInt64);
  const std::pair<std::string, std::string> listed[] = {
      {"big", "big-endian"}, {"text", "<U2"}, {"records", "records"}};
  for (const auto& [name, text] : listed) {
    const TensorInfo& info = npz.tensors()[find_tensor(npz, name)];
    EXPECT_EQ(info.dtype, DType::kOther) << name;
    EXPECT_NE(info.dtype_text.find(text), std::string::npos) << info.dtype_text;
  }
}

TEST_F(NpzTest, HostileArraysAreRefused) {
  const auto with = [](const std::string& header, const std::string& from, const std::string& to) {
    std::string text = header;
    return text.replace(text.find(from), from.size(), to);
  };
  const std::string header = npy_header("<f4", {3});
  const std::pair<std::string, std::string> cases[] = {
      {"", "early"},
      {"\x93NUMPY\x09", "early"},
      {"not an array at all", "expected a .npy file"},
      {with(header, "\x93NUMPY\x01", "\x93NUMPY\x07"), "version"},
      {header.substr(0, 40), "early"},
      {header + "1234", "found 4 bytes"},
      {npy_header("<f4", {1LL << 40, 1LL << 40}), "below 2^63"},
      {npy_header("<f4", {1LL << 40, 1LL << 22}), "<f4"},
      {with(header, "(3,)", "(-3)"), "no valid shape"},
      {with(header, "descr", "dtype"), "names no dtype"},
  };
  MemoryFile file;
  for (const auto& [bytes, text] : cases) {
    file.write(build_zip({{"a.npy", bytes}}));
    expect_error(ErrorKind::kCorrupt, {"member \"a.npy\"", text}, [&] { Npz npz(file.path()); });
  }
  file.write(build_zip({{"a.npy", header + "123412341234"}, {"a.npy", header + "123412341234"}}));
  expect_error(ErrorKind::kCorrupt, {"stands twice"}, [&] { Npz npz(file.path()); });
  file.write(build_zip({{".npy", header + "123412341234"}}));
  expect_error(ErrorKind::kCorrupt, {"name"}, [&] { Npz npz(file.path()); });
}

TEST_F(NpzTest, EveryFlipAndTruncationIsATypedErrorOrSomeValues) {
  const std::string good = read_bytes(fixture("bad/_good_base_npz/params.npz"));
  EXPECT_GT(with_every_byte_flipped(good, open_and_read_everything<Npz>, 2).n_refused, 4000u);
  EXPECT_EQ(with_every_truncation(good, open_and_read_everything<Npz>).n_read, 0u);
}

TEST(IsNpz, TellsByTheFirstMember) {
  EXPECT_TRUE(is_npz(InputFile(fixture("npz/params.npz"))));
  EXPECT_TRUE(is_npz(InputFile(fixture("bad/npz_truncated/params.npz"))));
  EXPECT_FALSE(is_npz(InputFile(fixture("hf_bin/pytorch_model.bin"))));
  EXPECT_FALSE(is_npz(InputFile(fixture("tf1/model.ckpt.index"))));
}

}  // namespace
}  // namespace gpt2run
