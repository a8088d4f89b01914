// TensorSource::place of every format: the bytes there are the tensor's.
#include <gtest/gtest.h>

#include <cstring>

#include "loader/bundle.h"
#include "loader/convert.h"
#include "loader/ggml_legacy.h"
#include "loader/gguf.h"
#include "loader/hdf5_file.h"
#include "loader/llmc.h"
#include "loader/npz.h"
#include "loader/safetensors_set.h"
#include "loader/tf_v1.h"
#include "loader/torch_file.h"
#include "support/source_values.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

// Expects the values of plain float tensors at their places. Returns how many have one.
size_t expect_values_at_places(const TensorSource& source) {
  size_t n_placed = 0;
  for (size_t i = 0; i < source.tensors().size(); ++i) {
    const TensorInfo& tensor = source.tensors()[i];
    const auto place = source.place(i);
    if (!place || item_size(tensor.dtype) == 0) continue;
    ++n_placed;
    EXPECT_EQ(tensor.n_bytes, tensor.n_items() * item_size(tensor.dtype)) << tensor.name;
    std::vector<float> values(tensor.n_items());
    read_items(InputFile(place->file), place->offset, tensor.dtype, values.size(), values.data(),
               {}, {});
    EXPECT_EQ(values, read_tensor(source, i)) << tensor.name << " of " << source.path();
  }
  return n_placed;
}

std::filesystem::path fixture(const std::string& name) {
  return test_data("fixtures") / name;
}

TEST(TensorPlace, OfBundles) {
  for (const char* name : {"tf1", "tf1_half", "tf1_sharded", "tf1_bfloat16"}) {
    const Bundle bundle(fixture(name) / "model.ckpt");
    EXPECT_GE(expect_values_at_places(bundle), 28u) << name;
  }
  EXPECT_GT(expect_values_at_places(Bundle(fixture("tf1_finetuned/model-1000"))), 28u);
  const Bundle sharded(fixture("tf1_sharded/model.ckpt"));
  EXPECT_EQ(sharded.place(find_tensor(sharded, "model/wte"))->file,
            fixture("tf1_sharded/model.ckpt.data-00000-of-00002"));
  const Bundle partitioned(fixture("tf1_partitioned/model.ckpt"));
  EXPECT_EQ(expect_values_at_places(partitioned), partitioned.tensors().size() - 1);
  EXPECT_FALSE(partitioned.place(find_tensor(partitioned, "model/wte")));
}

TEST(TensorPlace, OfSafetensors) {
  for (const char* name : {"hf_safetensors", "hf_safetensors_bf16"}) {
    EXPECT_EQ(expect_values_at_places(Safetensors(fixture(name) / "model.safetensors")), 28u);
  }
  const SafetensorsSet set(fixture("hf_safetensors_sharded/model.safetensors.index.json"));
  EXPECT_EQ(expect_values_at_places(set), 28u);
  EXPECT_NE(set.place(0)->file, set.place(27)->file);
}

TEST(TensorPlace, OfZipArchives) {
  if (!has_libzip()) GTEST_SKIP() << "this build has no libzip";
  EXPECT_EQ(expect_values_at_places(Npz(fixture("npz/params.npz"))), 28u);
  EXPECT_EQ(expect_values_at_places(Npz(fixture("npz_compressed/params.npz"))), 0u);
  for (const char* name : {"hf_bin", "hf_bin_half"}) {
    EXPECT_EQ(expect_values_at_places(TorchFile(fixture(name) / "pytorch_model.bin")), 29u);
  }
  const TorchFile views(test_data("torch/views_2.pt"));
  EXPECT_GT(expect_values_at_places(views), 8u);
  EXPECT_FALSE(views.place(find_tensor(views, "transposed")));
  EXPECT_TRUE(views.place(find_tensor(views, "row")));
}

TEST(TensorPlace, OfTorchsLegacyForm) {
  EXPECT_EQ(expect_values_at_places(TorchFile(fixture("hf_bin_legacy/pytorch_model.bin"))), 31u);
  EXPECT_GT(expect_values_at_places(TorchFile(test_data("torch/views_legacy.pt"))), 8u);
}

TEST(TensorPlace, OfLlmcAndGgmlsFormats) {
  EXPECT_EQ(expect_values_at_places(LlmcFile(fixture("llmc/model.bin"))), 28u);
  EXPECT_EQ(expect_values_at_places(LlmcFile(fixture("llmc/model_bf16.bin"))), 28u);
  EXPECT_EQ(expect_values_at_places(GgufFile(fixture("gguf/model-f32.gguf"))), 28u);
  EXPECT_EQ(expect_values_at_places(GgufFile(fixture("gguf/model-bf16.gguf"))), 28u);
  EXPECT_EQ(expect_values_at_places(GgmlLegacyFile(fixture("ggml/ggml-model-f32.bin"))), 28u);
  EXPECT_EQ(expect_values_at_places(GgmlLegacyFile(fixture("ggml/ggml-model-f16.bin"))), 28u);
  const GgufFile quantized(test_data("gguf_types/types.gguf"));
  for (size_t i = 0; i < quantized.tensors().size(); ++i) {
    ASSERT_TRUE(quantized.place(i));
    EXPECT_GT(quantized.place(i)->offset, 0u);
  }
}

TEST(TensorPlace, V1CheckpointsHaveNoneAsTheirItemsAreInMessages) {
  EXPECT_EQ(expect_values_at_places(TensorFlowV1(fixture("tf1_v1format/model.ckpt"))), 0u);
}

TEST(TensorPlace, OfHdf5) {
  EXPECT_EQ(expect_values_at_places(Hdf5File(fixture("hf_h5/tf_model.h5"))), 28u);
  const Hdf5File file(test_data("hdf5/old.h5"));
  EXPECT_GT(expect_values_at_places(file), 3u);
  EXPECT_FALSE(file.place(find_tensor(file, "gzip")));
  EXPECT_FALSE(file.place(find_tensor(file, "chunked")));
  EXPECT_EQ(expect_values_at_places(Hdf5File(test_data("hdf5/user_block.h5"))), 1u);
}

}  // namespace
}  // namespace gpt2run
