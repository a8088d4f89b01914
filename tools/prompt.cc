#include "tools/prompt.h"

#include <unistd.h>

#include <algorithm>

#include "tools/exit_code.h"
#include "tools/input_stream.h"
#include "tools/standard_streams.h"

namespace gpt2run {
namespace {

// No context is that long: a prompt of more bytes is not encoded, only reported.
constexpr size_t kMaxPromptBytes = size_t{16} << 20;

[[noreturn]] void throw_too_long(const std::string& length, const Hparams& hparams) {
  throw InputError(ErrorKind::kRuntime,
                   "the prompt: expected at most " + std::to_string(hparams.n_ctx) +
                       " tokens (the model's n_ctx), found " + length + "; shorten it");
}

size_t longest_token(const Tokenizer& tokenizer) {
  size_t longest = 1;
  for (int id = 0; id < tokenizer.n_vocab(); ++id) {
    longest = std::max(longest, tokenizer.token_bytes(id).size());
  }
  return longest;
}

}  // namespace

std::string read_prompt(const PromptSource& source) {
  std::string prompt;
  if (source.text) {
    prompt = *source.text;
  } else if (source.file.empty() && is_terminal(STDIN_FILENO)) {
    throw UsageError("no prompt: give --prompt TEXT or --prompt-file FILE, or pipe it into stdin");
  } else {
    InputStream stream(source.file);
    prompt = stream.read_up_to(kMaxPromptBytes + 1);
  }
  if (prompt.empty()) {
    throw UsageError(
        "the prompt is empty; to start from nothing: --prompt '<|endoftext|>' --parse-special");
  }
  return prompt;
}

std::vector<int> encode_prompt(const std::string& prompt, const Tokenizer& tokenizer,
                               Special special, const Hparams& hparams) {
  if (prompt.size() > kMaxPromptBytes) {
    const size_t at_least = kMaxPromptBytes / longest_token(tokenizer);
    throw_too_long("at least " + std::to_string(at_least) + " (more than 16 MiB of text)", hparams);
  }
  std::vector<int> ids = tokenizer.encode(prompt, special);
  if (ids.size() > static_cast<size_t>(hparams.n_ctx)) {
    throw_too_long(std::to_string(ids.size()), hparams);
  }
  return ids;
}

}  // namespace gpt2run
