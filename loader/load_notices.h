#pragma once

#include <string>
#include <vector>

#include "loader/mapped_source.h"
#include "loader/misfits.h"

namespace gpt2run {

// What a user must know of weights that are not taken as they stand, a line each: those at zero,
// what --skip leaves out, and what a name map slices and pads.
std::vector<std::string> load_notices(const MappedSource& source, const NameMatch& match);

}  // namespace gpt2run
