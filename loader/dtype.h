#pragma once

#include <cstdint>
#include <string>

#include "loader/tensor_source.h"

namespace gpt2run {

// A type as TensorFlow numbers it. Source: tensorflow core/framework/types.proto.
struct TensorFlowType {
  int number;
  const char* name;
  uint64_t n_bytes;  // an item's; 0: not fixed
  DType dtype;
};

// Null if there is no such type.
const TensorFlowType* find_tensorflow_type(uint64_t number);

// Whether read_float32 reads it.
bool is_readable_float(DType dtype);

}  // namespace gpt2run
