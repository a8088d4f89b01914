#include "loader/renamed_files.h"

#include <algorithm>
#include <iterator>

#include "base/printable.h"
#include "loader/folder_listing.h"

namespace gpt2run {
namespace {

// "model.ckpt.index" for "model.ckpt(1).index" and "model.ckpt (1).index": what browsers put in.
std::string without_count(const std::string& name) {
  for (size_t open = name.find('('); open != std::string::npos; open = name.find('(', open + 1)) {
    const size_t close = name.find_first_not_of("0123456789", open + 1);
    if (close == std::string::npos || name[close] != ')' || close == open + 1) continue;
    const size_t begin = open > 0 && name[open - 1] == ' ' ? open - 1 : open;
    return name.substr(0, begin) + name.substr(close + 1);
  }
  return name;
}

bool is_of_model(const std::string& name) {
  constexpr std::string_view kNames[] = {
      "checkpoint", "hparams.json", "config.json", "encoder.json",     "vocab.bpe",
      "vocab.json", "merges.txt",   "tf_model.h5", "tokenizer.json",   "pytorch_model.bin",
      "ckpt.pt",    "params.npz",   "model.bin",   "model.safetensors"};
  return name.ends_with(".index") || name.ends_with(".meta") || name.ends_with(".safetensors") ||
         name.ends_with(".gguf") || !prefix_of_data_file(name).empty() ||
         std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

// The name that a file of a model had; the same where nothing shows that it had another.
std::string original_name(const std::string& name) {
  std::string original = without_count(name);
  constexpr std::string_view kText = ".txt";  // what an editor puts behind
  if (original.ends_with(kText)) {
    const std::string shorter = original.substr(0, original.size() - kText.size());
    if (is_of_model(shorter)) original = shorter;
  }
  return is_of_model(original) ? original : name;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> renamed_files_in(
    const std::filesystem::path& folder) {
  std::vector<std::pair<std::string, std::string>> renamed;
  for (const std::string& name : files_in(folder.empty() ? "." : folder)) {
    const std::string original = original_name(name);
    const bool is_taken = std::any_of(renamed.begin(), renamed.end(),
                                      [&](const auto& other) { return other.second == original; });
    if (original != name && !is_taken && !is_there(folder / original)) {
      renamed.emplace_back(name, original);
    }
  }
  return renamed;
}

std::string renamed_hint(const std::filesystem::path& folder) {
  std::string hint;
  for (const auto& [name, original] : renamed_files_in(folder)) {
    hint += "; " + printable(name) + " was renamed: call it " + printable(original) + " again";
  }
  return hint;
}

}  // namespace gpt2run
