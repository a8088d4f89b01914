#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpt2run {

// The ways in which GPT-2's weights are named and laid out. Everywhere else a weight is called as
// OpenAI's checkpoints call it, "model/h3/attn/c_attn/w", and has the shape that model.py computes
// with, [n_in, n_out]; a head that is not tied is "model/lm_head", [n_vocab, n_embd].
enum class Family {
  kOpenAi,        // model/h0/attn/c_attn/w
  kTfModule,      // model/h0/attn/c_attn/w/.ATTRIBUTES/VARIABLE_VALUE: a tf.Module's tree
  kHfTensorFlow,  // transformer/h/0/attn/c_attn/weight/.ATTRIBUTES/VARIABLE_VALUE
  kHfKeras,       // transformer/tfgpt2lm_head_model/transformer/h_._0/attn/c_attn/weight:0
  kHfPyTorch,     // transformer.h.0.attn.c_attn.weight, a Conv1D
  kLinear,        // the same names, an nn.Linear: nanoGPT
  kLlmc,          // qkvw.0
  kGguf,          // blk.0.attn_qkv.weight
  kGgml,          // OpenAI's names, the matrices transposed
};

struct FamilyTraits {
  Family family;
  const char* name;      // for people: "Hugging Face PyTorch"
  const char* prefix;    // what stands before most names when they are written
  const char* suffix;    // and behind all
  bool is_transposed;    // a layer's matrices stand [n_out, n_in]
  bool has_kernel_axis;  // they stand [1, n_in, n_out]
  bool has_bias_row;     // the biases of linear layers stand [1, n_out]
};

const FamilyTraits& family_traits(Family family);

// The name that a family gives a weight, with its usual prefix and suffix; "" if it has none.
//   weight  "model/h3/attn/c_attn/w"
std::string family_name(Family family, std::string_view weight);

// Whether the weight is a matrix of a layer, "model/h3/.../w", which families lay out differently.
bool is_layer_matrix(std::string_view weight);

// Whether it is the bias of one: "model/h3/.../c_attn/b".
bool is_linear_bias(std::string_view weight);

// The shape in which a family stores a weight.
//   shape  [n_in, n_out], [n] or [rows, cols], as the model computes with it
std::vector<int64_t> family_shape(Family family, std::string_view weight,
                                  std::vector<int64_t> shape);

// A tensor's name, taken apart.
struct RecognizedName {
  std::string weight;  // "model/h3/attn/c_attn/w"
  std::string prefix;  // what stood before the name that the table of spellings has
  Family family;       // by the name alone: kOpenAi also for kGgml, kHfPyTorch also for kLinear
};

// Finds a name in the table of spellings. Prefixes that trainers and exporters put before names
// (module., _orig_mod., transformer., model/) are stripped until none is left.
std::optional<RecognizedName> recognize_name(std::string_view name);

// The same of the longest end of a name, behind a slash or a dot, that is known: what stands before
// it, known or not, is the prefix. At most 8 parts of a name are taken away.
//   begin  gets where that end begins, with the prefixes that are known
std::optional<RecognizedName> recognize_end(std::string_view name, size_t* begin = nullptr);

}  // namespace gpt2run
