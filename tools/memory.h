#pragma once

#include <cstdint>
#include <new>
#include <string>

#include "engine/params.h"

namespace gpt2run {

// The most memory that this process has held so far, in bytes; 0 where the system does not say.
uint64_t peak_memory_bytes();

// "497.8 MB" (10^6 bytes).
std::string megabytes(double n_bytes);

// What a model's size in memory follows from.
struct ModelShape {
  ModelShape(const Hparams& shape, WeightType dtype = WeightType::kFloat32, bool own_head = false)
      : hparams(shape), type(dtype), has_own_head(own_head) {}
  ModelShape(const Params& params)  // NOLINT: as good as its shape
      : ModelShape(params.hparams, params.type, params.lm_head_storage.size() > 0) {}

  Hparams hparams;
  WeightType type;
  bool has_own_head;  // beside wte
};

// Errors: InputError kRuntime, always: out of memory, and what a model of that shape takes.
//   n_logits_rows  rows of logits that were asked for besides
[[noreturn]] void throw_out_of_memory(const ModelShape& model, int n_logits_rows = 0);

// What call returns. Errors: as call's, std::bad_alloc as throw_out_of_memory's.
template <class Call>
auto naming_memory(const ModelShape& model, int n_logits_rows, const Call& call) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    throw_out_of_memory(model, n_logits_rows);
  }
}

}  // namespace gpt2run
