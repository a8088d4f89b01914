#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "base/error.h"

namespace gpt2run {

// Parses JSON that came from outside. Refuses what a lenient parser lets pass: a key that stands
// twice in one object (readers disagree on which counts) and nesting deeper than max_depth
// (copying or printing a deep value recurses).
//   name     how messages call the text: a path, or "line 3"
// Errors: InputError of the kind `malformed`, with the line (unless the text is one
// line) and the column in bytes.
nlohmann::json parse_json(std::string_view text, const std::string& name, ErrorKind malformed,
                          int max_depth = 64);

}  // namespace gpt2run
