#include "fuzz/targets.h"

#include <stdexcept>

#include "base/npy.h"
#include "fuzz/support/repair.h"
#include "fuzz/support/two_files.h"
#include "loader/bundle.h"
#include "loader/ggml_legacy.h"
#include "loader/gguf.h"
#include "loader/hdf5_file.h"
#include "loader/hparams.h"
#include "loader/llmc.h"
#include "loader/npz.h"
#include "loader/safetensors_set.h"
#include "loader/state_file.h"
#include "loader/tf_v1.h"
#include "loader/torch_file.h"
#include "support/memory_file.h"
#include "support/read_everything.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/vocabulary.h"

namespace gpt2run {
namespace {

// The bytes as a file, which a function of a path reads.
template <auto kRead>
void as_file(std::string_view bytes) {
  MemoryFile file;
  file.write(std::string(bytes));
  kRead(file.path());
}

template <class Reader>
constexpr auto source = as_file<open_and_read_everything<Reader>>;

void bundle(std::string_view bytes) {
  static const TwoFiles files("model.ckpt.index", "model.ckpt.data-00000-of-00001");
  files.write(bytes);
  read_everything(Bundle(files.folder() / "model.ckpt"));
}

void safetensors_set(std::string_view bytes) {
  static const TwoFiles files("model.safetensors.index.json", "model.safetensors");
  files.write(bytes);
  read_everything(SafetensorsSet(files.folder() / "model.safetensors.index.json"));
}

// A vocabulary that is accepted must give back any text.
void vocabulary(std::string_view bytes) {
  static const TwoFiles files("encoder.json", "vocab.bpe");
  files.write(bytes);
  const Tokenizer tokenizer(files.folder());
  const std::string_view text = bytes.substr(0, 200);
  if (tokenizer.decode(tokenizer.encode(text)) != text) throw std::logic_error("another text");
}

constexpr FuzzTarget kTargets[] = {
    {"bundle", bundle, repair_first_table},
    {"bundle_index", as_file<read_bundle_index>, repair_table},
    {"ggml_legacy", source<GgmlLegacyFile>, nullptr},
    {"gguf", source<GgufFile>, nullptr},
    {"hdf5", source<Hdf5File>, repair_hdf5},
    {"hparams", as_file<read_hparams>, nullptr},
    {"llmc", source<LlmcFile>, nullptr},
    {"npy", as_file<read_npy>, nullptr},
    {"npz", source<Npz>, repair_zip},
    {"safetensors", source<Safetensors>, nullptr},
    {"safetensors_set", safetensors_set, nullptr},
    {"state_file", as_file<read_state_file>, nullptr},
    {"tf_v1", source<TensorFlowV1>, repair_table},
    {"torch", source<TorchFile>, repair_zip},
    {"torch_legacy", source<TorchFile>, nullptr},
    {"vocabulary", vocabulary, nullptr},
};

}  // namespace

std::span<const FuzzTarget> fuzz_targets() {
  return kTargets;
}

}  // namespace gpt2run
