#include "loader/safetensors.h"

#include <gtest/gtest.h>

#include <cstring>

#include "loader/bundle.h"
#include "loader/safetensors_set.h"
#include "support/damage.h"
#include "support/expect_error.h"
#include "support/memory_file.h"
#include "support/read_everything.h"
#include "support/source_values.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

std::filesystem::path fixture(const std::string& name) {
  return test_data("fixtures") / name;
}

// A file of this header and this many zero bytes of data.
std::string file_of(const std::string& header, size_t n_data) {
  const uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, sizeof(length));
  return bytes + header + std::string(n_data, '\0');
}

// Every weight of fixtures/tf1 is there, after this rounding, without the leading 1 of its shape.
template <class Round>
void expect_weights_of_tf1(const TensorSource& source, Round round) {
  const Bundle bundle(fixture("tf1/model.ckpt"));
  EXPECT_EQ(source.tensors().size(), bundle.tensors().size());
  for (const TensorInfo& info : bundle.tensors()) {
    const std::vector<float> expected = round(read_tensor(bundle, info.name));
    EXPECT_EQ(read_tensor(source, hf_name(info.name)), expected) << info.name;
    std::vector<int64_t> shape = info.shape;
    if (shape.size() == 3) shape.erase(shape.begin());
    EXPECT_EQ(source.tensors()[find_tensor(source, hf_name(info.name))].shape, shape);
  }
}

TEST(Safetensors, HoldsTheWeightsThatWereSaved) {
  const Safetensors file(fixture("hf_safetensors/model.safetensors"));
  expect_weights_of_tf1(file, unchanged);
  EXPECT_EQ(file.metadata()["format"], "pt");
  EXPECT_EQ(file.tensors()[0].dtype_text, "float32");
  EXPECT_LT(file.place(0)->offset, file.place(1)->offset);
  expect_weights_of_tf1(Safetensors(fixture("hf_safetensors_bf16/model.safetensors")),
                        rounded_to_bfloat16);
  EXPECT_EQ(Safetensors(fixture("hf_noprefix/model.safetensors")).tensors().size(), 30u);
}

TEST(Safetensors, ReadsAllFloatTypesAndListsTheOthers) {
  MemoryFile file;
  std::string bytes = file_of(R"({"d":{"dtype":"F64","shape":[],"data_offsets":[0,8]},)"
                              R"("h":{"dtype":"F16","shape":[1,2],"data_offsets":[8,12]},)"
                              R"("i":{"dtype":"I64","shape":[1],"data_offsets":[12,20]},)"
                              R"("n":{"dtype":"F4","shape":[4],"data_offsets":[20,22]},)"
                              R"("e":{"dtype":"F32","shape":[0,9],"data_offsets":[22,22]}}   )",
                              22);
  const double third = 1.0 / 3;
  std::memcpy(bytes.data() + bytes.size() - 22, &third, 8);
  std::memcpy(bytes.data() + bytes.size() - 14, "\x00\x3c\x00\xc0", 4);
  file.write(bytes);
  const Safetensors source(file.path());
  EXPECT_EQ(read_tensor(source, "d"), std::vector<float>{static_cast<float>(third)});
  EXPECT_EQ(read_tensor(source, "h"), (std::vector<float>{1, -2}));
  EXPECT_TRUE(read_tensor(source, "e").empty());
  EXPECT_EQ(source.tensors()[find_tensor(source, "i")].dtype, DType::kInt64);
  EXPECT_EQ(source.tensors()[find_tensor(source, "n")].dtype_text, "F4");
}

struct BadFixture {
  const char* folder;
  ErrorKind kind;
  std::initializer_list<std::string> texts;
};

