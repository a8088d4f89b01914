#include "gpt2run/gpt2run.h"

#include <algorithm>
#include <exception>
#include <mutex>
#include <new>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/threads.h"
#include "engine/draft_model.h"
#include "engine/generate.h"
#include "engine/gpt2.h"
#include "engine/kernels/isa.h"
#include "loader/load_params.h"
#include "loader/model_files.h"
#include "model/load_model.h"
#include "tokenizer/tokenizer.h"

namespace gpt2run {
namespace {

constexpr int kMaxThreads = 1024;

ErrorCode code_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kRuntime:
      return ErrorCode::kRuntime;
    case ErrorKind::kNotFound:
      return ErrorCode::kNotFound;
    case ErrorKind::kCorrupt:
      return ErrorCode::kCorrupt;
    case ErrorKind::kMismatch:
      return ErrorCode::kMismatch;
    case ErrorKind::kUnsupported:
      return ErrorCode::kUnsupported;
    case ErrorKind::kAmbiguous:
      return ErrorCode::kUsage;
    case ErrorKind::kTokenizer:
      return ErrorCode::kTokenizer;
  }
  return ErrorCode::kRuntime;
}

WeightType weight_type_of(WeightDtype dtype) {
  switch (dtype) {
    case WeightDtype::kFloat32:
      return WeightType::kFloat32;
    case WeightDtype::kBFloat16:
      return WeightType::kBFloat16;
    case WeightDtype::kInt8:
      return WeightType::kInt8;
    case WeightDtype::kInt4:
      return WeightType::kInt4;
  }
  throw Error(ErrorCode::kUsage, "dtype: expected one of WeightDtype's values");
}

// Runs call; what the folders throw becomes Error.
template <class Call>
auto translate_errors(Call call) -> decltype(call()) {
  try {
    return call();
  } catch (const Error&) {
    throw;
  } catch (const InputError& error) {
    throw Error(code_of(error.kind()), error.what());
  } catch (const std::bad_alloc&) {
    throw Error(ErrorCode::kRuntime, "not enough memory");
  } catch (const std::logic_error& error) {  // invalid_argument, length_error, out_of_range
    throw Error(ErrorCode::kUsage, error.what());
  } catch (const std::exception& error) {
    throw Error(ErrorCode::kRuntime, error.what());
  }
}

}  // namespace

struct Model::Impl {
  Impl(Params params_, Tokenizer tokenizer_)
      : params(std::move(params_)), tokenizer(std::move(tokenizer_)) {}

  Params params;
  Tokenizer tokenizer;
  mutable std::once_flag draft_is_made;
  mutable std::optional<DraftModel> draft_model;

  const DraftModel& draft() const {
    std::call_once(draft_is_made, [this] { draft_model = make_draft_model(params); });
    return *draft_model;
  }

  // Ids that the model has and the vocabulary has not (a padded wte) are never drawn.
  GenerateOptions engine_options(const GenerationOptions& options) const {
    if (options.n_tokens < 0) {
      throw Error(ErrorCode::kUsage,
                  "n_tokens: expected 0 or more, found " + std::to_string(options.n_tokens));
    }
    const int n_vocab = params.hparams.n_vocab;
    return {.n_tokens = options.n_tokens,
            .eot = options.ignore_eot ? -1 : tokenizer.eot(),
            .n_sampleable = std::min(n_vocab, tokenizer.n_vocab()),
            .sampler = {.temperature = options.temperature,
                        .top_k = options.top_k,
                        .top_p = options.top_p,
                        .seed = options.seed},
            .draft = options.draft ? &draft() : nullptr};
  }
};

std::string Model::default_path() {
  return translate_errors([] {
    const std::filesystem::path path = default_model_path();
    if (path.empty()) {
      throw Error(ErrorCode::kNotFound,
                  "the default model is not here: expected share/gpt2run/models/shakespeare beside "
                  "the folder of libgpt2run or of the program; give a model's path, or install "
                  "gpt2run with its data");
    }
    return path.string();
  });
}

void Model::set_n_threads(int n_threads) {
  if (n_threads < 1 || n_threads > kMaxThreads) {
    throw Error(ErrorCode::kUsage, "n_threads: expected 1 to " + std::to_string(kMaxThreads) +
                                       ", found " + std::to_string(n_threads));
  }
  gpt2run::set_n_threads(n_threads);
}

Model::Model(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Model::~Model() = default;
Model::Model(Model&&) noexcept = default;
Model& Model::operator=(Model&&) noexcept = default;

Model Model::load(const std::string& path) {
  return load(path, {});
}

Model Model::load(const std::string& path, const LoadOptions& options) {
  return translate_errors([&] {
    chosen_isa();  // a wrong GPT2RUN_ISA is told before anything is read
    const Checkpoint checkpoint = open_checkpoint(find_model_files(path));
    const ModelConfig config = read_model_config(checkpoint);
    require_fit(checkpoint, config);
    TokenizerAndParams loaded =
        load_tokenizer_and_params(checkpoint, config, weight_type_of(options.dtype));
    return Model(std::unique_ptr<const Impl>(
        new Impl{std::move(loaded.params), std::move(loaded.tokenizer)}));
  });
}

int Model::n_vocab() const {
  return impl_->params.hparams.n_vocab;
}

int Model::n_ctx() const {
  return impl_->params.hparams.n_ctx;
}

std::vector<int> Model::encode(std::string_view text) const {
  return translate_errors([&] { return impl_->tokenizer.encode(text); });
}

std::string Model::decode(std::span<const int> ids) const {
  return translate_errors([&] { return impl_->tokenizer.decode(ids); });
}

std::vector<float> Model::logits(std::span<const int> ids) const {
  return translate_errors([&] {
    KvCache cache(impl_->params);
    const Matrix all = gpt2(ids, impl_->params, cache, LogitsOf::kAllRows);  // [n_seq, n_vocab]
    return std::vector<float>(all.data(), all.data() + all.size());
  });
}

std::vector<int> Model::generate(std::span<const int> prompt, const GenerationOptions& options,
                                 const std::function<bool(int id)>& on_token) const {
  std::exception_ptr from_caller;  // what on_token throws goes to the caller as it is
  std::vector<int> ids;
  const auto take = [&](int id) {
    ids.push_back(id);
    if (!on_token) return true;
    try {
      return on_token(id);
    } catch (...) {
      from_caller = std::current_exception();
      return false;
    }
  };
  translate_errors(
      [&] { gpt2run::generate(prompt, impl_->params, impl_->engine_options(options), take); });
  if (from_caller) std::rethrow_exception(from_caller);
  return ids;
}

std::string Model::generate(std::string_view prompt, const GenerationOptions& options) const {
  return decode(generate(encode(prompt), options));
}

}  // namespace gpt2run
