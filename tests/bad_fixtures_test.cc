#include <gtest/gtest.h>

#include "loader/load_params.h"
#include "support/expect_error.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

struct BadFixture {
  const char* folder;
  ErrorKind kind;
  std::vector<std::string> texts;  // what the message must say
};

// Real files with one damage each: tests/data/fixtures/bad/*/WHAT.txt.
const std::vector<BadFixture> kBadFixtures = {
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
    {"ggml_truncated", ErrorKind::kCorrupt, {"ggml-model-f32.bin: byte", "cut off"}},
    {"ggml_vocab_len_huge", ErrorKind::kCorrupt, {"expected 2147483647 bytes for a token"}},
    {"gguf_dims_huge", ErrorKind::kCorrupt, {"output_norm.weight"}},
    {"gguf_kv_count_huge", ErrorKind::kCorrupt, {"model-f32.gguf"}},
    {"gguf_ndims_huge", ErrorKind::kCorrupt, {"output_norm.weight"}},
    {"gguf_offset_past_end", ErrorKind::kCorrupt, {"output_norm.weight"}},
    {"gguf_string_len_huge", ErrorKind::kCorrupt, {"model-f32.gguf: byte"}},
    {"gguf_tensor_count_huge", ErrorKind::kCorrupt, {"model-f32.gguf"}},
    {"gguf_truncated", ErrorKind::kCorrupt, {"model-f32.gguf", "cut off"}},
    {"gguf_version_99", ErrorKind::kUnsupported, {"version", "99"}},
    {"hf_config_missing", ErrorKind::kNotFound, {"config.json: not found", "--hparams FILE"}},
    {"hf_config_n_head", ErrorKind::kMismatch, {"config.json: n_head: expected a divisor of"}},
    {"hf_other_model",
     ErrorKind::kUnsupported,
     {"config.json: model_type: expected gpt2, found \"llama\""}},
    {"llmc_magic",
     ErrorKind::kCorrupt,
     {"model.bin: expected a checkpoint", "begins with the bytes"}},
    {"llmc_negative", ErrorKind::kCorrupt, {"num_layers: expected 1 to 100000, found -1"}},
    {"llmc_truncated",
     ErrorKind::kCorrupt,
     {"expected at least 9408 bytes", "found 8408", "cut off"}},
    {"llmc_version_1", ErrorKind::kUnsupported, {"an llm.c checkpoint of version 1"}},
    {"st_dtype_unknown", ErrorKind::kUnsupported, {"transformer.wte.weight", "F99"}},
    {"st_empty", ErrorKind::kCorrupt, {"model.safetensors: is empty (0 bytes)"}},
    {"st_header_len_huge", ErrorKind::kCorrupt, {"header length", "1152921504606846976"}},
    {"st_header_len_past_end", ErrorKind::kCorrupt, {"header length", "cut off"}},
    {"st_header_not_json", ErrorKind::kCorrupt, {"model.safetensors: header"}},
    {"st_lfs_pointer", ErrorKind::kCorrupt, {"Git LFS pointer", "548105171 bytes"}},
    {"st_missing_tensor",
     ErrorKind::kMismatch,
     {"(1 misfit)", "\n  transformer.wte.weight: missing"}},
    {"st_offsets_overlap", ErrorKind::kCorrupt, {"transformer.h.0.attn.c_attn.weight"}},
    {"st_offsets_past_end", ErrorKind::kCorrupt, {"transformer.wte.weight"}},
    {"st_offsets_reversed", ErrorKind::kCorrupt, {"transformer.wte.weight"}},
    {"st_shape_mismatch", ErrorKind::kCorrupt, {"wte.weight"}},
    {"st_shape_overflow", ErrorKind::kCorrupt, {"wte.weight", "2^63"}},
    {"st_shard_missing", ErrorKind::kNotFound, {"missing: model-00002-of-00002.safetensors"}},
    {"st_truncated", ErrorKind::kCorrupt, {"cut off"}},
};

// Those that need a library that is optional.
std::vector<BadFixture> bad_fixtures() {
  std::vector<BadFixture> all = kBadFixtures;
#ifdef GPT2RUN_HAVE_LIBZIP
  all.push_back(
      {"bin_foreign_global", ErrorKind::kUnsupported, {"__builtin__.eval, which is refused"}});
  all.push_back(
      {"bin_truncated", ErrorKind::kCorrupt, {"pytorch_model.bin: zip directory", "cut off"}});
  all.push_back(
      {"npz_complex", ErrorKind::kMismatch, {"model/wte: expected float32", "complex64"}});
  all.push_back(
      {"npz_pickled_object", ErrorKind::kMismatch, {"model/wte: expected float32", "object"}});
  all.push_back({"npz_bitflip", ErrorKind::kCorrupt, {"model/wte.npy", "CRC-32"}});
  all.push_back({"npz_truncated", ErrorKind::kCorrupt, {"params.npz: zip directory"}});
#endif
  all.push_back({"h5_not_hdf5", ErrorKind::kCorrupt, {"tf_model.h5", "signature"}});
  all.push_back({"h5_truncated", ErrorKind::kCorrupt, {"tf_model.h5", "23844 are missing"}});
  return all;
}

TEST(BadFixtures, AreRefusedWithTheirCause) {
  for (const BadFixture& bad : bad_fixtures()) {
    const auto folder = test_data("fixtures/bad") / bad.folder;
    const std::string message =
        expect_error(bad.kind, bad.texts, [&] { load_params(find_model_files(folder)); });
    EXPECT_NE(message.find(bad.folder), std::string::npos) << "no path in: " << message;
    EXPECT_EQ(message.find(":  "), std::string::npos) << "a part is empty in: " << message;
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

TEST(BadFixtures, UndamagedBasesOfEveryFormatLoad) {
  for (const char* name : {"safetensors", "gguf", "llmc", "npz", "tf1"}) {
    const auto folder = test_data("fixtures/bad") / (std::string("_good_base_") + name);
    EXPECT_EQ(load_params(find_model_files(folder)).hparams.n_vocab, 270) << name;
  }
  EXPECT_EQ(
      load_params(find_model_files(test_data("fixtures/bad/npz_path_traversal"))).hparams.n_embd,
      4);
}

}  // namespace
}  // namespace gpt2run
