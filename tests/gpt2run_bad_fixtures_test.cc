#include <gtest/gtest.h>

#include <map>
#include <set>

#include "support/gpt2run_program.h"
#include "support/test_data.h"

namespace gpt2run {
namespace {

// The exit code for each folder of tests/data/fixtures/bad.
const std::map<std::string, int> kExitCodes = {
    {"_good_base_tf1", 0},
    {"checkpoint_missing", 0},
    {"checkpoint_names_other", 0},
    {"data_missing", 3},
    {"encoder_missing", 3},
    {"hparams_missing", 3},
    {"index_missing", 3},
    {"shard_missing", 3},
    {"vocab_bpe_missing", 3},
    {"data_bitflip_c_fc", 4},
    {"data_bitflip_wte", 4},
    {"data_empty", 4},
    {"data_lfs_pointer", 4},
    {"data_truncated_1k", 4},
    {"index_bitflip_footer", 4},
    {"index_bitflip_name", 4},
    {"index_bitflip_value", 4},
    {"index_empty", 4},
    {"index_html", 4},
    {"index_truncated", 4},
    {"index_truncated_tail", 4},
    {"inf_weight", 4},
    {"nan_weight", 4},
    {"c_attn_transposed", 5},
    {"hparams_huge", 5},
    {"hparams_is_dir", 5},
    {"hparams_missing_key", 5},
    {"hparams_n_ctx", 5},
    {"hparams_n_embd", 5},
    {"hparams_n_head", 5},
    {"hparams_n_head_zero", 5},
    {"hparams_n_layer_large", 5},
    {"hparams_n_layer_small", 5},
    {"hparams_n_vocab", 5},
    {"hparams_negative", 5},
    {"hparams_not_json", 5},
    {"hparams_string", 5},
    {"var_int32", 5},
    {"var_missing", 5},
    {"var_renamed", 5},
    {"var_wrong_rank", 5},
    {"encoder_duplicate_id", 7},
    {"encoder_id_out_of_range", 7},
    {"encoder_missing_token", 7},
    {"encoder_not_json", 7},
    {"vocab_bpe_three_parts", 7},
    {"vocab_bpe_truncated", 7},
    // Formats other than TensorFlow's. Those without a vocabulary are 3 once their weights fit.
    {"_good_base_gguf", 0},
    {"_good_base_safetensors", 0},
    {"_good_base_llmc", 3},
    {"hf_config_missing", 3},
    {"st_shard_missing", 3},
    {"ggml_truncated", 4},
    {"ggml_vocab_len_huge", 4},
    {"gguf_dims_huge", 4},
    {"gguf_kv_count_huge", 4},
    {"gguf_ndims_huge", 4},
    {"gguf_offset_past_end", 4},
    {"gguf_string_len_huge", 4},
    {"gguf_tensor_count_huge", 4},
    {"gguf_truncated", 4},
    {"gguf_version_99", 6},
    {"hf_config_n_head", 5},
    {"hf_other_model", 6},
    {"llmc_magic", 4},
    {"llmc_negative", 4},
    {"llmc_truncated", 4},
    {"llmc_version_1", 6},
    {"st_dtype_unknown", 6},
    {"st_empty", 4},
    {"st_header_len_huge", 4},
    {"st_header_len_past_end", 4},
    {"st_header_not_json", 4},
    {"st_lfs_pointer", 4},
    {"st_missing_tensor", 5},
    {"st_offsets_overlap", 4},
    {"st_offsets_past_end", 4},
    {"st_offsets_reversed", 4},
    {"st_shape_mismatch", 4},
    {"st_shape_overflow", 4},
    {"st_truncated", 4},
};

// Those that need libzip; without it, 6.
std::map<std::string, int> exit_codes() {
  std::map<std::string, int> codes = kExitCodes;
#ifdef GPT2RUN_HAVE_LIBZIP
  const bool has_zip = true;
#else
  const bool has_zip = false;
#endif
  codes["_good_base_npz"] = codes["npz_path_traversal"] = has_zip ? 0 : 6;
  codes["npz_bitflip"] = codes["npz_truncated"] = codes["bin_truncated"] = has_zip ? 4 : 6;
  codes["npz_complex"] = codes["npz_pickled_object"] = has_zip ? 5 : 6;
  codes["bin_foreign_global"] = 6;
  codes["h5_truncated"] = codes["h5_not_hdf5"] = 4;
  return codes;
}

// Those whose message lists what does not fit, a line each.
const std::set<std::string> kLists = {
    "c_attn_transposed",     "hparams_n_ctx",   "hparams_n_embd", "hparams_n_layer_large",
    "hparams_n_layer_small", "hparams_n_vocab", "var_int32",      "var_missing",
    "var_renamed",           "var_wrong_rank",  "npz_complex",    "npz_pickled_object",
    "st_missing_tensor"};

// Every file's bytes and time of change.
using Contents = std::map<std::string, std::pair<std::string, std::filesystem::file_time_type>>;

Contents contents_of(const std::filesystem::path& folder) {
  Contents contents;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    contents[entry.path().filename()] = {entry.is_regular_file() ? read_bytes(entry.path()) : "",
                                         entry.last_write_time()};
  }
  return contents;
}

TEST(Gpt2runBadFixtures, EndWithTheirCodeAndOneLineAndAreLeftAsTheyWere) {
  const std::map<std::string, int> codes = exit_codes();
  size_t n_folders = 0;
  for (const auto& entry : std::filesystem::directory_iterator(test_data("fixtures/bad"))) {
    const std::string name = entry.path().filename();
    SCOPED_TRACE(name);
    ++n_folders;
    const auto expected = codes.find(name);
    if (expected == codes.end()) {
      ADD_FAILURE() << "no exit code is expected of it";
      continue;
    }
    const Contents before = contents_of(entry.path());
    const ProgramResult result =
        run_gpt2run({"--model", entry.path(), "--prompt", "a", "-n", "1", "--quiet"});
    EXPECT_TRUE(contents_of(entry.path()) == before);
    if (expected->second == 0) {
      EXPECT_EQ(result.exit_code, 0) << result.err;
      EXPECT_EQ(result.err, "");
    } else if (kLists.contains(name)) {
      EXPECT_EQ(result.exit_code, expected->second);
      EXPECT_EQ(result.out, "");
      EXPECT_TRUE(result.err.starts_with("gpt2run: ")) << result.err;
      EXPECT_NE(result.err.find(" do not fit "), std::string::npos) << result.err;
      EXPECT_NE(result.err.find("\n  "), std::string::npos) << result.err;
    } else {
      expect_error(result, expected->second, {name});
    }
  }
  EXPECT_EQ(n_folders, codes.size());
}

}  // namespace
}  // namespace gpt2run
