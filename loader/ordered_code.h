#pragma once

#include <string>
#include <string_view>

#include "loader/bundle_entry.h"

namespace gpt2run {

// The key under which a bundle keeps one slice of a partitioned variable: 00, the name, and the
// slice, in an encoding whose bytes sort as the values do.
// Source: tensorflow core/util/saved_tensor_slice_util.cc, core/lib/strings/ordered_code.cc.
std::string slice_key(std::string_view name, const std::vector<SliceExtent>& extents);

}  // namespace gpt2run
