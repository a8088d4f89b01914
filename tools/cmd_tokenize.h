#pragma once

#include <filesystem>

#include "tools/load_model.h"

namespace gpt2run {

// The flags of `gpt2run tokenize`.
struct TokenizeArguments {
  ModelArguments model;        // only the vocabulary files are opened
  std::filesystem::path file;  // empty: stdin
  Special special = Special::kPlainText;
  bool jsonl = false;
  bool decode = false;
};

// Text to ids, or back, on stdout.
//                      in                   out
//   (no flag)          bytes                [1,2,3]
//   --jsonl            {"text": ...} lines  {"ids": [...]} lines
//   --decode           [1,2,3]              bytes
//   --decode --jsonl   {"ids": [...]} lines {"bytes_base64": ..., "text": ...} lines
// Returns the exit code. Errors: InputError kRuntime for input that does not fit, with its line;
// the lines before it have been written.
int cmd_tokenize(const TokenizeArguments& arguments);

}  // namespace gpt2run
