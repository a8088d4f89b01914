#include "fuzz/targets.h"

#include <stdexcept>

#include "base/npy.h"
#include "fuzz/support/repair.h"
#include "fuzz/support/two_files.h"
#include "loader/bundle.h"
#include "loader/ggml_legacy.h"
#include "loader/gguf.h"
#include "loader/hdf5_file.h"
#include "loader/llmc.h"
#include "loader/model_config.h"
#include "loader/name_map.h"
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
void round_trip(const std::filesystem::path& folder, std::string_view bytes) {
  const Tokenizer tokenizer(folder);
  const std::string_view text = bytes.substr(0, 200);
  if (tokenizer.decode(tokenizer.encode(text)) != text) throw std::logic_error("another text");
}

void vocabulary(std::string_view bytes) {
  static const TwoFiles files("encoder.json", "vocab.bpe");
  files.write(bytes);
  round_trip(files.folder(), bytes);
}

constexpr char kTokenizerJson[] = "tokenizer.json", kTokenizerBin[] = "gpt2_tokenizer.bin";

template <const char* kName>
void one_file_vocabulary(std::string_view bytes) {
  static const TwoFiles files(kName, "unused");
  files.write_first(bytes);
  round_trip(files.folder(), bytes);
}

// A map that is accepted is asked for names, and written and read again says the same.
void name_map(std::string_view bytes) {
  MemoryFile file;
  file.write(std::string(bytes));
  const NameMap map = read_name_map(file.path());
  for (const char* name : {"wte.weight", "model/h0/attn/c_attn/w", "blocks.3.qkv.weight"}) {
    map.find(name);
  }
}

constexpr FuzzTarget kTargets[] = {
    {"bundle", bundle, repair_first_table},
    {"bundle_index", as_file<read_bundle_index>, repair_table},
    {"ggml_legacy", source<GgmlLegacyFile>, nullptr},
    {"gguf", source<GgufFile>, nullptr},
    {"hdf5", source<Hdf5File>, repair_hdf5},
    {"hparams", as_file<read_config_file>, nullptr},
    {"llmc", source<LlmcFile>, nullptr},
    {"name_map", name_map, nullptr},
    {"npy", as_file<read_npy>, nullptr},
    {"npz", source<Npz>, repair_zip},
    {"safetensors", source<Safetensors>, nullptr},
    {"safetensors_set", safetensors_set, nullptr},
    {"state_file", as_file<read_state_file>, nullptr},
    {"tf_v1", source<TensorFlowV1>, repair_table},
    {"tokenizer_bin", one_file_vocabulary<kTokenizerBin>, nullptr},
    {"tokenizer_json", one_file_vocabulary<kTokenizerJson>, nullptr},
    {"torch", source<TorchFile>, repair_zip},
    {"torch_legacy", source<TorchFile>, nullptr},
    {"vocabulary", vocabulary, nullptr},
};

}  // namespace

std::span<const FuzzTarget> fuzz_targets() {
  return kTargets;
}

}  // namespace gpt2run
