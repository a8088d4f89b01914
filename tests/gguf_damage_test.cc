#include <gtest/gtest.h>

#include "loader/gguf.h"
#include "support/damage.h"
#include "support/expect_error.h"
#include "support/gguf_builder.h"
#include "support/read_everything.h"
#include "support/source_values.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

void expect_refused(ErrorKind kind, std::initializer_list<std::string> texts,
                    const std::string& bytes) {
  MemoryFile file;
  file.write(bytes);
  expect_error(kind, texts, [&] { GgufFile{file.path()}; });
}

constexpr auto read_all = open_and_read_everything<GgufFile>;

TEST(GgufDamage, TensorsLieApartAndInside) {
  using B = GgufBuilder;
  expect_refused(ErrorKind::kCorrupt, {"\"t\"", "multiple of 32", "found 8"},
                 B().add({"t", {8}, 0, 8}).bytes());
  expect_refused(ErrorKind::kCorrupt, {"\"t\"", "as its header says", "32 are missing"},
                 B().add({"t", {8}, 0, 64}).bytes());
  expect_refused(ErrorKind::kCorrupt, {"\"t\"", "an offset inside the file"},
                 B().add({"t", {8}, 0, ~uint64_t{31}}).bytes());
  expect_refused(ErrorKind::kCorrupt, {"\"b\"", "overlap those of \"a\""},
                 B().add({"b", {8}, 0, 32}).add({"a", {16}, 0, 0}).bytes());
  expect_refused(ErrorKind::kCorrupt, {"\"t\"", "stands twice"},
                 B().add({"t", {8}, 0, 0}).add({"t", {8}, 0, 32}).bytes());
}

TEST(GgufDamage, ShapesAndTypesAreChecked) {
  using B = GgufBuilder;
  expect_refused(ErrorKind::kCorrupt, {"more than 2^63 bytes"},
                 B().add({"t", {uint64_t{1} << 40, uint64_t{1} << 30}, 0, 0}).bytes());
  expect_refused(ErrorKind::kCorrupt, {"from 0 to 2^63, found [-1]"},
                 B().add({"t", {~uint64_t{0}}, 0, 0}).bytes());
  expect_refused(ErrorKind::kCorrupt, {"at most 4 dimensions, found 5"},
                 B().add({"t", {1, 1, 1, 1, 1}, 0, 0}).bytes());
  expect_refused(ErrorKind::kCorrupt, {"whole blocks of 256 items for Q4_K", "[2, 128]"},
                 B().add({"t", {128, 2}, 12, 0}).bytes());
  for (const uint32_t type : {4u, 31u, 200u}) {
    expect_refused(ErrorKind::kUnsupported, {"ggml's type " + std::to_string(type)},
                   B().add({"t", {32}, type, 0}).bytes());
  }
  expect_refused(ErrorKind::kCorrupt, {"control characters"}, B().add({"a\nb", {8}, 0, 0}).bytes());
  expect_refused(ErrorKind::kCorrupt, {"empty"}, B().add({"", {8}, 0, 0}).bytes());
}

TEST(GgufDamage, KeyValuesAreBoundedByTheFile) {
  using B = GgufBuilder;
  const auto array = [](uint32_t type, uint64_t n) {
    return little_endian(type) + little_endian(n);
  };
  expect_refused(ErrorKind::kCorrupt, {"\"k\"", "bytes left, found 1152921504606846976 items"},
                 B().key("k", 9, array(8, uint64_t{1} << 60)).bytes());
  expect_refused(ErrorKind::kCorrupt, {"\"k\"", "array's type from 0 to 12, found 13"},
                 B().key("k", 9, array(13, 1)).bytes());
  expect_refused(ErrorKind::kCorrupt, {"\"k\"", "value's type from 0 to 12, found 99"},
                 B().key("k", 99, "").bytes());
  expect_refused(ErrorKind::kCorrupt, {"\"k\"", "bool of 0 or 1, found 2"},
                 B().key("k", 7, "\2").bytes());
  expect_refused(ErrorKind::kCorrupt, {"\"k\"", "stands twice"},
                 B().key("k", 7, "\1").key("k", 7, "\1").bytes());
  std::string nested;
  for (int depth = 0; depth < 1000; ++depth) nested += array(9, 1);
  expect_refused(ErrorKind::kUnsupported, {"nested at most 4 deep"},
                 B().key("k", 9, nested).bytes());
  expect_refused(
      ErrorKind::kUnsupported, {"at most 16777216 values"},
      B().key("k", 9, array(0, (1 << 24) + 1) + std::string((1 << 24) + 1, 'x')).bytes());
}

TEST(GgufDamage, OtherVersionsAreNamed) {
  const auto of_version = [](uint32_t version) {
    GgufBuilder builder;
    builder.version = version;
    return builder.bytes();
  };
  expect_refused(ErrorKind::kUnsupported, {"version 1"}, of_version(1));
  expect_refused(ErrorKind::kUnsupported, {"version 4"}, of_version(4));
  expect_refused(ErrorKind::kUnsupported, {"big-endian"}, of_version(0x03000000));
  MemoryFile file;
  file.write(of_version(2));
  EXPECT_TRUE(GgufFile(file.path()).tensors().empty());
  EXPECT_TRUE(is_gguf(InputFile(file.path())));
  EXPECT_FALSE(is_gguf(InputFile(test_data("fixtures/tf1/model.ckpt.index"))));
}

TEST(GgufDamage, DamageIsNamed) {
  const auto expect_fixture_refused = [](ErrorKind kind, const std::string& folder,
                                         std::initializer_list<std::string> texts) {
    const auto path = test_data("fixtures/bad/" + folder + "/model-f32.gguf");
    expect_error(kind, texts, [&] { GgufFile{path}; });
  };
  read_all(test_data("fixtures/bad/_good_base_gguf/model-f32.gguf"));
  expect_fixture_refused(ErrorKind::kCorrupt, "gguf_tensor_count_huge", {"number of tensors"});
  expect_fixture_refused(ErrorKind::kCorrupt, "gguf_kv_count_huge", {"number of key-values"});
  expect_fixture_refused(ErrorKind::kCorrupt, "gguf_string_len_huge", {"bytes for a key"});
  expect_fixture_refused(ErrorKind::kUnsupported, "gguf_version_99", {"version 99"});
  expect_fixture_refused(ErrorKind::kCorrupt, "gguf_truncated", {"is cut off"});
  expect_fixture_refused(ErrorKind::kCorrupt, "gguf_offset_past_end", {"output_norm.weight"});
  expect_fixture_refused(ErrorKind::kCorrupt, "gguf_dims_huge", {"more than 2^63 bytes"});
  expect_fixture_refused(ErrorKind::kCorrupt, "gguf_ndims_huge", {"found 4000000000"});
}

TEST(GgufDamage, NoDamageDoesMoreThanAnErrorOrOtherValues) {
  for (const char* name :
       {"gguf_types/small.gguf", "fixtures/bad/_good_base_gguf/model-f32.gguf"}) {
    const std::string good = read_bytes(test_data(name));
    const size_t step = good.size() > 4096 ? 7 : 1;
    const DamageCounts truncated = with_every_truncation(good, read_all, step);
    EXPECT_LE(truncated.n_read, 64u) << name;  // those that lack only padding
    const DamageCounts flipped = with_every_byte_flipped(good, read_all, step);
    EXPECT_GT(flipped.n_refused, 100u) << name;
    EXPECT_GT(flipped.n_read, 100u) << name;
  }
}

}  // namespace
}  // namespace gpt2run
