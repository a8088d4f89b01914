#include "loader/verify.h"

#include <gtest/gtest.h>

#include <limits>

#include "support/bundle_builder.h"
#include "support/gguf_builder.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

std::vector<VerifyFinding> verify_folder(const std::filesystem::path& folder) {
  return verify_checkpoint(open_checkpoint(find_model_files(folder)));
}

std::vector<VerifyFinding> verify_built(BundleBuilder& builder) {
  const TemporaryFolder folder;
  builder.write(folder.path());
  return verify_folder(folder.path());
}

// Those of one check, but notes.
std::vector<VerifyFinding> of(const std::string& check,
                              const std::vector<VerifyFinding>& findings) {
  std::vector<VerifyFinding> found;
  for (const VerifyFinding& finding : findings) {
    if (finding.check == check && finding.level != VerifyFinding::kNote) found.push_back(finding);
  }
  return found;
}

std::string all_text(const std::vector<VerifyFinding>& findings) {
  std::string text;
  for (const VerifyFinding& finding : findings) text += finding.check + ": " + finding.text + "\n";
  return text;
}

void expect_one(const std::vector<VerifyFinding>& findings, const std::string& check,
                VerifyFinding::Level level, const std::string& tensor, const std::string& text) {
  const std::vector<VerifyFinding> found = of(check, findings);
  ASSERT_EQ(found.size(), 1u) << all_text(findings);
  EXPECT_EQ(found[0].level, level);
  EXPECT_EQ(found[0].tensor, tensor);
  EXPECT_NE(found[0].text.find(text), std::string::npos) << found[0].text;
}

size_t n_not_notes(const std::vector<VerifyFinding>& findings) {
  return static_cast<size_t>(std::count_if(
      findings.begin(), findings.end(),
      [](const VerifyFinding& finding) { return finding.level != VerifyFinding::kNote; }));
}

TEST(Verify, FindsNothingInAWholeModel) {
  BundleBuilder builder;
  const auto findings = verify_built(builder);
  EXPECT_EQ(n_not_notes(findings), 0u) << all_text(findings);
}

TEST(Verify, WarnsOfBytesThatNoTensorCovers) {
  BundleBuilder builder;
  builder.add("model/wte/Adam", {5, 4});  // before model/wte/Adam_1: its entry goes, its bytes stay
  builder.add("model/wte/Adam_1", {5, 4});
  builder.edit_entries = [](auto& entries) {
    entries.erase(std::find_if(entries.begin(), entries.end(),
                               [](const auto& entry) { return entry.first == "model/wte/Adam"; }));
  };
  const TemporaryFolder folder;
  builder.write(folder.path());
  const auto data = folder.path() / "model.ckpt.data-00000-of-00001";
  const std::string whole = read_bytes(data);
  write_bytes(data, whole + "more");
  const auto holes = of("layout", verify_folder(folder.path()));
  ASSERT_EQ(holes.size(), 2u);
  const uint64_t begin = builder.tensor("model/wte/Adam").offset;
  EXPECT_EQ(holes[0].level, VerifyFinding::kWarning);
  EXPECT_EQ(holes[0].text, data.string() + ": byte " + std::to_string(begin) + " to " +
                               std::to_string(begin + 79) +
                               ": expected a tensor's bytes, found 80 that are no tensor's");
  EXPECT_NE(holes[1].text.find("found 4 that are"), std::string::npos) << holes[1].text;
}

TEST(Verify, TakesAlignmentForNoHole) {
  const auto verify_gguf = [](uint64_t second_offset) {
    GgufBuilder builder;
    builder.add({.name = "a", .dimensions = {3}, .type = 0, .offset = 0});
    builder.add({.name = "b", .dimensions = {8}, .type = 0, .offset = second_offset});
    builder.n_data = second_offset + 32;
    const TemporaryFolder folder;
    write_bytes(folder.path() / "model.gguf", builder.bytes());
    return of("layout", verify_folder(folder.path() / "model.gguf"));
  };
  EXPECT_EQ(verify_gguf(32).size(), 0u);
  EXPECT_EQ(verify_gguf(96).size(), 1u);
}

TEST(Verify, WarnsOfMatricesOfZerosNotOfBiases) {
  BundleBuilder builder;
  for (const char* name : {"model/h1/mlp/c_fc/w", "model/h1/mlp/c_fc/b", "model/h0/ln_1/b"}) {
    BuiltTensor& tensor = builder.tensor(name);
    tensor.data.assign(tensor.data.size(), '\0');
  }
  expect_one(verify_built(builder), "values", VerifyFinding::kWarning, "model/h1/mlp/c_fc/w",
             "all of its 64 numbers are zero");
}

TEST(Verify, TakesNaNInAWeightForDamageInASlotForAWarning) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  BundleBuilder in_weight;
  in_weight.tensor("model/wpe").data = float_bytes(std::vector<float>(12, 1));
  in_weight.tensor("model/wpe").data.replace(5 * 4, 8, float_bytes({-infinity, nan}));
  expect_one(verify_built(in_weight), "values", VerifyFinding::kError, "model/wpe",
             "found 2 NaN or infinite, the first infinity at [1, 1]");
  BundleBuilder in_slot;
  in_slot.add("model/wpe/Adam", {2}).data = float_bytes({1, nan});
  expect_one(verify_built(in_slot), "values", VerifyFinding::kWarning, "model/wpe/Adam",
             "NaN at [1]");
}

