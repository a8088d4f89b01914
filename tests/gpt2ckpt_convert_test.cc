// gpt2ckpt convert through the built program.
#include <gtest/gtest.h>

#include <algorithm>

#include "loader/gguf.h"
#include "loader/safetensors.h"
#include "loader/zip_archive.h"
#include "support/conversion.h"
#include "support/gpt2ckpt_program.h"

namespace gpt2run {
namespace {

namespace fs = std::filesystem;

std::string fixture(const std::string& name) {
  return test_data("fixtures") / name;
}

class Gpt2ckptConvert : public testing::Test {
 protected:
  fs::path place(const std::string& name) const { return folder_.path() / name; }
  size_t n_here() const { return std::distance(fs::directory_iterator(folder_.path()), {}); }

  // Runs gpt2ckpt convert -q.
  static ProgramResult convert(const std::string& from, const fs::path& to,
                               std::vector<std::string> flags = {}) {
    flags.insert(flags.begin(), {"convert", "-q", from, to.string()});
    return run_gpt2ckpt(flags);
  }

  // Expects that code, nothing on stdout, and one line on stderr that holds the words.
  static void expect_refused(const ProgramResult& result, int exit_code,
                             const std::vector<std::string>& words) {
    EXPECT_EQ(result.exit_code, exit_code) << result.err;
    EXPECT_EQ(result.out, "");
    EXPECT_EQ(std::ranges::count(result.err, '\n'), 1) << result.err;
    for (const std::string& word : words) {
      EXPECT_TRUE(contains(result.err, word)) << word << " in " << result.err;
    }
  }