TEST(Safetensors, DamagedFixturesAreRefusedWithTheirCause) {
  const BadFixture bad_fixtures[] = {
      {"st_dtype_unknown", ErrorKind::kUnsupported, {"transformer.wte.weight", "\"F99\""}},
      {"st_empty", ErrorKind::kCorrupt, {"is empty (0 bytes)"}},
      {"st_header_len_huge", ErrorKind::kCorrupt, {"header length", "found 1152921504606846976"}},
      {"st_header_len_past_end", ErrorKind::kCorrupt, {"header length", "cut off"}},
      {"st_header_not_json", ErrorKind::kCorrupt, {"header", "begins with {"}},
      {"st_lfs_pointer", ErrorKind::kCorrupt, {"Git LFS pointer"}},
      {"st_offsets_overlap", ErrorKind::kCorrupt, {"transformer.h.0.attn.c_attn.weight"}},
      {"st_offsets_past_end", ErrorKind::kCorrupt, {"transformer.wte.weight", "(a hole)"}},
      {"st_offsets_reversed", ErrorKind::kCorrupt, {"transformer.wte.weight", "begin <= end"}},
      {"st_shape_mismatch",
       ErrorKind::kCorrupt,
       {"transformer.wte.weight", "data_offsets that span"}},
      {"st_shape_overflow", ErrorKind::kCorrupt, {"transformer.wte.weight", "below 2^63"}},
      {"st_truncated", ErrorKind::kCorrupt, {"1000 are missing", "cut off: download it again"}},
  };
  for (const BadFixture& bad : bad_fixtures) {
    const auto path = fixture("bad") / bad.folder / "model.safetensors";
    const std::string message = expect_error(bad.kind, bad.texts, [&] { Safetensors file(path); });
    EXPECT_EQ(message.find(path.string() + ": "), 0u) << message;
  }
}

TEST(Safetensors, UndamagedBasesOpen) {
  EXPECT_EQ(Safetensors(fixture("bad/_good_base_safetensors/model.safetensors")).tensors().size(),
            28u);
  EXPECT_EQ(Safetensors(fixture("bad/st_missing_tensor/model.safetensors")).tensors().size(), 27u);
}

TEST(Safetensors, HostileHeadersAreRefused) {
  const std::string f32 = R"("dtype":"F32","shape":[1],"data_offsets":)";
  const std::pair<std::string, std::string> cases[] = {
      {"{\"a\":{" + f32 + "[0,4]},\"a\":{" + f32 + "[0,4]}}", "stands twice"},
      {"{\"a\":{" + f32 + "[0,4]},\"b\":{" + f32 + "[2,6]}}", "(an overlap)"},
      {"{\"a\":{" + f32 + "[0,4]},\"b\":{" + f32 + "[8,12]}}", "(a hole)"},
      {"{\"a\":{" + f32 + "[4,8]}}", "(a hole)"},
      {"{\"a\":{" + f32 + "[0,4]}}", "belongs to none"},
      {"{\"a\":{" + f32 + "[0]}}", "data_offsets"},
      {"{\"a\":{" + f32 + "[-4,0]}}", "data_offsets"},
      {"{\"a\":{" + f32 + "[0,1e3]}}", "data_offsets"},
      {"{\"a\":{" + f32 + "[0,99999999999999999999]}}", "data_offsets"},
      {R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})", "shape"},
      {R"({"a":{"dtype":"F32","shape":[0,4611686018427387904,4],"data_offsets":[0,0]}})", "shape"},
      {R"({"a":{"dtype":"F4","shape":[3],"data_offsets":[0,1]}})", "data_offsets that span"},
      {R"({"a":{"dtype":7,"shape":[3],"data_offsets":[0,1]}})", "dtype"},
      {R"({"a":[]})", "expected an object"},
      {R"({"":{}})", "name"},
      {R"({"a\nb":{}})", "control characters"},
      {R"({"__metadata__":{"a":1}})", "object of strings"},
      {R"({"__metadata__":null})", "object of strings"},
      {"{\"a\":" + std::string(50000, '['), "nested deeper"},
      {"{\"a\":", "not JSON"},
      {"{\"\xff\":1}", "not JSON"},
      {std::string("{\"\x01", 3) + std::string(5000, 'x'), "not JSON"},
  };
  MemoryFile file;
  for (const auto& [header, text] : cases) {
    file.write(file_of(header, 12));
    const std::string message =
        expect_error(ErrorKind::kCorrupt, {text}, [&] { Safetensors source(file.path()); });
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_LT(message.size(), 600u);
  }
}

TEST(Safetensors, EveryFlipAndTruncationIsATypedErrorOrSomeValues) {
  const std::string good = read_bytes(fixture("bad/_good_base_safetensors/model.safetensors"));
  const auto read = [](const std::filesystem::path& path) {
    const Safetensors file(path);
    file.metadata().dump();  // of valid UTF-8
    read_everything(file);
  };
  EXPECT_GT(with_every_byte_flipped(good, read).n_read, 4000u);  // nothing checks its values
  EXPECT_EQ(with_every_truncation(good, read).n_read, 0u);
}

