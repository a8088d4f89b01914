// A fuzzer of one target, GPT2RUN_FUZZ_TARGET, by LLVM's libFuzzer, which has main().
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "fuzz/targets.h"

namespace gpt2run {
namespace {

const FuzzTarget& target() {
  static const FuzzTarget& found = []() -> const FuzzTarget& {
    for (const FuzzTarget& one : fuzz_targets()) {
      if (std::string_view(one.name) == GPT2RUN_FUZZ_TARGET) return one;
    }
    std::fputs("no target " GPT2RUN_FUZZ_TARGET " in fuzz/targets.cc\n", stderr);
    std::abort();
  }();
  return found;
}

}  // namespace
}  // namespace gpt2run

// NOLINTBEGIN: libFuzzer's names
extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    gpt2run::target().read({reinterpret_cast<const char*>(data), size});
  } catch (const gpt2run::InputError&) {
    // As it should be. Any other exception ends the process, and is found.
  }
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned seed) {
  size = LLVMFuzzerMutate(data, size, max_size);
  const bool leaves_checksums = seed % 8 == 0;
  if (gpt2run::target().repair != nullptr && !leaves_checksums) {
    gpt2run::target().repair({reinterpret_cast<char*>(data), size});
  }
  return size;
}
// NOLINTEND
