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

// Errors: InputError kRuntime, always: out of memory, and what a model of that shape takes.
//   n_logits_rows  rows of logits that were asked for besides
[[noreturn]] void throw_out_of_memory(const Hparams& hparams, int n_logits_rows = 0);

// What call returns. Errors: as call's, std::bad_alloc as throw_out_of_memory's.
template <class Call>
auto naming_memory(const Hparams& hparams, int n_logits_rows, const Call& call) {
  try {
    return call();
  } catch (const std::bad_alloc&) {
    throw_out_of_memory(hparams, n_logits_rows);
  }
}

}  // namespace gpt2run
