#pragma once

#include "loader/families.h"
#include "loader/recording_source.h"
#include "loader/write_checkpoint.h"

namespace gpt2run {

// Compares a checkpoint that was just written with what its weights were when they were read.
//   written   opened by the format's own reader
//   model     what was written; its weights are `recorded`
//   dtype     what weights were rounded to, all but those that are float32 in `written`
//   progress  may be empty; called with the numbers read back, and in all
// Memory: one tensor; twice where the family transposes.
// Errors: CheckpointError kRuntime if a tensor is missing or too much, or differs in its type,
// shape or any value; those of reading.
void verify_written(const TensorSource& written, const ModelToWrite& model,
                    const RecordingSource& recorded, Family family, DType dtype,
                    const WriteProgress& progress);

}  // namespace gpt2run
