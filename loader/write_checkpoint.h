#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "base/vocabulary.h"
#include "engine/params.h"
#include "loader/tensor_source.h"

namespace gpt2run {

enum class TargetFormat { kTf1, kTf2, kSafetensors, kNpz, kGguf, kLlmc };

// A model to write.
struct ModelToWrite {
  const TensorSource& weights;  // by OpenAI's names, in the model's own shapes (families.h)
  const Hparams& hparams;
  const Vocabulary* vocabulary;  // null: none is written
};

// Called now and then: numbers written (and, after them, read back), in all.
using WriteProgress = std::function<void(uint64_t n_done, uint64_t n_total)>;

// Writes a checkpoint that is there whole or not at all (base/atomic_output.h), and before that
// reads it back by the format's own reader and compares every value, bit for bit, with what was
// read of the weights: by a CRC-32C and a 64-bit sum of each tensor, taken as it was read, so that
// they are read only once. kTf1, kTf2 and kSafetensors make a folder, with hparams.json or
// config.json and the vocabulary in the format's own layout; the others make a file.
//   target   what must not be there yet, or, with `overwrite`, may be: it is replaced in one step.
//            A folder with a file that none of the three writes is never replaced.
//   dtype    kFloat32, kFloat16 or kBFloat16
// Memory: one tensor, twice.
// Errors: InputError kRuntime (no space, not permitted, a target that is there already, what was
// read back differs); kUnsupported for a model that the format cannot hold, named (a head of its
// own in kTf1, float16 in kLlmc, ...); those of reading weights.
void write_checkpoint(const ModelToWrite& model, const std::filesystem::path& target,
                      TargetFormat format, DType dtype, bool overwrite,
                      const WriteProgress& progress = {});

}  // namespace gpt2run
