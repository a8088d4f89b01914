#include "tools/exit_code.h"

#include <optional>

namespace gpt2run {
namespace {

struct Row {
  int code;
  std::optional<ErrorKind> kind;
  const char* meaning;
};

// Fixed: scripts rely on these numbers.
const Row kRows[] = {
    {kExitOk, {}, "ok"},
    {kExitRuntime, ErrorKind::kRuntime,
     "runtime: a read or write failed, no memory, a prompt or ids that the model\n"
     "     cannot take, a bad line for tokenize, a comparison that found a difference"},
    {kExitUsage, ErrorKind::kAmbiguous,
     "usage: an unknown flag, a value out of range, no prompt or an empty one, a\n"
     "     folder with several models"},
    {3, ErrorKind::kNotFound, "not found: says which of the files are there and which are missing"},
    {4, ErrorKind::kCorrupt,
     "corrupt: a wrong checksum, a truncated file, NaN or Inf, a Git LFS pointer,\n"
     "     an HTML page"},
    {5, ErrorKind::kMismatch,
     "mismatch: hparams.json or config.json malformed or out of range; names, shapes\n"
     "     or types that do not fit; another model's vocabulary"},
    {6, ErrorKind::kUnsupported,
     "unsupported: something that is known and not read: a format, a version, a type\n"
     "     of tensor, a setting in config.json, another kind of model or tokenizer"},
    {7, ErrorKind::kTokenizer, "tokenizer: a damaged vocabulary"},
};

}  // namespace

int exit_code(ErrorKind kind) {
  for (const Row& row : kRows) {
    if (row.kind == kind) return row.code;
  }
  return kExitRuntime;
}

std::string exit_code_help() {
  std::string text = "Exit codes:\n";
  for (const Row& row : kRows) {
    text += "  " + std::to_string(row.code) + "  " + row.meaning + "\n";
  }
  return text;
}

}  // namespace gpt2run
