// Weights that are packed as they are stored: bfloat16, GGUF's Q8_0 and Q4_0.
#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <string>
#include <vector>

#include "loader/gguf.h"
#include "loader/load_params.h"
#include "support/expect_error.h"
#include "support/gguf_builder.h"
#include "support/memory_file.h"
#include "support/source_values.h"

namespace gpt2run {
namespace {

constexpr uint32_t kF32 = 0, kQ4 = 2, kQ8 = 8, kBF16 = 30;  // ggml's numbers
constexpr Hparams kHparams = {.n_vocab = 70, .n_ctx = 4, .n_embd = 64, .n_head = 2, .n_layer = 1};

// A GGUF file of one layer whose matrices are of one type, of random numbers.
class StoredModel {
 public:
  StoredModel(uint32_t type, bool has_head) {
    const uint64_t n = kHparams.n_embd, n_vocab = kHparams.n_vocab;
    add("token_embd.weight", {n, n_vocab}, type);
    if (has_head) add("output.weight", {n, n_vocab}, type);
    add("position_embd.weight", {n, 4}, kF32);
    for (const char* norm : {"output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"}) {
      add(std::string(norm) + ".weight", {n}, kF32);
      add(std::string(norm) + ".bias", {n}, kF32);
    }
    add_linear("blk.0.attn_qkv", n, 3 * n, type);
    add_linear("blk.0.attn_output", n, n, type);
    add_linear("blk.0.ffn_up", n, 4 * n, type);
    add_linear("blk.0.ffn_down", 4 * n, n, type);
    builder_.n_data = 0;
  }

  // Where a tensor's data is in data().
  size_t offset(const std::string& name) const {
    for (const BuiltGgufTensor& tensor : tensors_) {
      if (tensor.name == name) return tensor.offset;
    }
    throw std::logic_error(name);
  }
  std::string& data() { return data_; }
  std::string bytes() const { return builder_.bytes() + data_; }

 private:
  void add_linear(const std::string& name, uint64_t n_in, uint64_t n_out, uint32_t type) {
    add(name + ".weight", {n_in, n_out}, type);
    add(name + ".bias", {n_out}, kF32);
  }

  void add(const std::string& name, const std::vector<uint64_t>& dimensions, uint32_t type) {
    tensors_.push_back({name, dimensions, type, data_.size()});
    builder_.add(tensors_.back());
    uint64_t n_items = 1;
    for (const uint64_t size : dimensions) n_items *= size;
    if (type == kF32) {
      for (uint64_t i = 0; i < n_items; ++i) data_ += little_endian(static_cast<float>(i % 5));
    } else if (type == kBF16) {
      for (uint64_t i = 0; i < n_items; ++i) {
        data_ += little_endian(static_cast<uint16_t>(random_() & 0xbfff));  // below 2
      }
    } else {
      for (uint64_t i = 0; i < n_items / 32; ++i) add_block(type == kQ8 ? 32 : 16);
    }
    data_.resize((data_.size() + 31) / 32 * 32, '\0');
  }

  void add_block(int n_bytes) {
    const auto scale = static_cast<uint16_t>(0x1000 + random_() % 0x1000 + random_() % 2 * 0x8000);
    data_ += little_endian(scale);
    for (int i = 0; i < n_bytes; ++i) data_ += static_cast<char>(random_());
  }

  GgufBuilder builder_;
  std::vector<BuiltGgufTensor> tensors_;
  std::string data_;
  std::mt19937 random_{7};
};

// Expects every column of a weight to be a row of the file's tensor, bit for bit.
void expect_rows(const Weight& weight, WeightType type, const std::vector<float>& rows) {
  ASSERT_EQ(weight.type, type);
  const auto n_in = static_cast<size_t>(weight.n_in);
  ASSERT_EQ(rows.size(), n_in * static_cast<size_t>(weight.n_out));
  std::vector<float> column(n_in);
  for (int j = 0; j < weight.n_out; ++j) {
    unpack_column(weight, j, column.data());
    const auto row = rows.begin() + static_cast<std::ptrdiff_t>(static_cast<size_t>(j) * n_in);
    ASSERT_TRUE(std::equal(column.begin(), column.end(), row)) << j;
  }
}

void expect_as_stored(uint32_t stored, WeightType type, bool has_head) {
  MemoryFile memory;
  memory.write(StoredModel(stored, has_head).bytes());
  const GgufFile file(memory.path());
  LoadReport report;
  uint64_t n_done = 0, n_total = 1;
  const Params params =
      load_params(file, {.hparams = kHparams}, type, &report, [&](uint64_t done, uint64_t total) {
        n_done = done;
        n_total = total;
      });
  EXPECT_EQ(n_done, n_total);
  const Block& block = params.blocks[0];
  expect_rows(params.wte, type, read_tensor(file, "token_embd.weight"));
  expect_rows(block.attn.c_attn.w, type, read_tensor(file, "blk.0.attn_qkv.weight"));
  expect_rows(block.attn.c_proj.w, type, read_tensor(file, "blk.0.attn_output.weight"));
  expect_rows(block.mlp.c_fc.w, type, read_tensor(file, "blk.0.ffn_up.weight"));
  expect_rows(block.mlp.c_proj.w, type, read_tensor(file, "blk.0.ffn_down.weight"));
  EXPECT_EQ(params.lm_head.data == params.wte.data, !has_head);
  if (has_head) expect_rows(params.lm_head, type, read_tensor(file, "output.weight"));
}

TEST(LoadStored, BFloat16Q8AndQ4RunAsTheyAreStored) {
  for (const bool has_head : {false, true}) {
    expect_as_stored(kBF16, WeightType::kBFloat16, has_head);
    expect_as_stored(kQ8, WeightType::kInt8, has_head);
    expect_as_stored(kQ4, WeightType::kInt4, has_head);
  }
}

TEST(LoadStored, IsConvertedForFloat32) {
  expect_as_stored(kBF16, WeightType::kFloat32, true);
  expect_as_stored(kQ8, WeightType::kFloat32, true);
  expect_as_stored(kQ4, WeightType::kFloat32, false);
}

void expect_nan_found(StoredModel& model, WeightType type, const std::string& place) {
  MemoryFile memory;
  memory.write(model.bytes());
  const GgufFile file(memory.path());
  expect_error(ErrorKind::kCorrupt, {place, "found NaN"},
               [&] { load_params(file, {.hparams = kHparams}, type); });
}

TEST(LoadStored, ABFloat16ThatIsNotFiniteIsCorrupt) {
  StoredModel model(kBF16, false);
  const size_t at = model.offset("blk.0.attn_qkv.weight") + (3 * 64 + 33) * sizeof(uint16_t);
  model.data().replace(at, 2, little_endian<uint16_t>(0x7fc0));
  expect_nan_found(model, WeightType::kBFloat16, "blk.0.attn_qkv.weight[33, 3]");
}

TEST(LoadStored, AScaleThatIsNotFiniteIsCorrupt) {
  for (const auto& [stored, type] :
       {std::pair{kQ8, WeightType::kInt8}, std::pair{kQ4, WeightType::kInt4}}) {
    StoredModel model(stored, false);
    const size_t block_bytes = stored == kQ8 ? 34 : 18;
    const size_t block = 3 * 2 + 1;  // of row 3, columns 32 to 63
    const size_t at = model.offset("blk.0.attn_qkv.weight") + block * block_bytes;
    model.data().replace(at, 2, little_endian<uint16_t>(0x7e00));  // a NaN
    expect_nan_found(model, type, "blk.0.attn_qkv.weight[32, 3]");
  }
}

}  // namespace
}  // namespace gpt2run
