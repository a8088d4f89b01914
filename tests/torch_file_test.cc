#include "loader/torch_file.h"

#include <gtest/gtest.h>

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

using Floats = std::vector<float>;
using Shape = std::vector<int64_t>;

std::filesystem::path fixture(const std::string& name) {
  return test_data("fixtures") / name;
}

// Skips what is a zip file where there is no libzip.
class TorchFileTest : public testing::Test {
 protected:
  void SetUp() override {
    if (!has_libzip()) GTEST_SKIP() << "this build has no libzip";
  }
};

void expect_weights_of_tf1(const TorchFile& file, std::vector<float> (*round)(std::vector<float>)) {
  const Bundle bundle(fixture("tf1/model.ckpt"));
  for (const TensorInfo& info : bundle.tensors()) {
    const Floats expected = round(read_tensor(bundle, info.name));
    EXPECT_EQ(read_tensor(file, hf_name(info.name)), expected) << info.name;
  }
}

TEST_F(TorchFileTest, HoldsTheWeightsThatWereSaved) {
  expect_weights_of_tf1(TorchFile(fixture("hf_bin/pytorch_model.bin")), unchanged);
  expect_weights_of_tf1(TorchFile(fixture("hf_bin_half/pytorch_model.bin")), rounded_to_float16);
}

TEST(TorchFile, HoldsTheWeightsThatWereSavedInTheLegacyForm) {
  const TorchFile file(fixture("hf_bin_legacy/pytorch_model.bin"));
  expect_weights_of_tf1(file, unchanged);
  ASSERT_EQ(file.tensors().size(), 33u);
  EXPECT_EQ(file.tensors()[0].name, "transformer.wte.weight");
  EXPECT_EQ(file.tensors()[find_tensor(file, "transformer.h.0.attn.bias")].dtype_text, "uint8");
}

TEST_F(TorchFileTest, NanoGptsModelHasItsOwnNamesAndTheRestIsMetadata) {
  const TorchFile file(fixture("nanogpt/ckpt.pt"));
  const Bundle bundle(fixture("tf1/model.ckpt"));
  for (const TensorInfo& info : bundle.tensors()) {
    const std::string name = "_orig_mod." + hf_name(info.name);
    Floats expected = read_tensor(bundle, info.name);
    if (info.shape.size() == 3) {
      expected = transposed(expected, static_cast<size_t>(info.shape[2]));
    }
    Floats found = read_tensor(file, name);
    if (info.name == "model/wte") found.resize(expected.size());  // its rows are padded to 448
    EXPECT_EQ(found, expected) << name;
  }
  EXPECT_EQ(read_tensor(file, "_orig_mod.lm_head.weight"),
            read_tensor(file, "_orig_mod.transformer.wte.weight"));
  EXPECT_EQ(file.metadata()["model_args"]["n_head"], 4);
  EXPECT_EQ(file.metadata()["model_args"]["bias"], true);
  EXPECT_EQ(file.metadata()["iter_num"], 2000);
  EXPECT_EQ(file.metadata()["config"]["learning_rate"], 0.0006);
  EXPECT_FALSE(file.metadata().contains("model"));
  EXPECT_TRUE(file.tensors()[find_tensor(file, "best_val_loss")].shape.empty());
}

void expect_views(const TorchFile& file) {
  EXPECT_EQ(read_tensor(file, "base"), (Floats{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}));
  EXPECT_EQ(read_tensor(file, "tied"), read_tensor(file, "base"));
  EXPECT_EQ(file.tensors()[find_tensor(file, "transposed")].shape, (Shape{4, 3}));
  EXPECT_EQ(read_tensor(file, "transposed"), (Floats{0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11}));
  EXPECT_EQ(read_tensor(file, "part"), (Floats{5, 6, 9, 10}));
  EXPECT_EQ(read_tensor(file, "row"), (Floats{8, 9, 10, 11}));
  EXPECT_EQ(read_tensor(file, "permuted"), (Floats{0, 4, 8,  12, 16, 20, 1, 5, 9,  13, 17, 21,
                                                   2, 6, 10, 14, 18, 22, 3, 7, 11, 15, 19, 23}));
  EXPECT_EQ(read_tensor(file, "steps"), (Floats{0, 2, 4}));
  EXPECT_EQ(read_tensor(file, "last"), Floats{5});
  EXPECT_TRUE(read_tensor(file, "empty").empty());
  for (const char* name : {"half", "bfloat", "double"}) {
    EXPECT_EQ(read_tensor(file, name), (Floats{0, 1, 2, 3, 4, 5})) << name;
  }
  EXPECT_EQ(file.tensors()[find_tensor(file, "ints")].dtype, DType::kInt64);
  EXPECT_EQ(file.tensors()[find_tensor(file, "flags")].dtype_text, "bool");
  EXPECT_EQ(read_tensor(file, "parameter"), Floats{7});
  EXPECT_EQ(read_tensor(file, "nested.a.b"), Floats{8});
  EXPECT_EQ(read_tensor(file, "nested.list.0"), Floats{9});
  EXPECT_EQ(file.tensors().size(), 17u);
  const nlohmann::json& rest = file.metadata();
  EXPECT_EQ(rest["size"], nlohmann::json({3, 4}));
  EXPECT_EQ(rest["note"], "text");
  EXPECT_EQ(rest["pi"], 3.25);
  EXPECT_EQ(rest["yes"], true);
  EXPECT_EQ(rest["minus"], -2);
  EXPECT_TRUE(rest["big"].is_null());
  EXPECT_EQ(rest["nested"]["list"][1], 5);
}