TEST(Verify, ChecksWhatIsNoWeightToo) {
  BundleBuilder builder;
  BuiltTensor& step = builder.add("global_step", {});
  step.dtype = 9;  // int64
  step.data.assign(8, '\1');
  const TemporaryFolder folder;
  builder.write(folder.path());
  EXPECT_EQ(n_not_notes(verify_folder(folder.path())), 0u);
  const auto data = folder.path() / "model.ckpt.data-00000-of-00001";
  std::string bytes = read_bytes(data);
  bytes[builder.tensor("global_step").offset] ^= 1;
  write_bytes(data, bytes);
  expect_one(verify_folder(folder.path()), "read", VerifyFinding::kError, "global_step",
             "global_step at byte 0: expected crc32c");
}

// A triangle of n x n items of a type.
std::string triangle(size_t n, const std::string& one) {
  std::string bytes;
  for (size_t row = 0; row < n; ++row) {
    for (size_t column = 0; column < n; ++column) {
      bytes += column <= row ? one : std::string(one.size(), '\0');
    }
  }
  return bytes;
}

TEST(Verify, WantsMasksToBeLowerTriangles) {
  struct Type {
    int number;
    std::string one;
  };
  for (const Type& type : {Type{1, float_bytes({1})}, Type{4, "\1"}, Type{10, "\1"}}) {
    BundleBuilder builder;
    builder.add("h0.attn.bias", {1, 1, 3, 3}).dtype = type.number;
    builder.tensor("h0.attn.bias").data = triangle(3, type.one);
    const auto findings = verify_built(builder);
    EXPECT_EQ(n_not_notes(findings), 0u) << all_text(findings);

    std::string& mask = builder.tensor("h0.attn.bias").data;
    mask.replace(5 * type.one.size(), type.one.size(), type.one);  // row 1 sees column 2
    expect_one(verify_built(builder), "mask", VerifyFinding::kError, "h0.attn.bias",
               "found a one at [0, 0, 1, 2]");
    mask = std::string(9 * type.one.size(), '\0');
    expect_one(verify_built(builder), "mask", VerifyFinding::kError, "h0.attn.bias",
               "found a zero at [0, 0, 0, 0]");
  }
}

std::string head_text(BundleBuilder& builder, const std::string& config = "") {
  const TemporaryFolder folder;
  builder.write(folder.path());
  if (!config.empty()) write_bytes(folder.path() / "hparams.json", config);
  for (const VerifyFinding& finding : verify_folder(folder.path())) {
    if (finding.check == "head") return finding.text;
  }
  return "";
}

TEST(Verify, ComparesTheHeadWithWte) {
  BundleBuilder builder;
  EXPECT_EQ(head_text(builder), "head: none of its own: it is wte (tied)");
  builder.add("model/lm_head", {5, 4}).data = builder.tensor("model/wte").data;
  EXPECT_EQ(head_text(builder), "head: equal to wte (tied)");
  builder.tensor("model/lm_head").data.back() ^= 1;
  EXPECT_EQ(head_text(builder), "head: its own: it differs from wte");
  const std::string tied = R"({"model_type": "gpt2", "vocab_size": 5, "n_positions": 3,
      "n_embd": 4, "n_head": 2, "n_layer": 2, "tie_word_embeddings": true})";
  EXPECT_NE(head_text(builder, tied).find("differs from wte, to which"), std::string::npos);
}

TEST(Verify, HoldsShapesAgainstEachOtherWhereThereIsNoConfig) {
  BundleBuilder builder;
  builder.tensor("model/ln_f/g").shape = {2};
  builder.tensor("model/ln_f/g").data.resize(8);
  const TemporaryFolder folder;
  builder.write(folder.path());
  std::filesystem::remove(folder.path() / "hparams.json");
  const auto findings = verify_folder(folder.path());
  expect_one(findings, "config", VerifyFinding::kWarning, "", "hparams.json: not found");
  expect_one(findings, "fit", VerifyFinding::kError, "model/ln_f/g",
             "expected shape [4], found [2]");
}

TEST(Verify, SaysWhatTheUserLeavesOutAndDoesNotLookAtIt) {
  BundleBuilder builder;
  builder.tensor("model/wpe").data.assign(48, '\0');  // a matrix of zeros
  const TemporaryFolder folder;
  builder.write(folder.path());
  const auto findings = verify_checkpoint(
      open_checkpoint(find_model_files(folder.path()),
                      {.name_map = {}, .skip = {"model/wpe"}, .allow_missing = {"model/wpe"}}));
  EXPECT_EQ(n_not_notes(findings), 0u) << all_text(findings);
  const std::string text = all_text(findings);
  EXPECT_NE(text.find("model/wpe: is left out, as --skip asks"), std::string::npos) << text;
  EXPECT_NE(text.find("model/wpe: is not here and stays zero"), std::string::npos) << text;
}

TEST(Verify, SaysWhenNothingIsAWeight) {
  BundleBuilder builder;
  for (BuiltTensor& tensor : builder.tensors) tensor.name = "other/" + tensor.name;
  const auto findings = verify_built(builder);
  expect_one(findings, "fit", VerifyFinding::kError, "",
             "expected GPT-2's weights under names of a known family, found none in 28 tensors");
  EXPECT_EQ(n_not_notes(findings), 1u) << all_text(findings);
}

TEST(Verify, ReportsItsProgress) {
  BundleBuilder builder;
  const TemporaryFolder folder;
  builder.write(folder.path());
  uint64_t last = 0, total = 0;
  bool is_monotonic = true;
  verify_checkpoint(open_checkpoint(find_model_files(folder.path())),
                    [&](uint64_t n_done, uint64_t n_total) {
                      is_monotonic = is_monotonic && n_done >= last;
                      last = n_done;
                      total = n_total;
                    });
  EXPECT_TRUE(is_monotonic);
  EXPECT_EQ(last, total);
  EXPECT_EQ(total, std::filesystem::file_size(folder.path() / "model.ckpt.data-00000-of-00001"));
}

}  // namespace
}  // namespace gpt2run
