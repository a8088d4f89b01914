#include "tools/target_format.h"

#include <iterator>
#include <utility>

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

}  // namespace gpt2run
