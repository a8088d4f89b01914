#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "loader/pickle.h"
#include "loader/torch_tensor.h"

namespace gpt2run {

struct NamedTorchTensor {
  std::string name;
  TorchTensor tensor;
};

// What a checkpoint's pickle holds.
struct TorchTree {
  std::vector<NamedTorchTensor> tensors;  // in the file's order, names unique
  nlohmann::json rest;                    // dicts, lists, numbers and strings; an object
};

// Takes a checkpoint apart. A tensor in dicts is named by their keys, joined by "."; those of a
// dict under the key "model" of the outermost one (nanoGPT's ckpt.pt) have their own names.
//   where  the part of the file that holds the pickle, for messages
// Errors: CheckpointError kCorrupt; kUnsupported for an outermost value that is no dict, nesting
// deeper than 32, more than 100,000 tensors, and tensors as parse_torch_tensor says.
TorchTree parse_torch_tree(const Pickle& pickle, const std::string& path, const std::string& where);

}  // namespace gpt2run
