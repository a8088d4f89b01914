#include <cassert>

#include "engine/kernels/many_rows.h"

namespace gpt2run {

bool has_many_rows_library() {
  return false;
}

void multiply_many_rows(const float*, int, const float*, int, float*) {
  assert(false);
}

const char* many_rows_name() {
  return "own kernels";
}

}  // namespace gpt2run
