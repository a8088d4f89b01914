#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/params.h"
#include "loader/model_files.h"
#include "loader/tensor_source.h"

namespace gpt2run {

// What was read and what was left out.
struct LoadReport {
  uint64_t n_bytes_read = 0;
  int n_tensors = 0;  // loaded
  int n_skipped = 0;  // optimizer slots, global_step, strings, anything outside model/
  uint64_t n_bytes_skipped = 0;
};

// Called now and then while weights are read: numbers done, numbers in all.
using LoadProgress = std::function<void(uint64_t n_done, uint64_t n_total)>;

// Reads a model's weights into Params, by OpenAI's names.
// All misfits of names and shapes are reported at once, before anything is allocated; weights are
// never invented.
// Errors: InputError kNotFound, kCorrupt (checksum, truncation, NaN or Inf), kMismatch,
// kUnsupported, kRuntime (the system refuses to open or read a file); std::bad_alloc.
Params load_params(const ModelFiles& files, LoadReport* report = nullptr,
                   const LoadProgress& progress = {});

// The same from an open checkpoint. hparams_path is only named in messages.
Params load_params(const TensorSource& source, const Hparams& hparams,
                   const std::string& hparams_path, LoadReport* report = nullptr,
                   const LoadProgress& progress = {});

}  // namespace gpt2run
