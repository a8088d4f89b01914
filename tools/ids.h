#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/params.h"

namespace gpt2run {

// "1,2,3" -> ids; spaces around a number are allowed.
// Errors: UsageError naming the part that is no integer from 0 to 2^31 - 1, or if there are none.
std::vector<int> parse_ids(std::string_view text);

// The ids of a .npy file, int32 or int64, 1-D.
// Errors: as read_npy's; InputError kMismatch if its type or shape is another, if it is empty, or
// if a value is negative or above 2^31 - 1.
std::vector<int> read_ids(const std::filesystem::path& path);

// The ids of a JSON array.
//   name     how messages call it: a path, or "line 3"
//   n_vocab  each id has to be below it
// Errors: InputError kRuntime if json is no array of such integers, with the position.
std::vector<int> ids_from_json(const nlohmann::json& json, const std::string& name, int n_vocab);

// Errors: InputError kRuntime if an id is not below n_vocab, or there are more than n_ctx.
void check_ids_fit(std::span<const int> ids, const Hparams& hparams);

}  // namespace gpt2run
