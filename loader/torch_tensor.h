#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "loader/pickle.h"
#include "loader/tensor_source.h"

namespace gpt2run {

// How PyTorch pickles a tensor: a call of torch._utils._rebuild_tensor_v2 whose first argument is
// the persistent id of a storage, an array of items that several tensors may be views of.
// Source: pytorch torch/serialization.py, torch/_utils.py.

struct TorchType {
  std::string_view name;  // "torch.FloatStorage"
  DType dtype;
  const char* text;
  unsigned n_bytes;  // an item's
};

struct TorchStorage {
  std::string key;  // the file's own
  const TorchType* type = nullptr;
  uint64_t n_items = 0;

  uint64_t n_bytes() const { return n_items * type->n_bytes; }  // checked not to overflow
};

struct TorchTensor {
  TorchStorage storage;
  uint64_t offset = 0;  // in items
  std::vector<int64_t> shape;
  std::vector<int64_t> strides;  // in items

  // Items of the storage that it spans, from offset on. 0 if it is empty.
  uint64_t n_spanned() const;
};

// The names that a checkpoint's pickle may ask for: those of tensors, parameters, sizes, storages.
bool is_torch_global(std::string_view global);

// Whether a value is a tensor or a parameter.
bool is_torch_tensor(const Pickle& pickle, uint32_t value);

// The tuple within a torch.Size; any other value is itself.
uint32_t without_torch_size(const Pickle& pickle, uint32_t value);

// A tensor, whose view is checked to be within its storage.
//   path, where  for messages
// Requires: is_torch_tensor.
// Errors: CheckpointError kCorrupt; kUnsupported for a tensor of more items than its storage, and a
// storage that is a view of another.
TorchTensor parse_torch_tensor(const Pickle& pickle, uint32_t value, const std::string& path,
                               const std::string& where);

}  // namespace gpt2run
