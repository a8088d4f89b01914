#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/params.h"
#include "loader/checkpoint.h"

namespace gpt2run {

// What was read and what was left out.
struct LoadReport {
  uint64_t n_bytes_read = 0;
  uint64_t n_bytes_packed = 0;  // what the weights take in memory
  int n_tensors = 0;            // loaded
  int n_skipped = 0;            // optimizer slots, global_step, strings, masks, what --skip names
  uint64_t n_bytes_skipped = 0;
  std::vector<std::string> notices;  // what a user must know: weights left at zero, an untied head
};

// Called now and then while weights are read: numbers done, numbers in all. By several threads, but
// one at a time; what it throws ends the loading and is thrown on.
using LoadProgress = std::function<void(uint64_t n_done, uint64_t n_total)>;

// Reads a model's weights into Params, rounded to the type and packed; several at a time
// (base/threads.h), each a few rows at a time, so that no tensor is in memory as it is stored.
// All misfits of names and shapes are reported at once, before anything is allocated; weights are
// never invented: what options.allow_missing names and what a model without biases lacks is zero.
// A head of its own that holds wte's values once more is tied.
//   beside  what else is to be done meanwhile: called once, by one of the threads, which reads
//           weights after it; not called if the weights do not fit. What it throws is thrown on,
//           whatever is wrong with the weights, and no tensor is begun after it
// Errors: InputError kNotFound, kCorrupt (checksum, truncation, NaN or Inf), kMismatch,
// kUnsupported, kRuntime (the system refuses to open or read a file); std::bad_alloc.
Params load_params(const Checkpoint& checkpoint, const ModelConfig& config,
                   WeightType type = WeightType::kFloat32, LoadReport* report = nullptr,
                   const LoadProgress& progress = {}, const std::function<void()>& beside = {});

// Errors: kMismatch, as load_params's, without reading a weight.
void require_fit(const Checkpoint& checkpoint, const ModelConfig& config);

// load_params from files.
Params load_params(const ModelFiles& files, WeightType type = WeightType::kFloat32,
                   LoadReport* report = nullptr, const LoadProgress& progress = {});

// The same from any source whose names a family has.
Params load_params(const TensorSource& source, const ModelConfig& config,
                   WeightType type = WeightType::kFloat32, LoadReport* report = nullptr,
                   const LoadProgress& progress = {});

}  // namespace gpt2run
