#include "model/load_model.h"

#include <atomic>
#include <exception>
#include <optional>
#include <system_error>
#include <thread>

#include "model/load_tokenizer.h"

namespace gpt2run {
namespace {

// A tokenizer that is being loaded on a thread of its own.
class TokenizerBeside {
 public:
  TokenizerBeside(const Checkpoint& checkpoint, const ModelConfig& config) {
    const auto load = [this, &checkpoint, &config]() noexcept {
      try {
        tokenizer_.emplace(load_tokenizer(checkpoint));
        check_vocabulary(*tokenizer_, checkpoint, config.hparams);
      } catch (...) {
        problem_ = std::current_exception();
        has_failed_ = true;
      }
    };
    try {
      thread_ = std::thread(load);
    } catch (const std::system_error&) {  // there are no more threads: first this, then that
      load();
    }
  }

  ~TokenizerBeside() {
    if (thread_.joinable()) thread_.join();
  }

  bool has_failed() const { return has_failed_; }

  // Waits for it. Errors: load_tokenizer's, check_vocabulary's.
  Tokenizer take() {
    if (thread_.joinable()) thread_.join();
    if (problem_) std::rethrow_exception(problem_);
    return std::move(*tokenizer_);
  }

 private:
  std::optional<Tokenizer> tokenizer_;
  std::exception_ptr problem_;
  std::atomic<bool> has_failed_{false};
  std::thread thread_;
};

// Ends the reading of weights that nobody will use.
struct Stop {};

}  // namespace

TokenizerAndParams load_tokenizer_and_params(const Checkpoint& checkpoint,
                                             const ModelConfig& config, WeightType type,
                                             LoadReport* report, const LoadProgress& progress) {
  TokenizerBeside beside(checkpoint, config);
  Params params;
  std::exception_ptr problem;
  try {
    params = load_params(checkpoint, config, type, report, [&](uint64_t n_done, uint64_t n_total) {
      if (beside.has_failed()) throw Stop();
      if (progress) progress(n_done, n_total);
    });
  } catch (...) {
    problem = std::current_exception();
  }
  Tokenizer tokenizer = beside.take();
  if (problem) std::rethrow_exception(problem);
  return {std::move(tokenizer), std::move(params)};
}

}  // namespace gpt2run
