#pragma once

#include <cstddef>
#include <vector>

#include "engine/huge_buffer.h"
#include "engine/weight.h"

namespace gpt2run {

enum class Activation {
  kGeluTanh,  // OpenAI's: "gelu_new"
  kGeluErf,   // the exact one: nanoGPT's, "gelu"
};

// hparams.json's words.
struct Hparams {
  int n_vocab = 0;  // rows of wte
  int n_ctx = 0;    // rows of wpe: the longest sequence
  int n_embd = 0;
  int n_head = 0;  // divides n_embd
  int n_layer = 0;

  // What config.json may say besides, in its words. The defaults are OpenAI's.
  int n_inner = 0;  // columns of mlp/c_fc; 0: 4*n_embd
  Activation activation = Activation::kGeluTanh;
  float layer_norm_epsilon = 1e-5f;
  bool scale_attn_weights = true;                // scores by 1 / sqrt(d_head)
  bool scale_attn_by_inverse_layer_idx = false;  // and by 1 / (layer + 1)

  int d_head() const { return n_embd / n_head; }
  int d_mlp() const { return n_inner > 0 ? n_inner : 4 * n_embd; }
};

// Rows that are only looked up: row-major float32. Owns nothing.
struct LookupTable {
  float* data = nullptr;
  int rows = 0;
  int cols = 0;
};

// A bias or a gain, float32. Owns nothing.
struct WeightVector {
  float* data = nullptr;
  int size = 0;
};

// The members below carry the checkpoint's own words: the variable model/h3/attn/c_attn/w is
// params.blocks[3].attn.c_attn.w.

struct LayerNorm {
  WeightVector g;  // [n_embd]
  WeightVector b;  // [n_embd]
};

struct Linear {
  Weight w;        // [n_in, n_out]
  WeightVector b;  // [n_out]
};

struct Attn {
  Linear c_attn;  // [n_embd, 3*n_embd]: queries, keys, values side by side
  Linear c_proj;  // [n_embd, n_embd]
};

struct Mlp {
  Linear c_fc;    // [n_embd, d_mlp]
  Linear c_proj;  // [d_mlp, n_embd]
};

struct Block {
  LayerNorm ln_1;
  Attn attn;
  LayerNorm ln_2;
  Mlp mlp;
};

// All weights of a model.
// Owns: the storage that every weight points into; it moves with the Params, the pointers stay
// valid. Threads: a const Params may be shared.
struct Params {
  Hparams hparams;
  WeightType type = WeightType::kFloat32;  // of lm_head and every Linear's w; wte has its own
  Weight wte;                              // a column a token: n_in = n_embd, n_out = n_vocab
  LookupTable wpe;                         // [n_ctx, n_embd]
  std::vector<Block> blocks;               // [n_layer]
  LayerNorm ln_f;
  Weight lm_head;  // as wte; wte itself where they are tied
  HugeBuffer storage;
  HugeBuffer lm_head_storage;  // empty where they are tied
};

// A Params of that shape, its weights zero, its head tied. Each tensor starts on a 64-byte boundary
// of one buffer.
// Requires: every size at least 1, n_head divides n_embd. Errors: std::bad_alloc.
Params make_params(const Hparams& hparams, WeightType type = WeightType::kFloat32);

// Gives it a head of its own, zero. Errors: std::bad_alloc.
void untie_head(Params& params);

}  // namespace gpt2run
