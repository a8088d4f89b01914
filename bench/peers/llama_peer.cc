// llama.cpp, for what llama-bench does not do: the logits of some ids, and a process that ends with
// its first token. Compiled by run.sh against llama.cpp's own libraries.
//   llama_peer MODEL.gguf N_THREADS mmap|none OUTPUT ID...   OUTPUT gets float32 [n_ids, n_vocab]
// Where OUTPUT is -, the likeliest next id is printed and no logits are written.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "llama.h"

namespace {

using Model = std::unique_ptr<llama_model, decltype(&llama_model_free)>;
using Context = std::unique_ptr<llama_context, decltype(&llama_free)>;

Model load(const char* path, const std::string& load_mode) {
  llama_model_params params = llama_model_default_params();
  params.load_mode = load_mode == "mmap" ? LLAMA_LOAD_MODE_MMAP : LLAMA_LOAD_MODE_NONE;
  Model model(llama_model_load_from_file(path, params), llama_model_free);
  if (!model) throw std::runtime_error(std::string(path) + " cannot be loaded");
  return model;
}

Context make_context(llama_model* model, size_t n_ids, int n_threads) {
  llama_context_params params = llama_context_default_params();
  params.n_ctx = params.n_batch = params.n_ubatch = static_cast<uint32_t>(n_ids);
  params.n_threads = params.n_threads_batch = n_threads;
  // The cache as exact as ours, for the logits are compared.
  params.type_k = params.type_v = GGML_TYPE_F32;
  params.flash_attn_type = LLAMA_FLASH_ATTN_TYPE_DISABLED;
  Context context(llama_init_from_model(model, params), llama_free);
  if (!context) throw std::runtime_error("no context could be made");
  return context;
}

void decode(llama_context* context, const std::vector<llama_token>& ids, bool is_every_row) {
  const auto n_ids = static_cast<int32_t>(ids.size());
  llama_batch batch = llama_batch_init(n_ids, 0, 1);
  batch.n_tokens = n_ids;
  for (int32_t i = 0; i < n_ids; ++i) {
    batch.token[i] = ids[static_cast<size_t>(i)];
    batch.pos[i] = i;
    batch.n_seq_id[i] = 1;
    batch.seq_id[i][0] = 0;
    batch.logits[i] = is_every_row || i + 1 == n_ids;
  }
  const int32_t status = llama_decode(context, batch);
  llama_batch_free(batch);
  if (status != 0) throw std::runtime_error("llama_decode failed");
}

void run(int argc, char** argv) {
  if (argc < 6) throw std::runtime_error("expected MODEL N_THREADS mmap|none OUTPUT ID...");
  std::vector<llama_token> ids;
  for (int i = 5; i < argc; ++i) ids.push_back(std::atoi(argv[i]));
  const std::string output = argv[4];
  const Model model = load(argv[1], argv[3]);
  const Context context = make_context(model.get(), ids.size(), std::atoi(argv[2]));
  decode(context.get(), ids, output != "-");
  const int n_vocab = llama_vocab_n_tokens(llama_model_get_vocab(model.get()));
  if (output == "-") {
    const float* const row = llama_get_logits_ith(context.get(), -1);
    std::cout << std::max_element(row, row + n_vocab) - row << std::endl;
    return;
  }
  std::ofstream file(output, std::ios::binary);
  for (size_t i = 0; i < ids.size(); ++i) {
    const float* const row = llama_get_logits_ith(context.get(), static_cast<int32_t>(i));
    file.write(reinterpret_cast<const char*>(row), n_vocab * static_cast<int64_t>(sizeof(float)));
  }
  if (!file.flush()) throw std::runtime_error(output + " cannot be written");
}

}  // namespace

int main(int argc, char** argv) try {
  llama_log_set([](ggml_log_level, const char*, void*) {}, nullptr);
  llama_backend_init();
  run(argc, argv);
  llama_backend_free();
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "llama_peer: %s\n", error.what());
  return 1;
}
