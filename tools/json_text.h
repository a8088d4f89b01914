#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace gpt2run {

// What --json prints: keys stay in the order in which they are put in.
using Json = nlohmann::ordered_json;

// The JSON text of an object, one line. What is no UTF-8 in its strings stands as U+FFFD.
std::string json_text(const Json& json);

}  // namespace gpt2run