TEST(Safetensors, IsToldByItsContent) {
  EXPECT_TRUE(is_safetensors(InputFile(fixture("hf_safetensors/model.safetensors"))));
  EXPECT_TRUE(is_safetensors(InputFile(fixture("bad/st_truncated/model.safetensors"))));
  EXPECT_TRUE(is_safetensors(InputFile(fixture("bad/st_header_len_huge/model.safetensors"))));
  EXPECT_FALSE(is_safetensors(InputFile(fixture("tf1/model.ckpt.index"))));
  EXPECT_FALSE(is_safetensors(InputFile(fixture("hf_bin/pytorch_model.bin"))));
  const auto index = fixture("hf_safetensors_sharded/model.safetensors.index.json");
  EXPECT_TRUE(is_safetensors_index(InputFile(index)));
  EXPECT_FALSE(is_safetensors(InputFile(index)));
  EXPECT_FALSE(is_safetensors_index(InputFile(fixture("tf1/hparams.json"))));
  EXPECT_FALSE(is_safetensors_index(InputFile(fixture("hf_safetensors/model.safetensors"))));
}

// A long text is not searched for it to its end.
TEST(Safetensors, AnIndexBeginsWithLittleBeforeItsMap) {
  const TemporaryFolder folder;
  const auto is_index = [&](size_t n_before) {
    const auto path = folder.path() / "text.json";
    write_bytes(path, R"({"metadata": ")" + std::string(n_before, 'x') + R"(", "weight_map": {}})");
    return is_safetensors_index(InputFile(path));
  };
  EXPECT_TRUE(is_index(0));
  EXPECT_TRUE(is_index(60000));
  EXPECT_FALSE(is_index(70000));
}

TEST(SafetensorsSet, HoldsTheWeightsThatWereSaved) {
  const SafetensorsSet set(fixture("hf_safetensors_sharded/model.safetensors.index.json"));
  expect_weights_of_tf1(set, unchanged);
  EXPECT_EQ(set.shards().size(), 4u);
  EXPECT_EQ(set.metadata()["total_size"], 315648);
}

TEST(SafetensorsSet, SaysWhichShardsAreMissing) {
  const auto path = fixture("bad/st_shard_missing/model.safetensors.index.json");
  expect_error(ErrorKind::kNotFound,
               {path.string() + ": ", "missing: model-00002-of-00002.safetensors",
                "here: model-00001-of-00002.safetensors"},
               [&] { SafetensorsSet set(path); });
}

TEST(SafetensorsSet, RefusesIndexesThatDoNotFitOrLeadElsewhere) {
  const TemporaryFolder folder;
  const auto index = folder.path() / "model.safetensors.index.json";
  write_bytes(folder.path() / "1.safetensors",
              file_of(R"({"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}})", 4));
  write_bytes(index, R"({"weight_map":{"a":"1.safetensors"}})");
  EXPECT_EQ(SafetensorsSet(index).tensors().size(), 1u);
  const std::pair<std::string, std::string> cases[] = {
      {R"({"weight_map":{"a":"1.safetensors","b":"1.safetensors"}})", "\"b\": is not in this file"},
      {R"({"weight_map":{"a":"../1.safetensors"}})", "beside the index"},
      {R"({"weight_map":{"a":"/etc/passwd"}})", "beside the index"},
      {R"({"weight_map":{"a":".."}})", "beside the index"},
      {R"({"weight_map":{"a":"\u0000"}})", "beside the index"},
      {R"({"weight_map":{"a":""}})", "beside the index"},
      {R"({"weight_map":{"a":7}})", "beside the index"},
      {R"({"weight_map":{"a":"1.safetensors","a":"1.safetensors"}})", "stands twice"},
      {R"({"weight_map":{}})", "weight_map"},
      {R"({"weight_map":[]})", "weight_map"},
      {R"([])", "weight_map"},
      {R"({"weight_map":)", "not JSON"},
  };
  for (const auto& [text, expected] : cases) {
    write_bytes(index, text);
    expect_error(ErrorKind::kCorrupt, {expected}, [&] { SafetensorsSet set(index); });
  }
}

}  // namespace
}  // namespace gpt2run
