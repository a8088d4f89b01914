#include <gtest/gtest.h>

#include "loader/load_params.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

struct BadFixture {
  const char* folder;
  ErrorKind kind;
  std::initializer_list<std::string> texts;  // what the message must say
};

// Real files with one damage each: tests/data/fixtures/bad/*/WHAT.txt.
const BadFixture kBadFixtures[] = {
    {"index_truncated", ErrorKind::kCorrupt, {"model.ckpt.index: footer", "cut off"}},
    {"index_truncated_tail", ErrorKind::kCorrupt, {"model.ckpt.index: footer", "cut off"}},
    {"index_empty", ErrorKind::kCorrupt, {"model.ckpt.index: is empty (0 bytes)"}},
    {"index_bitflip_name", ErrorKind::kCorrupt, {"model.ckpt.index: block at byte 0", "crc32c"}},
    {"index_bitflip_value", ErrorKind::kCorrupt, {"model.ckpt.index: block at byte 0", "crc32c"}},
    {"index_bitflip_footer", ErrorKind::kCorrupt, {"model.ckpt.index: footer"}},
    {"index_html", ErrorKind::kCorrupt, {"model.ckpt.index: is an HTML page", "download it again"}},
    {"data_truncated_1k",
     ErrorKind::kCorrupt,
     {"model.ckpt.data-00000-of-00001", "expected at least 6560 bytes", "found 5536", "cut off"}},
    {"data_empty", ErrorKind::kCorrupt, {"model.ckpt.data-00000-of-00001: is empty (0 bytes)"}},
    {"data_bitflip_wte", ErrorKind::kCorrupt, {"model/wte at byte", "crc32c", "different saves"}},
    {"data_bitflip_c_fc", ErrorKind::kCorrupt, {"model/h1/mlp/c_fc/w at byte", "crc32c"}},
    {"data_lfs_pointer", ErrorKind::kCorrupt, {"Git LFS pointer", "497759232", "git lfs pull"}},
    {"data_missing",
     ErrorKind::kNotFound,
     {"missing: model.ckpt.data-00000-of-00001; here: model.ckpt.index"}},
    {"index_missing",
     ErrorKind::kNotFound,
     {"no bundle (PREFIX.index)",
      "here: checkpoint, encoder.json, hparams.json, "
      "model.ckpt.data-00000-of-00001, vocab.bpe",
      "missing: model.ckpt.index"}},
    {"shard_missing",
     ErrorKind::kNotFound,
     {"missing: model.ckpt.data-00001-of-00002",
      "here: model.ckpt.index, "
      "model.ckpt.data-00000-of-00002"}},
    {"hparams_n_embd",
     ErrorKind::kMismatch,
     {"(28 misfits)", "\"n_embd\": 4 (it says 8)",
      "model/wte: expected shape [270, 8], found "
      "[270, 4]"}},
    {"hparams_n_layer_large",
     ErrorKind::kMismatch,
     {"(3 misfits)", "\"n_layer\": 2 (it says 5)", "\n  model/h2: missing: the whole layer",
      "\n  model/h4: missing: the whole layer"}},
    {"hparams_n_layer_small",
     ErrorKind::kMismatch,
     {"(1 misfit)", "\"n_layer\": 2 (it says 1)", "model/h1: unexpected layer (12 tensors)"}},
    {"hparams_n_head",
     ErrorKind::kMismatch,
     {"hparams.json: n_head: expected a divisor of n_embd"}},
    {"hparams_n_head_zero", ErrorKind::kMismatch, {"hparams.json: n_head: expected", "found 0"}},
    {"hparams_n_vocab",
     ErrorKind::kMismatch,
     {"(1 misfit)", "\"n_vocab\": 270 (it says 50257)", "model/wte: expected shape [50257, 4]"}},
    {"hparams_n_ctx", ErrorKind::kMismatch, {"(1 misfit)", "(it says 1024)", "model/wpe"}},
    {"hparams_negative", ErrorKind::kMismatch, {"hparams.json: n_layer: expected", "found -2"}},
    {"hparams_huge", ErrorKind::kMismatch, {"hparams.json: n_layer: expected", "found 1"}},
    {"hparams_string", ErrorKind::kMismatch, {"hparams.json: n_embd: expected", "\"eight\""}},
    {"hparams_missing_key",
     ErrorKind::kMismatch,
     {"hparams.json: n_head: expected", "no such key"}},
    {"hparams_not_json", ErrorKind::kMismatch, {"hparams.json: not JSON"}},
    {"hparams_missing",
     ErrorKind::kNotFound,
     {"hparams.json: not found", "missing: hparams.json", "--hparams FILE"}},
    {"hparams_is_dir", ErrorKind::kMismatch, {"hparams.json", "a folder"}},
    {"c_attn_transposed",
     ErrorKind::kMismatch,
     {"model/h1/attn/c_attn/w: expected shape [1, 4, 12], found [1, 12, 4] (transposed"}},
    {"var_missing", ErrorKind::kMismatch, {"(1 misfit)", "model/h1/mlp/c_fc/b: missing"}},
    {"var_renamed",
     ErrorKind::kMismatch,
     {"(1 misfit)",
      "model/h0/attn/c_attn/w: missing; the nearest name here is "
      "model/h0/attn/c_atn/w"}},
    {"var_wrong_rank",
     ErrorKind::kMismatch,
     {"model/h0/ln_1/g: expected shape [4], found [4, 1, 1]"}},
    {"var_int32", ErrorKind::kMismatch, {"model/wpe: expected float32", "found int32"}},
    {"nan_weight", ErrorKind::kCorrupt, {"model/h0/mlp/c_proj/w[", "found NaN"}},
    {"inf_weight", ErrorKind::kCorrupt, {"model/ln_f/g[", "found infinity"}},
};

TEST(BadFixtures, AreRefusedWithTheirCause) {
  for (const BadFixture& bad : kBadFixtures) {
    const auto folder = test_data("fixtures/bad") / bad.folder;
    const std::string message =
        expect_error(bad.kind, bad.texts, [&] { load_params(find_model_files(folder)); });
    EXPECT_NE(message.find(bad.folder), std::string::npos) << "no path in: " << message;
    RecordProperty(bad.folder, message);
  }
}

TEST(BadFixtures, WholeWeightsLoadWhateverTheStateFileSays) {
  for (const char* name : {"checkpoint_missing", "checkpoint_names_other", "_good_base_tf1"}) {
    const ModelFiles files = find_model_files(test_data("fixtures/bad") / name);
    EXPECT_EQ(files.notices.size(), std::string(name) == "_good_base_tf1" ? 0u : 1u);
    EXPECT_EQ(load_params(files).hparams.n_vocab, 270) << name;
  }
}

TEST(BadFixtures, KnownFormatsThatAreNotReadAreNamed) {
  expect_error(ErrorKind::kUnsupported, {"tf1_v1format/model.ckpt: is a V1 checkpoint"},
               [] { load_params(find_model_files(test_data("fixtures/tf1_v1format"))); });
  expect_error(ErrorKind::kUnsupported, {"is a V1 checkpoint"}, [] {
    load_params(find_model_files(test_data("fixtures/tf1_v1format/model.ckpt")));
  });
  expect_error(ErrorKind::kUnsupported, {"ckpt-1: is a TensorFlow 2 object-based checkpoint"},
               [] { load_params(find_model_files(test_data("fixtures/tf2_object"))); });
}

}  // namespace
}  // namespace gpt2run
