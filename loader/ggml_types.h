#pragma once

#include <cstdint>
#include <string>

#include "base/file.h"
#include "loader/convert.h"
#include "loader/tensor_source.h"

namespace gpt2run {

// A type as ggml numbers it: items in blocks of a fixed number of bytes.
// Source: ggml include/ggml.h (enum ggml_type), src/ggml-common.h (the blocks).
struct GgmlType {
  uint32_t number;
  const char* name;
  uint32_t block_items;
  uint32_t block_bytes;
  DType dtype;  // kQuantized: one that read_ggml_items multiplies out; kOther: listed, not read
  void (*dequantize)(const unsigned char* block, float* out);  // out [block_items]; or null
};

// Null if there is no such type, or no longer.
const GgmlType* find_ggml_type(uint32_t number);

// What messages call it: "float32", "Q4_K".
std::string ggml_type_text(const GgmlType& type);

// Reads n items that stand together in a file as float32. A quantized item is scale * integer
// (+ minimum), in which nothing is rounded before the last sum: the same bits on every machine.
//   n     whole blocks
//   type  not a kOther
//   out   its pieces are whole blocks
// Errors: as InputFile::read_at's.
void read_ggml_items(const InputFile& file, uint64_t offset, const GgmlType& type, uint64_t n,
                     ItemsOut out, const ReadProgress& on_read);

}  // namespace gpt2run
