#pragma once

#include <CLI/CLI.hpp>

#include "tools/open_model.h"

namespace gpt2run {

// What every command of gpt2ckpt that looks into one checkpoint takes.
struct CkptArguments {
  ModelArguments model;
  bool json = false;
};

// CHECKPOINT, --hparams, --vocab, --name-map, --skip, --allow-missing, --json and -q.
void add_ckpt_flags(CLI::App& app, CkptArguments& arguments);

// --json and -q.
void add_output_flags(CLI::App& app, bool& json, bool& quiet);

}  // namespace gpt2run
