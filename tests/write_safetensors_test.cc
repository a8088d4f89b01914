#include "loader/write_safetensors.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "loader/safetensors.h"
#include "support/expect_error.h"
#include "support/rewrite.h"
#include "support/source_values.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

TEST(WriteSafetensors, GivesThePackagesBytes) {
  for (const char* fixture : {"hf_safetensors", "hf_safetensors_bf16"}) {
    const auto path = test_data("fixtures") / fixture / "model.safetensors";
    const Safetensors source(path);
    const TemporaryFolder folder;
    const auto out = folder.path() / "model.safetensors";
    write_safetensors(out, tensors_to_write(source), {{"format", "pt"}}, read_from(source));
    EXPECT_TRUE(read_bytes(out) == read_bytes(path)) << fixture;
  }
}

TEST(WriteSafetensors, PutsLargerTypesFirstThenNamesInTheirOrder) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.safetensors";
  const std::vector<TensorToWrite> tensors = {{"d", DType::kFloat16, {1}},
                                              {"c", DType::kFloat32, {}},
                                              {"b", DType::kBFloat16, {3}},
                                              {"a", DType::kFloat16, {2, 0}},
                                              {"e", DType::kFloat32, {2}}};
  write_safetensors(path, tensors, {}, [&](size_t i, float* out) {
    for (uint64_t k = 0; k < tensors[i].n_items(); ++k) out[k] = static_cast<float>(10 * i + k);
  });
  const Safetensors file(path);
  EXPECT_TRUE(file.metadata().empty());
  std::string names;
  for (const TensorInfo& tensor : file.tensors()) names += tensor.name;
  EXPECT_EQ(names, "cebad");
  EXPECT_EQ(read_tensor(file, "e"), (std::vector<float>{40, 41}));
  EXPECT_EQ(read_tensor(file, "b"), (std::vector<float>{20, 21, 22}));
  EXPECT_EQ(read_tensor(file, "c"), std::vector<float>{10});
  EXPECT_EQ(file.place(0)->offset % 8, 0u);
}

TEST(WriteSafetensors, WritesNoTensorsAtAll) {
  const TemporaryFolder folder;
  const auto path = folder.path() / "model.safetensors";
  write_safetensors(path, {}, {{"format", "pt"}}, [](size_t, float*) {});
  const Safetensors file(path);
  EXPECT_EQ(file.metadata()["format"], "pt");
  EXPECT_TRUE(file.tensors().empty());
}

TEST(WriteSafetensors, RefusesAValueThatTheTypeCannotHold) {
  const TemporaryFolder folder;
  expect_error(ErrorKind::kUnsupported, {"\"weight\"", "float16", "-65520"}, [&] {
    write_safetensors(folder.path() / "out", {{"weight", DType::kFloat16, {1}}}, {},
                      [](size_t, float* out) { *out = -65520; });
  });
}

}  // namespace
}  // namespace gpt2run