TEST_F(TorchFileTest, ReadsViewsTypesAndNestedDictsOfEveryProtocol) {
  for (const char* name : {"torch/views_2.pt", "torch/views_4.pt", "torch/views_5.pt"}) {
    SCOPED_TRACE(name);
    expect_views(TorchFile(test_data(name)));
  }
  const TorchFile state_dict(test_data("torch/state_dict.pt"));
  EXPECT_EQ(read_tensor(state_dict, "weight"), (Floats{1, 2, 3, 4}));
  EXPECT_TRUE(state_dict.metadata().empty());
}

TEST(TorchFile, ReadsViewsTypesAndNestedDictsInTheLegacyForm) {
  expect_views(TorchFile(test_data("torch/views_legacy.pt")));
  expect_views(TorchFile(test_data("torch/views_legacy_4.pt")));
  EXPECT_EQ(read_tensor(TorchFile(test_data("torch/state_dict_legacy.pt")), "bias"),
            (Floats{5, 6}));
}

TEST_F(TorchFileTest, NamesWhatItRefuses) {
  const std::pair<std::filesystem::path, std::string> cases[] = {
      {fixture("bad/bin_foreign_global/pytorch_model.bin"), "asks for __builtin__.eval, which is"},
      {test_data("torch/whole_model.pt"), "asks for torch.nn.modules.linear.Linear"},
      {test_data("torch/uint16.pt"), "asks for torch."},
      {test_data("torch/expanded.pt"),
       "tensor \"x\": shape [1000] is a storage of 1 items expanded"},
      {test_data("torch/one_tensor.pt"), "expected a dict of tensors"},
      {test_data("torch/torchscript.pt"), "is a TorchScript program"},
      {fixture("npz/params.npz"), "a zip file without a data.pkl"},
  };
  for (const auto& [path, text] : cases) {
    expect_error(ErrorKind::kUnsupported, {path.string() + ": ", text},
                 [&file_path = path] { TorchFile file(file_path); });
  }
  const auto path = fixture("bad/bin_truncated/pytorch_model.bin");
  expect_error(ErrorKind::kCorrupt, {path.string() + ": zip directory", "cut off"},
               [&] { TorchFile file(path); });
}

// A checkpoint {"x": tensor} with these arguments of the tensor.
std::string pickle_of(const std::string& storage_items, const std::string& arguments) {
  const std::string storage =
      "(U\x07storagectorch\nFloatStorage\nU\x01"
      "0U\x03"
      "cpu";
  return "\x80\x02}U\x01xctorch._utils\n_rebuild_tensor_v2\n(" + storage + storage_items + "tQ" +
         arguments + "\x89NtRs.";
}

std::string archive_of(const std::string& pickle, const std::string& order = "little",
                       const std::string& version = "3\n") {
  return build_zip({{"a/data.pkl", pickle},
                    {"a/byteorder", order},
                    {"a/version", version},
                    {"a/data/0", std::string(16, '\0')}});
}

