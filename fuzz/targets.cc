#include "fuzz/targets.h"

#include <stdexcept>

#include "base/npy.h"
#include "fuzz/support/repair.h"
#include "fuzz/support/two_files.h"
#include "loader/bundle.h"
#include "loader/checkpoint.h"
#include "loader/ggml_legacy.h"
#include "loader/gguf.h"
#include "loader/hdf5_file.h"
#include "loader/llmc.h"
#include "loader/name_map.h"
#include "loader/npz.h"
#include "loader/safetensors_set.h"
#include "loader/state_file.h"
#include "loader/tf_v1.h"
#include "loader/torch_file.h"
#include "support/memory_file.h"
#include "support/read_everything.h"
#include "tokenizer/llmc_tokenizer.h"
#include "tokenizer/tokenizer.h"
#include "tokenizer/tokenizer_json.h"
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

// A file of any format, by its content, with all that is made of it: what its tensors are to the
// model, the config in its header, its own vocabulary, the weights in the model's layout.
void read_as_model(const std::filesystem::path& path) {
  const auto format = format_by_content(InputFile(path));
  if (!format || *format == Format::kSafetensorsSet) {
    throw InputError(ErrorKind::kUnsupported, "no file of one checkpoint");
  }
  const Checkpoint checkpoint = open_checkpoint({.format = *format, .checkpoint = path});
  read_everything(*checkpoint.weights);
  vocabulary_of(checkpoint);
  read_model_config(checkpoint);
}

// A vocabulary that is accepted must give back any text.
void use(const Tokenizer& tokenizer, std::string_view bytes) {
  const std::string_view text = bytes.substr(0, 200);
  if (tokenizer.decode(tokenizer.encode(text)) != text) throw std::logic_error("another text");
}

void vocabulary(std::string_view bytes) {
  static const TwoFiles files("encoder.json", "vocab.bpe");
  files.write(bytes);
  use(Tokenizer(files.folder()), bytes);
}

void tokenizer_json(std::string_view bytes) {
  use(Tokenizer(parse_tokenizer_json(bytes, "tokenizer.json")), bytes);
}

void llmc_tokenizer(std::string_view bytes) {
  use(Tokenizer(parse_llmc_tokenizer(bytes, "gpt2_tokenizer.bin")), bytes);
}

constexpr FuzzTarget kTargets[] = {
    {"bundle", bundle, repair_first_table},
    {"bundle_index", as_file<read_bundle_index>, repair_table},
    {"checkpoint", as_file<read_as_model>, nullptr},
    {"config", as_file<read_config_file>, nullptr},
    {"ggml_legacy", source<GgmlLegacyFile>, nullptr},
    {"gguf", source<GgufFile>, nullptr},
    {"hdf5", source<Hdf5File>, repair_hdf5},
    {"llmc", source<LlmcFile>, nullptr},
    {"llmc_tokenizer", llmc_tokenizer, nullptr},
    {"name_map", as_file<read_name_map>, nullptr},
    {"npy", as_file<read_npy>, nullptr},
    {"npz", source<Npz>, repair_zip},
    {"safetensors", source<Safetensors>, nullptr},
    {"safetensors_set", safetensors_set, nullptr},
    {"state_file", as_file<read_state_file>, nullptr},
    {"tf_v1", source<TensorFlowV1>, repair_table},
    {"tokenizer_json", tokenizer_json, nullptr},
    {"torch", source<TorchFile>, repair_zip},
    {"torch_legacy", source<TorchFile>, nullptr},
    {"vocabulary", vocabulary, nullptr},
};

}  // namespace

std::span<const FuzzTarget> fuzz_targets() {
  return kTargets;
}

}  // namespace gpt2run
