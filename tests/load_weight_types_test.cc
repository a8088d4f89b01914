// Loading into every weight type, from every format, with any number of threads.
#include <gtest/gtest.h>

#include <cstring>
#include <limits>
#include <stdexcept>

#include "base/threads.h"
#include "loader/bundle.h"
#include "loader/gguf.h"
#include "loader/load_params.h"
#include "loader/zip_archive.h"
#include "support/expect_error.h"
#include "support/own_n_threads.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

constexpr WeightType kTypes[] = {WeightType::kFloat32, WeightType::kBFloat16, WeightType::kInt8,
                                 WeightType::kInt4};

class LoadWeightTypes : public testing::Test {
  OwnNThreads own_n_threads_;
};

Params load(const std::string& name, WeightType type) {
  return load_params(find_model_files(test_data("fixtures/" + name)), type);
}

void expect_same(const Params& found, const Params& expected) {
  ASSERT_EQ(found.storage.size(), expected.storage.size());
  EXPECT_EQ(std::memcmp(found.storage.data(), expected.storage.data(),
                        expected.storage.size() * sizeof(float)),
            0);
}

TEST_F(LoadWeightTypes, EveryFormatGivesTheSameBytes) {
  std::vector<std::string> names = {
      "tf1_sharded",    "tf1_partitioned", "tf1_v1format/model.ckpt", "tf2_hf",
      "hf_safetensors", "hf_h5",           "hf_safetensors_sharded",  "gguf/model-f32.gguf",
      "llmc/model.bin", "hf_bin_legacy",   "ggml/ggml-model-f32.bin", "hf_noprefix"};
  if (has_libzip()) names.insert(names.end(), {"hf_bin", "npz"});
  for (const WeightType type : kTypes) {
    const Params expected = load("tf1", type);
    for (const std::string& name : names) {
      SCOPED_TRACE(name + " " + weight_type_name(type));
      expect_same(load(name, type), expected);
    }
  }
}

TEST_F(LoadWeightTypes, TheNumberOfThreadsChangesNoBit) {
  for (const WeightType type : kTypes) {
    const auto load_with = [&](int n_threads) {
      set_n_threads(n_threads);
      return load_params(find_model_files(default_model()), type);
    };
    const Params expected = load_with(1);
    for (const int n_threads : {2, 5}) expect_same(load_with(n_threads), expected);
  }
}

TEST_F(LoadWeightTypes, OfSeveralBrokenTensorsTheFirstInTheFileIsReported) {
  set_n_threads(4);
  const TemporaryFolder folder;
  std::filesystem::copy(test_data("fixtures/tf1"), folder.path());
  const Bundle bundle(folder.path() / "model.ckpt");
  const size_t first = 2;
  std::filesystem::path file;
  for (size_t i = first; i < bundle.tensors().size(); ++i) {
    const TensorPlace place = *bundle.place(i);
    std::string bytes = read_bytes(file = place.file);
    bytes[place.offset] ^= 1;
    write_bytes(file, bytes);
  }
  for (int i = 0; i < 20; ++i) {
    expect_error(ErrorKind::kCorrupt, {bundle.tensors()[first].name + " at byte", "crc32c"},
                 [&] { load_params(find_model_files(folder.path())); });
  }
}

TEST_F(LoadWeightTypes, WhatTheCallersProgressThrowsIsThrownOn) {
  set_n_threads(3);
  const ModelFiles files = find_model_files(default_model());
  EXPECT_THROW(load_params(files, WeightType::kInt8, nullptr,
                           [](uint64_t, uint64_t) { throw std::out_of_range("the caller's own"); }),
               std::out_of_range);
}

TEST_F(LoadWeightTypes, ANanIsReportedWhereTheModelHasIt) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.gguf";
  std::filesystem::copy(test_data("fixtures/gguf/model-f32.gguf"), path);
  const GgufFile file(path);
  size_t index = 0;
  while (file.tensors()[index].name != "blk.1.attn_qkv.weight") ++index;  // [144, 48] as stored
  std::string bytes = read_bytes(path);
  const float nan = std::numeric_limits<float>::quiet_NaN();
  std::memcpy(bytes.data() + file.place(index)->offset + (100 * 48 + 7) * sizeof(float), &nan,
              sizeof(nan));
  write_bytes(path, bytes);
  for (const WeightType type : kTypes) {
    expect_error(ErrorKind::kCorrupt, {"blk.1.attn_qkv.weight[7, 100]", "found NaN"},
                 [&] { load_params(find_model_files(path), type); });
  }
}

}  // namespace
}  // namespace gpt2run
