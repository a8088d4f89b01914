#pragma once

#include <filesystem>

#include "loader/write_checkpoint.h"

namespace gpt2run {

// What a command writes, and how.
struct Target {
  std::filesystem::path path;
  TargetFormat format;
  DType dtype;
  bool overwrite = false;
};

// write_checkpoint as a command does it: with a progress line on stderr, and nothing left of what
// is half written when SIGINT, SIGTERM or SIGHUP ends the process. An .npz holds weights only, so
// hparams.json, and the vocabulary if there is one, stand beside it: files that are there and say
// the same are left alone, the others are written first and stay only if the .npz is written.
//   verb  what the progress line calls it
// Errors: write_checkpoint's; InputError kRuntime if a file that would stand beside an .npz is
// there and says something else; AtomicFile's.
void write_target(const ModelToWrite& model, const Target& target, bool quiet, const char* verb);

}  // namespace gpt2run
