#include "loader/hdf5_file.h"

#include <gtest/gtest.h>

#include "support/damage.h"
#include "support/expect_error.h"
#include "support/source_values.h"
#include "support/test_data.h"

// What HDF5's library itself does not free as it refuses a damaged file.
extern "C" const char* __lsan_default_suppressions();  // NOLINT: the sanitizer's name
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libhdf5";
}

namespace gpt2run {
namespace {

#ifdef GPT2RUN_HAVE_HDF5

std::vector<float> eighths() {
  std::vector<float> values(60);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i) / 8;
  return values;
}

std::string path_of(std::string openai) {
  const std::pair<const char*, const char*> parts[] = {
      {"model/", ""},           {"h0/", "h_._0/"},        {"h1/", "h_._1/"},
      {"ln_1/g", "ln_1/gamma"}, {"ln_1/b", "ln_1/beta"},  {"ln_2/g", "ln_2/gamma"},
      {"ln_2/b", "ln_2/beta"},  {"ln_f/g", "ln_f/gamma"}, {"ln_f/b", "ln_f/beta"},
  };
  for (const auto& [from, to] : parts) {
    const size_t at = openai.find(from);
    if (at != std::string::npos) openai.replace(at, std::string_view(from).size(), to);
  }
  if (openai == "wte" || openai == "wpe") openai += "/embeddings";
  if (openai.ends_with("/w")) openai.replace(openai.size() - 1, 1, "weight");
  if (openai.ends_with("/b")) openai.replace(openai.size() - 1, 1, "bias");
  return "transformer/tfgpt2lm_head_model/transformer/" + openai + ":0";
}

TEST(Hdf5File, ReadsWhatHuggingFaceSaved) {
  const Hdf5File file(test_data("fixtures/hf_h5/tf_model.h5"));
  EXPECT_EQ(file.tensors().size(), tf1_weights().size());
  for (const auto& [name, values] : tf1_weights()) {
    EXPECT_EQ(read_tensor(file, path_of(name)), values) << name;
  }
  const TensorInfo& c_attn = file.tensors()[find_tensor(file, path_of("model/h0/attn/c_attn/w"))];
  EXPECT_EQ(c_attn.shape, (std::vector<int64_t>{48, 144}));
  EXPECT_EQ(c_attn.n_bytes, 48u * 144 * 4);
  EXPECT_EQ(file.metadata(), (nlohmann::json{{"backend", "tensorflow"},
                                             {"keras_version", "2.21.0"},
                                             {"layer_names", {"transformer"}}}));
}

TEST(Hdf5File, ReadsEveryLayoutAndType) {
  for (const char* name : {"hdf5/old.h5", "hdf5/new.h5"}) {
    const Hdf5File file(test_data(name));
    for (const char* dataset : {"float32", "group/float64", "group/float16", "gzip", "gzip_float16",
                                "chunked", "compact", "group/again"}) {
      EXPECT_EQ(read_tensor(file, dataset), eighths()) << name << " " << dataset;
      EXPECT_EQ(file.tensors()[find_tensor(file, dataset)].shape, (std::vector<int64_t>{4, 15}));
    }
    EXPECT_EQ(read_tensor(file, "scalar"), std::vector<float>{2.5f});
    const auto info = [&](const char* dataset) {
      return file.tensors()[find_tensor(file, dataset)];
    };
    EXPECT_EQ(info("group/float16").dtype, DType::kFloat16);
    EXPECT_EQ(info("gzip_float16").dtype, DType::kFloat16);
    EXPECT_EQ(info("group/float64").dtype, DType::kFloat64);
    EXPECT_EQ(info("group/inner/int32").dtype, DType::kInt32);
    EXPECT_EQ(info("group/inner/int64").dtype, DType::kInt64);
    EXPECT_EQ(info("group/inner/uint8").dtype, DType::kOther);
    EXPECT_EQ(info("big_endian").dtype, DType::kOther);
    EXPECT_EQ(info("text").dtype, DType::kString);
    EXPECT_EQ(info("null").n_items(), 0u);
    EXPECT_EQ(file.tensors().size(), 15u) << name;
    EXPECT_EQ(file.metadata(), (nlohmann::json{{"backend", "tensorflow"},
                                               {"keras_version", "padded"},
                                               {"weight_names", {"a", "bcd"}},
                                               {"layer_names", {"wte", "h_._0"}}}));
  }
}

TEST(Hdf5File, AUserBlockBeforeItIsPassedOver) {
  const auto path = test_data("hdf5/user_block.h5");
  EXPECT_TRUE(is_hdf5(InputFile(path)));
  EXPECT_EQ(read_tensor(Hdf5File(path), "x"), (std::vector<float>{0, 1, 2, 3}));
}

TEST(Hdf5File, NothingLeadsOutOfTheFile) {
  const auto expect_refused = [](ErrorKind kind, const std::string& name,
                                 std::initializer_list<std::string> texts) {
    expect_error(kind, texts, [&] { Hdf5File{test_data("hdf5/" + name + ".h5")}; });
  };
  expect_refused(ErrorKind::kUnsupported, "soft_link", {"link \"x\"", "a soft link"});
  expect_refused(ErrorKind::kUnsupported, "external_link", {"link \"x\"", "to another file"});
  expect_refused(ErrorKind::kUnsupported, "external_storage", {"dataset \"x\"", "other files"});
  expect_refused(ErrorKind::kUnsupported, "virtual", {"dataset \"x\"", "other files"});
}

TEST(Hdf5File, OtherFiltersAndDataThatIsNotThereAreNamed) {
  expect_error(ErrorKind::kUnsupported, {"dataset \"x\"", "filter 32000 \"lzf\""},
               [] { Hdf5File{test_data("hdf5/lzf.h5")}; });
  expect_error(ErrorKind::kCorrupt, {"dataset \"x\"", "stored"},
               [] { Hdf5File{test_data("hdf5/chunk_missing.h5")}; });
  expect_error(ErrorKind::kCorrupt, {"dataset \"x\"", "never written"},
               [] { Hdf5File{test_data("hdf5/never_written.h5")}; });
}

TEST(Hdf5File, DamageIsNamed) {
  expect_error(ErrorKind::kCorrupt, {"expected at least 47688 bytes", "23844 are missing"},
               [] { Hdf5File{test_data("fixtures/bad/h5_truncated/tf_model.h5")}; });
  expect_error(ErrorKind::kCorrupt, {"HDF5's signature"},
               [] { Hdf5File{test_data("fixtures/bad/h5_not_hdf5/tf_model.h5")}; });
  expect_error(ErrorKind::kNotFound, {"none.h5"}, [] { Hdf5File{"none.h5"}; });
}

TEST(Hdf5File, DamagedChunksFailTheirChecksum) {
  std::string bytes = read_bytes(test_data("hdf5/new.h5"));
  // The chunks of "gzip" start with zlib's header.
  const size_t at =
      bytes.find("\x78\x5e") != std::string::npos ? bytes.find("\x78\x5e") : bytes.find("\x78\x01");
  ASSERT_NE(at, std::string::npos);
  bytes[at + 5] ^= 0x10;
  const TemporaryFolder folder;
  write_bytes(folder.path() / "x.h5", bytes);
  const Hdf5File file(folder.path() / "x.h5");
  expect_error(ErrorKind::kCorrupt, {"x.h5: dataset \"gzip", "cannot be read"}, [&] {
    for (size_t i = 0; i < file.tensors().size(); ++i) {
      if (file.tensors()[i].name.starts_with("gzip")) read_tensor(file, i);
    }
  });
}

void read_all(const std::filesystem::path& path) {
  const Hdf5File file(path);
  for (size_t i = 0; i < file.tensors().size(); ++i) {
    const TensorInfo& tensor = file.tensors()[i];
    if (tensor.dtype == DType::kFloat32 && tensor.n_items() < 100'000) read_tensor(file, i);
  }
}

// A part of what FORMATS.md tells of: the whole would meet the library's own crash.
TEST(Hdf5File, NoDamageDoesMoreThanAnErrorOrOtherValues) {
  const std::string good = read_bytes(test_data("hdf5/small.h5"));
  const DamageCounts truncated = with_every_truncation<DiskFile>(good, read_all, 331);
  EXPECT_EQ(truncated.n_read, 0u);
  const DamageCounts flipped = with_every_byte_flipped<DiskFile>(good, read_all, 35);
  EXPECT_GT(flipped.n_refused, 10u);
  EXPECT_GT(flipped.n_read, 100u);
}

#else

TEST(Hdf5File, WithoutTheLibraryTheFormatIsNamed) {
  expect_error(ErrorKind::kUnsupported, {"is an HDF5 file", "built without HDF5"},
               [] { Hdf5File{test_data("fixtures/hf_h5/tf_model.h5")}; });
}

#endif

TEST(Hdf5File, ItIsKnownByItsSignature) {
  EXPECT_TRUE(is_hdf5(InputFile(test_data("fixtures/hf_h5/tf_model.h5"))));
  EXPECT_FALSE(is_hdf5(InputFile(test_data("fixtures/bad/h5_not_hdf5/tf_model.h5"))));
  EXPECT_FALSE(is_hdf5(InputFile(test_data("fixtures/tf1/checkpoint"))));
}

}  // namespace
}  // namespace gpt2run
