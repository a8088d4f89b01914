// What the fuzzers of fuzz/ run, by an ordinary test: on good files, and on all that they found.
#include <gtest/gtest.h>

#include <map>
#include <stdexcept>

#include "base/error.h"
#include "fuzz/support/repair.h"
#include "fuzz/targets.h"
#include "loader/zip_archive.h"
#include "support/bundle_builder.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

const FuzzTarget& target_of(const std::string& name) {
  for (const FuzzTarget& target : fuzz_targets()) {
    if (target.name == name) return target;
  }
  throw std::logic_error("no target " + name);
}

std::string two_files(const std::string& first, const std::string& second) {
  const auto n = static_cast<uint32_t>(first.size());
  return std::string(reinterpret_cast<const char*>(&n), sizeof(n)) + first + second;
}

std::string data(const std::string& name) {
  return read_bytes(test_data(name));
}

bool is_read(const FuzzTarget& target, const std::string& bytes) {
  try {
    target.read(bytes);
    return true;
  } catch (const InputError&) {
    return false;
  }
}

TEST(FuzzTargets, EachReadsAGoodFileAndRefusesRubbish) {
  const std::string base = "fixtures/bad/_good_base_";
  const std::string index = data(base + "tf1/model.ckpt.index");
  const std::string shard = "{\"weight_map\":{\"transformer.wte.weight\":\"model.safetensors\"}}";
  std::map<std::string, std::string> good = {
      {"bundle", two_files(index, data(base + "tf1/model.ckpt.data-00000-of-00001"))},
      {"bundle_index", index},
      {"checkpoint", data(base + "gguf/model-f32.gguf")},
      {"config", data("fixtures/hf_bin/config.json")},
      {"gguf", data("gguf_types/small.gguf")},
      {"ggml_legacy", data("fixtures/ggml/ggml-model-f16.bin")},
      {"hdf5", data("hdf5/small.h5")},
      {"llmc", data(base + "llmc/model.bin")},
      {"llmc_tokenizer", data("fixtures/llmc/gpt2_tokenizer.bin")},
      {"name_map", R"({"rules": [{"source": "a", "target": "model/wte"}]})"},
      {"npy", data(base + "tf1/ids_0.npy")},
      {"npz", data(base + "npz/params.npz")},
      {"safetensors", data(base + "safetensors/model.safetensors")},
      {"safetensors_set", two_files(shard, data(base + "safetensors/model.safetensors"))},
      {"state_file", data("fixtures/tf1/checkpoint")},
      {"tf_v1", data("fixtures/tf1_v1format/model.ckpt")},
      {"tokenizer_json", data("fixtures/hf_safetensors_bf16/tokenizer.json")},
      {"torch", data("torch/views_2.pt")},
      {"torch_legacy", data("torch/views_legacy.pt")},
      {"vocabulary", two_files(data("fixtures/tf1/encoder.json"), data("fixtures/tf1/vocab.bpe"))},
  };
  for (const FuzzTarget& target : fuzz_targets()) {
    ASSERT_EQ(good.count(target.name), 1u) << target.name << " needs a good file here";
    const bool is_zip =
        std::string_view(target.name) == "npz" || target.name == std::string("torch");
    EXPECT_TRUE(is_read(target, good[target.name]) || (is_zip && !has_libzip())) << target.name;
    EXPECT_FALSE(is_read(target, "rubbish")) << target.name;
    EXPECT_FALSE(is_read(target, "")) << target.name;
  }
}

TEST(FuzzTargets, ChecksumsOfGoodFilesAreRightAlready) {
  const std::string zip = data("torch/views_2.pt"), table = data("fixtures/tf1/model.ckpt.index");
  std::string repaired = zip;
  repair_zip(repaired);
  EXPECT_EQ(repaired, zip);
  repaired = table;
  repair_table(repaired);
  EXPECT_EQ(repaired, table);
  const std::string hdf5 = data("hdf5/new.h5");
  repaired = hdf5;
  repair_hdf5(repaired);
  EXPECT_EQ(repaired, hdf5);
  repaired = two_files(table, "data");
  repair_first_table(repaired);
  EXPECT_EQ(repaired, two_files(table, "data"));
}

TEST(FuzzTargets, RepairedChecksumsLetDamageThrough) {
  TableBuilder builder;
  const std::string good = builder.build({{"", proto_number(1, 1)}, {"name", "value"}});
  std::string damaged = good;
  damaged[good.find("value")] = 'V';
  const FuzzTarget& index = target_of("bundle_index");
  const auto error_of = [&](const std::string& bytes) -> std::string {
    try {
      index.read(bytes);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_NE(error_of(damaged).find("checksum"), std::string::npos);
  repair_table(damaged);
  EXPECT_NE(error_of(damaged).find("entry \"name\""), std::string::npos) << error_of(damaged);

  std::string hdf5 = data("hdf5/new.h5");
  hdf5[hdf5.find("float64")] = 'F';
  EXPECT_FALSE(is_read(target_of("hdf5"), hdf5));
  repair_hdf5(hdf5);
  EXPECT_TRUE(is_read(target_of("hdf5"), hdf5));

  if (!has_libzip()) return;
  std::string zip = data("torch/views_2.pt");
  const size_t at = zip.find("nested");
  ASSERT_NE(at, std::string::npos);
  zip[at] = 'N';
  EXPECT_FALSE(is_read(target_of("torch"), zip));
  repair_zip(zip);
  EXPECT_TRUE(is_read(target_of("torch"), zip));
}

TEST(FuzzTargets, WhatFuzzersFoundIsNowATypedErrorOrRead) {
  const std::filesystem::path folder(GPT2RUN_SOURCE_DIR "/fuzz/regressions");
  size_t n_files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file() || entry.path().parent_path() == folder) continue;
    SCOPED_TRACE(entry.path());
    const FuzzTarget& target = target_of(entry.path().parent_path().filename());
    EXPECT_NO_THROW(is_read(target, read_bytes(entry.path())));
    ++n_files;
  }
  EXPECT_GT(n_files, 0u);
}

}  // namespace
}  // namespace gpt2run
