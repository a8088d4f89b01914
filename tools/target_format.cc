#include "tools/target_format.h"

#include <iterator>
#include <utility>
#include <vector>

#include "base/atomic_file.h"
#include "base/file.h"
#include "base/vocabulary_text.h"
#include "loader/folder_listing.h"
#include "loader/write_config.h"
#include "tools/exit_code.h"

namespace gpt2run {
namespace {

constexpr std::pair<const char*, TargetFormat> kFormats[] = {
    {"tf1", TargetFormat::kTf1},
    {"tf2", TargetFormat::kTf2},
    {"safetensors", TargetFormat::kSafetensors},
    {"npz", TargetFormat::kNpz},
    {"gguf", TargetFormat::kGguf},
    {"llmc", TargetFormat::kLlmc}};

constexpr std::pair<const char*, TargetFormat> kExtensions[] = {
    {".npz", TargetFormat::kNpz}, {".gguf", TargetFormat::kGguf}, {".bin", TargetFormat::kLlmc}};

std::vector<std::pair<std::filesystem::path, std::string>> files_beside(
    const std::filesystem::path& target, const Hparams& hparams, const Vocabulary* vocabulary) {
  const std::filesystem::path folder = target.parent_path();
  std::vector<std::pair<std::filesystem::path, std::string>> files = {
      {folder / "hparams.json", hparams_json_text(hparams)}};
  if (vocabulary != nullptr) {
    files.emplace_back(folder / "encoder.json", encoder_json_text(*vocabulary));
    files.emplace_back(folder / "vocab.bpe", merges_text(*vocabulary));
  }
  return files;
}

}  // namespace

TargetFormat parse_target_format(const std::string& flag, const std::string& text) {
  for (const auto& [name, format] : kFormats) {
    if (text == name) return format;
  }
  throw UsageError(flag + ": expected tf1, tf2, safetensors, npz, gguf or llmc, found " + text);
}

TargetFormat target_format(const std::optional<TargetFormat>& to,
                           const std::filesystem::path& target) {
  if (to) return *to;
  for (const auto& [extension, format] : kExtensions) {
    if (target.extension() == extension) return format;
  }
  throw UsageError("--to: expected tf1, tf2, safetensors, npz, gguf or llmc, for the name " +
                   target.string() + " does not tell");
}

const char* target_format_name(TargetFormat format) {
  for (const auto& [name, known] : kFormats) {
    if (known == format) return name;
  }
  return "";
}

DType parse_target_dtype(const std::string& flag, const std::string& text) {
  if (text == "f32") return DType::kFloat32;
  if (text == "f16") return DType::kFloat16;
  if (text == "bf16") return DType::kBFloat16;
  throw UsageError(flag + ": expected f32, f16 or bf16, found " + text);
}

DType target_dtype(const std::optional<DType>& dtype, const std::optional<DType>& stored,
                   TargetFormat format) {
  if (dtype) return *dtype;
  if (!stored) return DType::kFloat32;
  const bool cannot = (format == TargetFormat::kNpz && *stored == DType::kBFloat16) ||
                      (format == TargetFormat::kLlmc && *stored == DType::kFloat16);
  return cannot ? DType::kFloat32 : *stored;
}

void check_files_beside(const std::filesystem::path& target, const Hparams& hparams,
                        const Vocabulary* vocabulary) {
  constexpr size_t kMaxBytes = size_t{64} << 20;
  for (const auto& [path, text] : files_beside(target, hparams, vocabulary)) {
    if (!is_there(path) || read_file(path, kMaxBytes, ErrorKind::kRuntime) == text) continue;
    throw InputError(ErrorKind::kRuntime,
                     path.string() +
                         ": is there already and says something else than the model; "
                         "write to another folder");
  }
}

void write_files_beside(const std::filesystem::path& target, const Hparams& hparams,
                        const Vocabulary* vocabulary) {
  for (const auto& [path, text] : files_beside(target, hparams, vocabulary)) {
    if (is_there(path)) continue;
    AtomicFile file(path);
    file.write(text);
    file.commit();
  }
}

}  // namespace gpt2run
