#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace gpt2run {

// The files of a model in a folder whose names a browser or an editor changed, with the names that
// they should have, which are not taken: model.ckpt(1).index, hparams (1).json, checkpoint.txt.
std::vector<std::pair<std::string, std::string>> renamed_files_in(
    const std::filesystem::path& folder);

// "; model.ckpt(1).index was renamed: call it model.ckpt.index again", for messages about what is
// missing; "" if there are none.
std::string renamed_hint(const std::filesystem::path& folder);

}  // namespace gpt2run
