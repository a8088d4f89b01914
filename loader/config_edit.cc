#include "loader/config_edit.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "base/file.h"
#include "base/json.h"
#include "loader/folder_listing.h"
#include "loader/load_finding.h"

namespace gpt2run {
namespace {

using nlohmann::json;

constexpr size_t kMaxBytes = size_t{1} << 20;

std::optional<json> read_object(const std::filesystem::path& path) {
  try {
    json value =
        parse_json(read_file(path, kMaxBytes, ErrorKind::kMismatch), "", ErrorKind::kMismatch);
    if (value.is_object()) return value;
  } catch (const InputError&) {
    // No JSON, or no file.
  }
  return std::nullopt;
}

bool is_config_json(const json& config) {
  return !config.contains("n_vocab") &&
         (config.contains("vocab_size") || config.contains("model_type"));
}

// What the file calls a size.
std::string key_of(const json& config, const std::string& size) {
  if (!is_config_json(config)) return size;
  if (size == "n_vocab") return "vocab_size";
  const bool has_old_key = config.contains("n_ctx") && !config.contains("n_positions");
  return size == "n_ctx" && !has_old_key ? "n_positions" : size;
}

std::string json_text(const Sizes& sizes) {
  std::string text;
  for (const auto& [key, value] : sizes) {
    text += (text.empty() ? "" : ", ") + ("\"" + key + "\": ") + std::to_string(value);
  }
  return text;
}

}  // namespace

Sizes wrong_sizes(const std::filesystem::path& config, const Hparams& fitted) {
  constexpr int64_t kMaxHeads = 1'000'000;
  const auto object = read_object(config);
  Sizes wrong;
  for (const auto& [size, value] : sizes_of(fitted)) {
    const auto at = object ? object->find(key_of(*object, size)) : json::const_iterator();
    const bool is_size = object && at != object->end() && at->is_number_integer() && *at >= 1;
    const bool is_right =
        size == "n_head" ? is_size && *at <= kMaxHeads && fitted.n_embd % at->get<int64_t>() == 0
                         : is_size && *at == value;
    if (!is_right) wrong.emplace_back(size, value);
  }
  return wrong;
}

std::string write_config_command(const std::filesystem::path& config, const Sizes& sizes,
                                 bool exact_gelu) {
  std::string text = json_text(sizes);
  if (exact_gelu) {
    Sizes renamed = sizes;
    for (auto& [key, value] : renamed) {
      if (key == "n_vocab") key = "vocab_size";
      if (key == "n_ctx") key = "n_positions";
    }
    text = "\"model_type\": \"gpt2\", \"activation_function\": \"gelu\", " + json_text(renamed);
  }
  return "printf '%s\\n' " + shell_quoted("{" + text + "}") + " > " + shell_quoted(config.string());
}

std::vector<std::string> config_edit_commands(const std::filesystem::path& config,
                                              const Sizes& sizes) {
  const auto object = read_object(config);
  const std::string path = shell_quoted(config.string());
  if (!object) {
    std::vector<std::string> commands;
    if (is_there(config)) {
      commands.push_back("mv -- " + path + " " + shell_quoted(config.string() + ".damaged"));
    }
    commands.push_back(write_config_command(config, sizes));
    return commands;
  }
  std::string edits;
  for (const auto& [size, value] : sizes) {
    const std::string key = key_of(*object, size);
    const std::string line = "\"" + key + "\": " + std::to_string(value);
    // A value that holds a comma or a brace is cut at it: an array or an object is none to repair.
    const std::string edit = object->contains(key)
                                 ? "s/\"" + key + "\"[[:space:]]*:[^,}]*/" + line + "/"
                                 : "0,/{/s//{" + line + ", /";
    edits += " -e " + shell_quoted(edit);
  }
  return {"sed -i" + edits + " -- " + path};
}

Sizes sizes_of(const Hparams& hparams) {
  return {{"n_vocab", hparams.n_vocab},
          {"n_ctx", hparams.n_ctx},
          {"n_embd", hparams.n_embd},
          {"n_head", hparams.n_head},
          {"n_layer", hparams.n_layer}};
}

}  // namespace gpt2run
