#pragma once

#include <optional>
#include <string_view>

#include "loader/tensor_source.h"

namespace gpt2run {

// Whether a name is that of what an optimizer keeps beside a variable: model/wte/Adam,
// .OPTIMIZER_SLOT, adafactor_v, optimizer.state.0.exp_avg. Those are skipped and counted.
bool is_optimizer_slot(std::string_view name);

// Whether a tensor is one of the masks that PyTorch models of GPT-2 save along: attn.bias, a
// triangle of [1, 1, n_ctx, n_ctx] (which `gpt2ckpt verify` checks), and attn.masked_bias, a
// number.
bool is_mask_buffer(const TensorInfo& tensor);

// Whether a tensor counts what training did: global_step, save_counter, iter_num; one number.
bool is_counter(const TensorInfo& tensor);

// 3 for "model/h3/attn/c_attn/w".
std::optional<int> layer_of(std::string_view name);

// Whether it is the tensor in which TensorFlow 2 keeps the tree of the objects that it saved.
bool is_object_graph(std::string_view name);

}  // namespace gpt2run