TEST_F(TorchFileTest, HostileTensorsAreRefused) {
  const std::string max = "\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f";
  MemoryFile file;
  file.write(archive_of(pickle_of("K\x04", "K\x01K\x03\x85K\x01\x85")));
  EXPECT_EQ(read_tensor(TorchFile(file.path()), "x"), (Floats{0, 0, 0}));
  const std::pair<std::string, std::string> cases[] = {
      {pickle_of("K\x04", "K\x02K\x03\x85K\x01\x85"), "within its storage"},
      {pickle_of("K\x04", max + "K\x03\x85K\x01\x85"), "within its storage"},
      {pickle_of("K\x04", max + "K\x03\x85" + max + "\x85"), "within its storage"},
      {pickle_of("K\x04", "K\x01" + max + "\x85" + max + "\x85"), "within its storage"},
      {pickle_of("K\x04", "K\x01" + max + max + "\x86K\x01K\x01\x86"), "below 2^63"},
      {pickle_of("K\x04", "K\x01K\x03\x85)"), "as many strides"},
      {pickle_of("K\x04", "K\x01J\xff\xff\xff\xff\x85K\x01\x85"), "whole numbers"},
      {pickle_of("K\x04", "K\x01K\x03\x85J\xff\xff\xff\xff\x85"), "whole numbers"},
      {pickle_of("K\x04", "NK\x03\x85K\x01\x85"), "whole numbers"},
      {pickle_of("K\x04", "K\x01K\x03K\x01"), "as a tuple"},
      {pickle_of("K\x05", "K\x01K\x03\x85K\x01\x85"), "expected 20 bytes"},
      {pickle_of("K\x03", "K\x01K\x01\x85K\x01\x85"), "expected 12 bytes"},
      {pickle_of(max, "K\x01K\x03\x85K\x01\x85"), "below 2^60"},
      {pickle_of("", "K\x01K\x03\x85K\x01\x85"), "expected a storage"},
      {pickle_of("N", "K\x01K\x03\x85K\x01\x85"), "whole numbers"},
      {"\x80\x02}U\x01xctorch._utils\n_rebuild_tensor_v2\n)Rs.", "at least 6 arguments"},
      {"\x80\x02}U\x01x}q\x01U\x01yh\x01ss.", "nested deeper"},  // a dict within itself
      {"\x80\x02}NNs.", "keys"},
  };
  for (const auto& [pickle, text] : cases) {
    file.write(archive_of(pickle));
    try {
      TorchFile torch(file.path());
      ADD_FAILURE() << "no error, expected " << text;
    } catch (const InputError& error) {
      EXPECT_NE(std::string(error.what()).find(text), std::string::npos) << error.what();
    }
  }
}

TEST_F(TorchFileTest, OtherMachinesAndVersionsAreRefused) {
  const std::string pickle = pickle_of("K\x04", "K\x01K\x03\x85K\x01\x85");
  MemoryFile file;
  const std::pair<const char*, const char*> cases[] = {
      {"big", "3\n"}, {"little", "11\n"}, {"little", "x"}};
  for (const auto& [order, version] : cases) {
    file.write(archive_of(pickle, order, version));
    expect_error(ErrorKind::kUnsupported, {"expected"}, [&] { TorchFile torch(file.path()); });
  }
}

TEST_F(TorchFileTest, TheSameValuesManyTimesOverAreRefused) {
  // Each list holds the one before it a thousand times: 10^18 strings.
  std::string pickle = "\x80\x02}U\x01xU\x0ahahahahaha";
  for (int depth = 0; depth < 6; ++depth) {
    pickle +=
        "q\x01"
        "0](";
    for (int i = 0; i < 1000; ++i) pickle += "h\x01";
    pickle += "e";
  }
  MemoryFile file;
  file.write(archive_of(pickle + "s."));
  expect_error(ErrorKind::kUnsupported, {"too many values"}, [&] { TorchFile torch(file.path()); });
}

void read_whole(const std::filesystem::path& path) {
  const TorchFile file(path);
  file.metadata().dump();  // of valid UTF-8
  read_everything(file);
}

TEST_F(TorchFileTest, EveryFlipAndTruncationIsATypedErrorOrSomeValues) {
  const std::string good = read_bytes(test_data("torch/views_2.pt"));
  EXPECT_GT(with_every_byte_flipped(good, read_whole).n_refused, 1000u);
  EXPECT_EQ(with_every_truncation(good, read_whole).n_read, 0u);
}

TEST(TorchFile, EveryFlipAndTruncationOfTheLegacyFormIsATypedErrorOrSomeValues) {
  for (const char* name : {"torch/views_legacy.pt", "torch/views_legacy_4.pt"}) {
    const std::string good = read_bytes(test_data(name));
    EXPECT_GT(with_every_byte_flipped(good, read_whole).n_read, 300u);
    EXPECT_EQ(with_every_truncation(good, read_whole).n_read, 0u);
  }
}

TEST(IsTorchFile, TellsByTheFirstBytes) {
  for (const char* name :
       {"fixtures/hf_bin/pytorch_model.bin", "fixtures/nanogpt/ckpt.pt",
        "fixtures/hf_bin_legacy/pytorch_model.bin", "torch/views_legacy_4.pt",
        "fixtures/bad/bin_truncated/pytorch_model.bin", "torch/torchscript.pt"}) {
    EXPECT_TRUE(is_torch_file(InputFile(test_data(name)))) << name;
  }
  for (const char* name : {"npz/params.npz", "tf1/model.ckpt.index", "tf1/checkpoint",
                           "hf_safetensors/model.safetensors"}) {
    EXPECT_FALSE(is_torch_file(InputFile(fixture(name)))) << name;
  }
}

}  // namespace
}  // namespace gpt2run
