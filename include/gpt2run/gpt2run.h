#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#define GPT2RUN_API __attribute__((visibility("default")))

namespace gpt2run {

// Why a model cannot be loaded or used. The values are gpt2run's exit codes.
enum class ErrorCode {
  kRuntime = 1,      // the machine refused: a read or write failed, no memory
  kUsage = 2,        // an argument is out of range; a folder with several models
  kNotFound = 3,     // a file that is needed is not there
  kCorrupt = 4,      // checksum, truncation, NaN or Inf, a Git LFS pointer, an HTML page
  kMismatch = 5,     // sizes malformed or out of range; names, shapes or types that do not fit
  kUnsupported = 6,  // known and not read: a format, a version, a type of tensor, a setting
  kTokenizer = 7,    // a damaged vocabulary
};

// Everything that this library throws. what() is one line for a person: the path, the tensor or
// offset, what was expected, what was found, what to do. (Where names or shapes do not fit, one
// line more for each misfit.)
class GPT2RUN_API Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ErrorCode code() const { return code_; }

 private:
  ErrorCode code_;
};

// What weights are rounded to as they are loaded: the smaller, the faster and the less exact.
enum class WeightDtype {
  kFloat32,
  kBFloat16,
  kInt8,  // groups of 32 with a scale each; GGUF's Q8_0 as it is stored
  kInt4,  // the same in 4 bits; GGUF's Q4_0 as it is stored
};

struct LoadOptions {
  WeightDtype dtype = WeightDtype::kFloat32;
};

struct GenerationOptions {
  int n_tokens = 40;        // how many new tokens at most
  float temperature = 0;    // 0: greedy
  int top_k = 0;            // 0: from all
  float top_p = 1;          // (0, 1]
  uint64_t seed = 0;        // the same seed gives the same text
  bool ignore_eot = false;  // go on after <|endoftext|>

  // Guess tokens ahead with an int4 copy, which the model makes once and keeps, and check several
  // at once: the same tokens, sooner. Errors: kUsage if the temperature is not 0.
  bool draft = false;
};

// A loaded GPT-2: weights and vocabulary.
// Owns: its memory. Threads: a const Model may be shared; calls from several threads run side by
// side. Errors: every member function that reads input throws Error.
class GPT2RUN_API Model {
 public:
  // Reads a checkpoint of any format that README's table lists, known by its content: TensorFlow's
  // (V2 bundles, SavedModels, V1), Keras's .h5, safetensors, PyTorch's .bin and .pt, llm.c's .bin,
  // GGUF, ggml's old .bin, .npz. Sizes and vocabulary are the checkpoint's own, or in the files
  // beside it: hparams.json or config.json; encoder.json and vocab.bpe, vocab.json and merges.txt,
  // tokenizer.json, or gpt2_tokenizer.bin.
  //   path  the model's folder, the checkpoint, one of its files, or a bundle's prefix
  // Errors: Error; kUsage for a folder with several models, listing them, and if the environment's
  // GPT2RUN_ISA names no instruction set of this processor.
  static Model load(const std::string& path);
  static Model load(const std::string& path, const LoadOptions& options);
  ~Model();
  Model(Model&&) noexcept;
  Model& operator=(Model&&) noexcept;

  // The model that comes with gpt2run, found relative to this library or to the executable.
  // Errors: Error kNotFound.
  static std::string default_path();

  // How many threads the process computes with, for all models; until it is called, as
  // OMP_NUM_THREADS says, or as many as there are processors it may run on.
  // Errors: Error kUsage unless 1 <= n_threads <= 1024.
  static void set_n_threads(int n_threads);

  int n_vocab() const;  // columns of the logits
  int n_ctx() const;    // the longest sequence, in tokens

  // text, any bytes -> ids, and back. decode(encode(text)) == text.
  std::vector<int> encode(std::string_view text) const;
  std::string decode(std::span<const int> ids) const;

  // The logits of every position.
  //   ids      [n_seq], 1 <= n_seq <= n_ctx
  //   returns  [n_seq * n_vocab], row-major float32
  std::vector<float> logits(std::span<const int> ids) const;

  // Continues a prompt; returns the new ids. on_token, if given, gets each one as it is made, and
  // stops the generation by returning false.
  std::vector<int> generate(std::span<const int> prompt, const GenerationOptions& options = {},
                            const std::function<bool(int id)>& on_token = {}) const;

  // The same from text to text.
  std::string generate(std::string_view prompt, const GenerationOptions& options = {}) const;

 private:
  struct Impl;
  explicit Model(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace gpt2run
