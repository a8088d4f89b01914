#pragma once

#include <span>

namespace gpt2run {

// An earlier place in a text that ended like the text does.
struct Repeat {
  int length = 0;  // of the common end, in ids; 0: there is none
  int next = 0;    // where the text went on behind the earlier one: an index into ids
};

// The longest of the text's ends that stood in it before, up to 16 ids; of several places the last.
Repeat find_repeat(std::span<const int> ids);

}  // namespace gpt2run