  TemporaryFolder folder_{memory_folder()};
};

TEST_F(Gpt2ckptConvert, WritesEveryFormatAndSaysSo) {
  for (const auto& [format, unused] : target_formats()) {
    const fs::path target = place(format);
    const ProgramResult result = convert(fixture("tf1"), target, {"--to", format});
    EXPECT_EQ(result.exit_code, 0) << result.err;
    EXPECT_EQ(result.err, "");
    EXPECT_EQ(result.out, target.string() + ": " + format + ", float32, read back and compared\n");
    EXPECT_EQ(run_gpt2ckpt({"diff", "-q", fixture("tf1"), target}).exit_code, 0) << format;
  }
}

TEST_F(Gpt2ckptConvert, TheNameTellsTheFormatOfAFile) {
  for (const auto& [name, format] :
       {std::pair{"a.gguf", "gguf"}, std::pair{"a.bin", "llmc"}, std::pair{"a.npz", "npz"}}) {
    if (!target_formats().contains(format)) continue;
    const std::string out = convert(fixture("tf1"), place(name)).out;
    EXPECT_TRUE(contains(out, std::string(": ") + format + ", ")) << out;
  }
  for (const char* name : {"model", "model.safetensors", "model.ckpt"}) {
    const fs::path target = place("other") / name;
    expect_refused(convert(fixture("tf1"), target), 2, {"--to: expected tf1, tf2", target});
  }
}

TEST_F(Gpt2ckptConvert, WrongFlagsAreCode2) {
  expect_refused(convert(fixture("tf1"), place("b"), {"--to", "onnx"}), 2, {"--to", "found onnx"});
  expect_refused(convert(fixture("tf1"), place("b.bin"), {"--dtype", "f64"}), 2,
                 {"--dtype: expected f32, f16 or bf16, found f64"});
  expect_refused(run_gpt2ckpt({"convert", fixture("tf1")}), 2, {"B is required"});
  expect_refused(run_gpt2ckpt({"convert"}), 2, {"A is required"});
  EXPECT_EQ(n_here(), 0u);
}

DType dtype_of_wte(const fs::path& folder) {
  const Safetensors file(folder / "model.safetensors");
  return file.tensors()[file.tensors().size() - 1].dtype;
}

TEST_F(Gpt2ckptConvert, KeepsTheTypeUnlessAskedForAnother) {
  const std::pair<const char*, DType> sources[] = {{"tf1", DType::kFloat32},
                                                   {"tf1_half", DType::kFloat16},
                                                   {"tf1_bfloat16", DType::kBFloat16},
                                                   {"gguf/model-f16.gguf", DType::kFloat32}};
  for (const auto& [source, dtype] : sources) {
    convert(fixture(source), place("kept"), {"--to", "safetensors", "--overwrite"});
    EXPECT_EQ(dtype_of_wte(place("kept")), dtype) << source;  // one type of a mixture: float32
  }
  convert(fixture("tf1"), place("kept"), {"--to", "safetensors", "--overwrite", "--dtype", "f16"});
  EXPECT_EQ(dtype_of_wte(place("kept")), DType::kFloat16);
}

TEST_F(Gpt2ckptConvert, TypesThatAFormatLacksAreFloat32OrRefused) {
  EXPECT_TRUE(contains(convert(fixture("tf1_half"), place("a.bin")).out, "llmc, float32, "));
  expect_refused(convert(fixture("tf1"), place("b.bin"), {"--dtype", "f16"}), 6,
                 {place("b.bin"), "float16, which llm.c's format does not have"});
  if (!has_libzip()) return;
  EXPECT_TRUE(contains(convert(fixture("tf1_bfloat16"), place("a.npz")).out, "npz, float32, "));
  expect_refused(convert(fixture("tf1"), place("b.npz"), {"--dtype", "bf16"}), 6, {"bfloat16"});
}

TEST_F(Gpt2ckptConvert, SpeaksJson) {
  const nlohmann::json json =
      gpt2ckpt_json({"convert", "-q", fixture("tf1_half"), place("b"), "--to", "tf2"});
  const nlohmann::json expected = {{"source", fixture("tf1_half") + "/model.ckpt"},
                                   {"source_format", json["source_format"]},
                                   {"target", place("b").string()},
                                   {"target_format", "tf2"},
                                   {"dtype", "float16"},
                                   {"vocabulary", true},
                                   {"verified", true}};
  EXPECT_EQ(json, expected);
  EXPECT_TRUE(contains(json["source_format"], "TensorFlow")) << json;
}

TEST_F(Gpt2ckptConvert, ReplacesWhatIsThereOnlyWhenAsked) {
  for (const char* format : {"tf1", "llmc"}) {
    const fs::path target = place(format);
    ASSERT_EQ(convert(fixture("tf1"), target, {"--to", format}).exit_code, 0);
    const Files before = files_of(target);
    expect_refused(convert(fixture("tf1_bfloat16"), target, {"--to", format}), 1,
                   {target, "is there already", "overwrite"});
    EXPECT_TRUE(files_of(target) == before);
    EXPECT_EQ(convert(fixture("tf1_bfloat16"), target, {"--to", format, "--overwrite"}).exit_code,
              0);
    EXPECT_FALSE(files_of(target) == before);
  }
  EXPECT_EQ(n_here(), 2u);
}

TEST_F(Gpt2ckptConvert, NeverReplacesAFolderWithOtherFiles) {
  const fs::path target = place("mine");
  fs::create_directory(target);
  write_bytes(target / "thesis.tex", "years of work");
  expect_refused(convert(fixture("tf1"), target, {"--to", "tf1", "--overwrite"}), 1,
                 {"\"thesis.tex\", which would be lost"});
  EXPECT_EQ(files_of(target), (Files{{"thesis.tex", "years of work"}}));
  expect_refused(convert(fixture("tf1"), target, {"--to", "gguf", "--overwrite"}), 1,
                 {"expected the name of a file"});
  EXPECT_EQ(n_here(), 1u);
}

TEST_F(Gpt2ckptConvert, ConvertsAModelInItsOwnPlace) {
  const fs::path model = place("model");
  fs::copy(fixture("hf_safetensors_bf16"), model);
  for (const char* name : {"generation_config.json", "tokenizer.json", "tokenizer_config.json"}) {
    fs::remove(model / name);
  }
  const std::vector<std::string> flags = {"--to", "tf1", "--overwrite", "--vocab", fixture("tf1")};
  EXPECT_EQ(convert(model, model, flags).exit_code, 0);
  const Files found = files_of(model), expected = files_of(fixture("tf1_bfloat16"));
  EXPECT_EQ(found.size(), expected.size());
  for (const auto& [name, bytes] : expected) {
    EXPECT_TRUE(name == "hparams.json" || found.at(name) == bytes) << name;
  }
  EXPECT_EQ(n_here(), 1u);
}

TEST_F(Gpt2ckptConvert, SaysWhatIsNotThere) {
  const std::string alone = place("alone.bin");
  fs::copy(fixture("llmc/model.bin"), alone);
  const ProgramResult result = run_gpt2ckpt({"convert", alone, place("b"), "--to", "tf1"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err,
            "gpt2ckpt: no vocabulary is here (--vocab DIR gives one): none is written\n");
  EXPECT_FALSE(files_of(place("b")).contains("encoder.json"));
  EXPECT_EQ(convert(alone, place("c"), {"--to", "tf1"}).err, "");
  expect_refused(convert(alone, place("b.gguf")), 6, {"--vocab"});

  const std::string bad = test_data("fixtures/bad/var_missing");
  const ProgramResult zeros = run_gpt2ckpt(
      {"convert", bad, place("d"), "--to", "tf1", "--allow-missing", "model/h1/mlp/c_fc/b"});
  EXPECT_EQ(zeros.exit_code, 0);
  EXPECT_TRUE(contains(zeros.err, "1 weights are not here and zero: model/h1/mlp/c_fc/b\n"))
      << zeros.err;
}

TEST_F(Gpt2ckptConvert, WhatCannotBeReadLeavesNothing) {
  struct Damage {
    const char* name;
    int exit_code;
    const char* word;
  };
  for (const Damage& damage :
       {Damage{"index_missing", 3, "model.ckpt.index"},
        Damage{"data_bitflip_c_fc", 4, "model/h1/mlp/c_fc/w at byte"},
        Damage{"hparams_n_head", 5, "n_head"}, Damage{"llmc_version_1", 6, "version 1"},
        Damage{"vocab_bpe_three_parts", 7, "vocab.bpe"}}) {
    const std::string source = test_data("fixtures/bad") / damage.name;
    expect_refused(convert(source, place("b"), {"--to", "safetensors"}), damage.exit_code,
                   {source, damage.word});
    EXPECT_EQ(n_here(), 0u) << damage.name;
  }
}

TEST_F(Gpt2ckptConvert, AFullDiskIsOneErrorAndNoLitter) {
  for (const auto& [format, unused] : target_formats()) {
    // A limit on the size of files stands in for a full disk: 64 or 128 KiB.
    const ProgramResult result =
        run_program({"/bin/sh", "-c", "ulimit -f 128; exec \"$0\" \"$@\"", program("gpt2ckpt"),
                     "convert", "-q", fixture("tf1"), place("b"), "--to", format});
    expect_refused(result, 1, {place("b"), "File too large"});
    EXPECT_EQ(n_here(), 0u) << format;
  }
  expect_refused(convert(fixture("tf1"), place("none") / "b.bin"), 1, {"No such file"});
  expect_refused(convert(fixture("tf1"), "/proc/b.bin"), 1, {"/proc/b.bin: cannot be written"});
  const ProgramResult full =
      run_program({"/bin/sh", "-c", "exec \"$0\" \"$@\" > /dev/full", program("gpt2ckpt"),
                   "convert", "-q", fixture("tf1"), place("b.bin")});
  expect_refused(full, 1, {"stdout", "No space left"});
  EXPECT_TRUE(fs::exists(place("b.bin")));
}

TEST_F(Gpt2ckptConvert, NpzHasItsOtherFilesBesideIt) {
  if (!has_libzip()) GTEST_SKIP() << "this build has no libzip";
  EXPECT_EQ(convert(fixture("hf_safetensors"), place("a.npz")).exit_code, 0);
  for (const char* name : {"encoder.json", "vocab.bpe"}) {
    EXPECT_EQ(read_bytes(place(name)), read_bytes(fixture("tf1/") + name));
  }
  const Files before = files_of(folder_.path());
  EXPECT_EQ(before.size(), 4u);
  // Again: what is there and says the same stays.
  EXPECT_EQ(convert(fixture("tf1"), place("b.npz")).exit_code, 0);
  fs::remove(place("b.npz"));
  EXPECT_TRUE(files_of(folder_.path()) == before);

  write_bytes(place("hparams.json"), "{\"n_layer\": 48}");
  fs::remove(place("vocab.bpe"));
  expect_refused(convert(fixture("tf1"), place("c.npz")), 1,
                 {place("hparams.json"), "something else than the model"});
  EXPECT_FALSE(fs::exists(place("vocab.bpe")));
  EXPECT_FALSE(fs::exists(place("c.npz")));
}

}  // namespace
}  // namespace gpt2run
