#include "loader/hdf5_file.h"

#include <gtest/gtest.h>

#include <numeric>

#include "loader/hdf5_superblock.h"
#include "loader/hdf5_tree.h"
#include "support/damage.h"
#include "support/expect_error.h"
#include "support/read_everything.h"
#include "support/source_values.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

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

TEST(Hdf5File, ReadsEveryTypeInOldAndNewFormats) {
  for (const char* name : {"hdf5/old.h5", "hdf5/new.h5"}) {
    const Hdf5File file(test_data(name));
    for (const char* dataset :
         {"float32", "group/float64", "group/float16", "compact", "group/again"}) {
      EXPECT_EQ(read_tensor(file, dataset), eighths()) << name << " " << dataset;
      EXPECT_EQ(file.tensors()[find_tensor(file, dataset)].shape, (std::vector<int64_t>{4, 15}));
    }
    EXPECT_EQ(read_tensor(file, "scalar"), std::vector<float>{2.5f});
    const auto info = [&](const char* dataset) {
      return file.tensors()[find_tensor(file, dataset)];
    };
    EXPECT_EQ(info("group/float16").dtype, DType::kFloat16);
    EXPECT_EQ(info("group/float64").dtype, DType::kFloat64);
    EXPECT_EQ(info("group/inner/int32").dtype, DType::kInt32);
    EXPECT_EQ(info("group/inner/int64").dtype, DType::kInt64);
    EXPECT_EQ(info("group/inner/uint8").dtype, DType::kOther);
    EXPECT_EQ(info("big_endian").dtype, DType::kOther);
    EXPECT_EQ(info("text").dtype, DType::kString);
    EXPECT_EQ(info("null").n_items(), 0u);
    EXPECT_EQ(file.metadata(), (nlohmann::json{{"backend", "tensorflow"},
                                               {"keras_version", "padded"},
                                               {"weight_names", {"a", "bcd"}},
                                               {"layer_names", {"wte", "h_._0"}}}));
  }
  EXPECT_EQ(Hdf5File(test_data("hdf5/new.h5")).tensors().size(), 12u);
  EXPECT_EQ(Hdf5File(test_data("hdf5/old.h5")).tensors().size(), 17u);
}

TEST(Hdf5File, ReadsChunksAndUndoesTheirFilters) {
  const Hdf5File file(test_data("hdf5/old.h5"));
  for (const char* dataset : {"gzip", "gzip_float16", "chunked"}) {
    EXPECT_EQ(read_tensor(file, dataset), eighths()) << dataset;
  }
  EXPECT_EQ(file.tensors()[find_tensor(file, "gzip_float16")].dtype, DType::kFloat16);
  EXPECT_EQ(read_tensor(file, "odd"), (std::vector<float>{0, 1, 2}));
  std::vector<float> many(300);
  std::iota(many.begin(), many.end(), 0.0f);
  EXPECT_EQ(read_tensor(file, "many"), many);  // a tree of two levels
}

TEST(Hdf5File, ReadsAGroupWhoseTreeHasTwoLevels) {
  const Hdf5File file(test_data("hdf5/many_links.h5"));
  ASSERT_EQ(file.tensors().size(), 401u);
  EXPECT_EQ(read_tensor(file, "x399"), (std::vector<float>{0, 1, 2, 3}));
  EXPECT_EQ(file.place(find_tensor(file, "x7"))->offset, file.place(0)->offset);
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

TEST(Hdf5File, WhatOnlyLaterFormatsHaveIsNamed) {
  const auto expect_refused = [](const std::string& name,
                                 std::initializer_list<std::string> texts) {
    expect_error(ErrorKind::kUnsupported, texts,
                 [&] { Hdf5File{test_data("hdf5/" + name + ".h5")}; });
  };
  expect_refused("new_chunks", {"dataset \"x\"", "HDF5 1.10's indexes", "without libver"});
  expect_refused("dense_links", {"group \"/\"", "fractal heap", "without libver"});
  expect_refused("committed_type", {"dataset \"x\"", "type elsewhere in the file"});
}

TEST(Hdf5File, OtherFiltersAndDataThatIsNotThereAreNamed) {
  expect_error(ErrorKind::kUnsupported, {"dataset \"x\"", "filter 32000 \"lzf\""},
               [] { Hdf5File{test_data("hdf5/lzf.h5")}; });
  expect_error(ErrorKind::kCorrupt,
               {"dataset \"x\"", "expected 10 chunks, found 1", "never finished"},
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

// The bytes of old.h5 with one bit of a dataset's first chunk changed, at a byte of it.
std::string with_damaged_chunk(const std::string& dataset, size_t byte) {
  std::string bytes = read_bytes(test_data("hdf5/old.h5"));
  const InputFile file(test_data("hdf5/old.h5"));
  Hdf5Input input(file, 0);
  for (const Hdf5Dataset& found :
       list_hdf5_datasets(input, read_hdf5_object(input, read_hdf5_superblock(input)))) {
    if (found.info.name == dataset) bytes[found.chunks.at(0).offset + byte] ^= 0x10;
  }
  return bytes;
}

TEST(Hdf5File, DamagedChunksFailTheirChecksums) {
  const auto expect_refused = [](const std::string& dataset, size_t byte,
                                 const std::string& reason) {
    MemoryFile memory;
    memory.write(with_damaged_chunk(dataset, byte));
    const Hdf5File file(memory.path());
    const size_t index = find_tensor(file, dataset);
    const std::initializer_list<std::string> texts = {"dataset \"" + dataset + "\" at byte",
                                                      "cannot be read", reason};
    expect_error(ErrorKind::kCorrupt, texts, [&] { read_tensor(file, index); });
    expect_error(ErrorKind::kCorrupt, texts, [&] { file.check(index); });
  };
  expect_refused("gzip", 5, "fletcher32");
  expect_refused("gzip_float16", 0, "do not unpack");
  expect_refused("gzip_float16", 30, "do not unpack");
}

TEST(Hdf5File, NoDamageDoesMoreThanAnErrorOrOtherValues) {
  for (const char* name : {"hdf5/small.h5", "hdf5/new.h5"}) {
    const std::string good = read_bytes(test_data(name));
    EXPECT_EQ(with_every_truncation(good, open_and_read_everything<Hdf5File>, 31).n_read, 0u);
    const DamageCounts flipped =
        with_every_byte_flipped(good, open_and_read_everything<Hdf5File>, 3);
    EXPECT_GT(flipped.n_refused, 200u) << name;
    EXPECT_GT(flipped.n_read, 500u) << name;
  }
  const std::string old = read_bytes(test_data("hdf5/old.h5"));
  EXPECT_GT(with_every_byte_flipped(old, open_and_read_everything<Hdf5File>, 25).n_refused, 100u);
}

TEST(Hdf5File, ItIsKnownByItsSignature) {
  EXPECT_TRUE(is_hdf5(InputFile(test_data("fixtures/hf_h5/tf_model.h5"))));
  EXPECT_FALSE(is_hdf5(InputFile(test_data("fixtures/bad/h5_not_hdf5/tf_model.h5"))));
  EXPECT_FALSE(is_hdf5(InputFile(test_data("fixtures/tf1/checkpoint"))));
}

}  // namespace
}  // namespace gpt2run
