#include "engine/draft_lookup.h"

namespace gpt2run {
namespace {

constexpr int kMaxLength = 16;

// How many ids before `end` are those at the end of all.
int common_length(std::span<const int> ids, int end) {
  const int n = static_cast<int>(ids.size());
  int length = 0;
  while (length < kMaxLength && length < end &&
         ids[static_cast<size_t>(end - 1 - length)] == ids[static_cast<size_t>(n - 1 - length)]) {
    ++length;
  }
  return length;
}

}  // namespace

Repeat find_repeat(std::span<const int> ids) {
  Repeat best;
  for (int end = static_cast<int>(ids.size()) - 1; end > 0 && best.length < kMaxLength; --end) {
    const int length = common_length(ids, end);
    if (length > best.length) best = {length, end};
  }
  return best;
}

}  // namespace gpt2run
