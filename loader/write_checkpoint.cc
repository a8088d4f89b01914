#include "loader/write_checkpoint.h"

#include <memory>
#include <string>

#include "base/atomic_output.h"
#include "loader/bundle.h"
#include "loader/families.h"
#include "loader/gguf.h"
#include "loader/llmc.h"
#include "loader/model_folder.h"
#include "loader/npz.h"
#include "loader/recording_source.h"
#include "loader/safetensors.h"
#include "loader/verify_written.h"
#include "loader/write_gguf_model.h"
#include "loader/write_hf_safetensors.h"
#include "loader/write_llmc_model.h"
#include "loader/write_npz_model.h"
#include "loader/write_tf1.h"
#include "loader/write_tf2.h"

namespace gpt2run {
namespace {

using std::filesystem::path;

// How a format is written and read back.
struct Writer {
  TargetFormat format;
  AtomicOutput::Kind kind;
  Family family;
  void (*write)(const ModelToWrite&, const path&, DType, const WriteProgress&);
  std::unique_ptr<TensorSource> (*open)(const path&);
};

template <class Source>
std::unique_ptr<TensorSource> open_file(const path& file) {
  return std::make_unique<Source>(file);
}

constexpr auto kFile = AtomicOutput::Kind::kFile, kFolder = AtomicOutput::Kind::kFolder;
constexpr Writer kWriters[] = {
    {TargetFormat::kTf1, kFolder, Family::kOpenAi, write_tf1,
     [](const path& folder) { return open_file<Bundle>(folder / kOpenAiPrefix); }},
    {TargetFormat::kTf2, kFolder, Family::kHfTensorFlow, write_tf2,
     [](const path& folder) { return open_file<Bundle>(folder / kHfTensorFlowPrefix); }},
    {TargetFormat::kSafetensors, kFolder, Family::kHfPyTorch, write_hf_safetensors,
     [](const path& folder) { return open_file<Safetensors>(folder / kSafetensorsFile); }},
    {TargetFormat::kNpz, kFile, Family::kOpenAi, write_npz_model, open_file<Npz>},
    {TargetFormat::kGguf, kFile, Family::kGguf, write_gguf_model, open_file<GgufFile>},
    {TargetFormat::kLlmc, kFile, Family::kLlmc, write_llmc_model, open_file<LlmcFile>},
};

const Writer& writer_of(TargetFormat format) {
  const Writer* writer = kWriters;
  while (writer->format != format) ++writer;
  return *writer;
}

// A message that names the target where it named what was written beside it.
std::string renamed(std::string message, const std::string& from, const std::string& to) {
  for (size_t at = 0; (at = message.find(from, at)) != std::string::npos; at += to.size()) {
    message.replace(at, from.size(), to);
  }
  return message;
}

void write_and_verify(const Writer& writer, const ModelToWrite& model, const path& place,
                      DType dtype, const WriteProgress& progress) {
  const RecordingSource recorded(model.weights, dtype);
  const ModelToWrite recorded_model{recorded, model.hparams, model.vocabulary};
  WriteProgress on_write, on_verify;
  if (progress) {
    on_write = [&](uint64_t n_done, uint64_t n_total) { progress(n_done, 2 * n_total); };
    on_verify = [&](uint64_t n_done, uint64_t n_total) { progress(n_total + n_done, 2 * n_total); };
  }
  writer.write(recorded_model, place, dtype, on_write);
  try {
    verify_written(*writer.open(place), recorded_model, recorded, writer.family, dtype, on_verify);
  } catch (const InputError& error) {
    throw InputError(ErrorKind::kRuntime, std::string(error.what()) +
                                              " (the disk does not hold what was written: write "
                                              "to another one, or check this one)");
  }
}

}  // namespace

void write_checkpoint(const ModelToWrite& model, const path& target, TargetFormat format,
                      DType dtype, bool overwrite, const WriteProgress& progress) {
  const Writer& writer = writer_of(format);
  AtomicOutput output(target, writer.kind, overwrite, model_folder_names());
  try {
    write_and_verify(writer, model, output.path(), dtype, progress);
  } catch (const InputError& error) {
    throw InputError(error.kind(), renamed(error.what(), output.path().string(), target.string()));
  }
  output.commit();
}

}  // namespace gpt2run
