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
     "     cannot take, a bad line for tokenize, a comparison that failed"},
    {kExitUsage, ErrorKind::kAmbiguous,
     "usage: an unknown flag, a value out of range, no prompt or an empty one, a\n"
     "     folder with several models"},
    {3, ErrorKind::kNotFound, "not found: says which of the files are there and which are missing"},
    {4, ErrorKind::kCorrupt,
     "corrupt: a wrong checksum, a truncated file, NaN or Inf, a Git LFS pointer,\n"
     "     an HTML page"},
    {5, ErrorKind::kMismatch,
     "mismatch: hparams.json malformed or out of range; names, shapes or types that\n"
     "     do not fit"},
    {6, ErrorKind::kUnsupported, "unsupported: a known format or version that is not read yet"},
    {7, ErrorKind::kTokenizer, "tokenizer: encoder.json or vocab.bpe is damaged"},
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
